package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionInterruptedException;
import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.kernels.KernelFamily;

import org.junit.jupiter.api.Test;

/**
 * Calls of many windows that are interrupted once the first one has written its numbers. Run like
 * {@link DeviceConformance}.
 */
class DeviceInterrupts {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(3, 20, 12).build();
    private static final int TOKENS = 15_000;

    /** Room for windows of 512 tokens. */
    private static final long MEMORY =
            2 * DeviceLaws.key(CONFIG, 1, 512).bytes(KernelFamily.LOOPS) + 4096;

    private final AttentionInputs inputs = DeviceLaws.inputs(CONFIG, TOKENS);
    private final AttentionProblem problem =
            new AttentionProblem(CONFIG, DType.F32, DType.F32, 1, TOKENS, null);
    private final Tensor written = nan(CONFIG.valueDim());

    private static Tensor nan(int dim) {
        Tensor tensor = Tensor.allocate(DType.F32, 1, CONFIG.heads(), TOKENS, dim);
        tensor.segment().fill((byte) 0xFF);
        return tensor;
    }

    private boolean isWritten(long element) {
        return !Double.isNaN(written.getDouble(element));
    }

    /** Makes a call and interrupts it when its first window has written. */
    private AttentionInterruptedException interrupted(Runnable call) {
        written.segment().fill((byte) 0xFF);
        Thread caller = Thread.currentThread();
        Thread watcher =
                Thread.ofPlatform()
                        .daemon()
                        .start(() -> {
                            while (!isWritten(0)) {
                                Thread.onSpinWait();
                            }
                            caller.interrupt();
                        });
        AttentionInterruptedException e =
                assertThrows(AttentionInterruptedException.class, call::run);
        assertTrue(Thread.interrupted(), "the thread stays interrupted");
        assertFalse(watcher.isAlive() && !isWritten(0), "the first window has run");
        return e;
    }

    private ForwardBuffers forward() {
        return new ForwardBuffers(
                inputs.q().memory(),
                inputs.k().memory(),
                inputs.v().memory(),
                null,
                written.memory(),
                null);
    }

    @Test
    void aForwardPassEndsBetweenTwoWindowsAndItsPlanIsUsedAgain() {
        DeviceLaws.withMemory(
                MEMORY,
                backend -> {
                    AttentionInterruptedException e =
                            interrupted(() -> backend.forward(problem, forward()));
                    assertFalse(e.isUnharmed());
                    assertFalse(isWritten(written.size() - 1), "the last window has not run");
                    long memory = backend.deviceMemory().orElseThrow();
                    assertTrue(memory > 0, "the plan is kept");
                    backend.forward(problem, forward());
                    assertEquals(memory, backend.deviceMemory().orElseThrow());
                    double error = DeviceLaws.error(CONFIG, inputs, written, 2);
                    assertTrue(error <= DeviceLaws.TOLERANCE, "error: " + error);
                });
    }

    @Test
    void anAppendThatEndsMidwaySaysThatItsSessionIsHarmed() {
        DeviceLaws.withMemory(
                MEMORY,
                backend -> {
                    BackendSession session = backend.openSession(CONFIG, 1, null);
                    AttentionInterruptedException e =
                            interrupted(() ->
                                    session.append(
                                            problem,
                                            inputs.q().memory(),
                                            inputs.k().memory(),
                                            inputs.v().memory(),
                                            written.memory()));
                    assertFalse(e.isUnharmed());
                    session.close();
                    backend.forward(problem, forward());
                    assertTrue(isWritten(written.size() - 1));
                });
    }

    /** The first of its windows write outputs where the gradients of values will be. */
    @Test
    void aBackwardPassEndsBetweenTwoWindowsAndItsPlansAreUsedAgain() {
        Tensor dq = nan(CONFIG.keyDim());
        Tensor dk = nan(CONFIG.keyDim());
        Tensor state =
                Tensor.allocate(DType.F32, 1, CONFIG.heads(), CONFIG.keyDim(), CONFIG.valueDim());
        BackwardBuffers buffers =
                new BackwardBuffers(
                        inputs.q().memory(),
                        inputs.k().memory(),
                        inputs.v().memory(),
                        null,
                        inputs.v().memory(),
                        null,
                        dq.memory(),
                        dk.memory(),
                        written.memory(),
                        state.segment());
        DeviceLaws.withMemory(
                4 * MEMORY,
                backend -> {
                    interrupted(() -> backend.backward(problem, buffers));
                    assertTrue(Double.isNaN(dq.getDouble(0)), "the last window has not run");
                    backend.backward(problem, buffers);
                    assertFalse(Double.isNaN(dq.getDouble(0)));
                });
    }
}
