package io.github.lightning4j.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionInterruptedException;
import io.github.lightning4j.DType;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendOptions;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Calls of threads that are interrupted. */
class InterruptionTest {
    private static final int HEADS = 2;
    private static final int DIM = 16;
    private static final int TOKENS = 200;

    private static TensorMemory x(long tokens) {
        return Tensor.allocate(DType.F32, 1, HEADS, tokens, DIM).memory();
    }

    private static MemorySegment state() {
        return Tensor.allocate(DType.F32, 1, HEADS, DIM, DIM).segment();
    }

    private static AttentionProblem problem(Algorithm algorithm, long tokens) {
        AttentionConfig config = AttentionConfig.builder(HEADS, DIM).algorithm(algorithm).build();
        return new AttentionProblem(config, DType.F32, DType.F32, 1, tokens, null);
    }

    private static Backend open(int threads) {
        return new CpuBackendProvider().open("cpu", new BackendOptions(threads, 0));
    }

    /** Calls the backend itself, past the check that calls begin with. */
    private static void assertInterrupted(Runnable call) {
        Thread.currentThread().interrupt();
        try {
            assertFalse(assertThrows(AttentionInterruptedException.class, call::run).isUnharmed());
            assertTrue(Thread.currentThread().isInterrupted());
        } finally {
            assertTrue(Thread.interrupted());
        }
        call.run();
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void everyPassEndsAtABlock(Algorithm algorithm) {
        for (int threads = 1; threads <= 3; threads++) {
            try (Backend backend = open(threads)) {
                TensorMemory x = x(TOKENS);
                assertInterrupted(() ->
                        backend.forward(
                                problem(algorithm, TOKENS),
                                new ForwardBuffers(x, x, x, null, x(TOKENS), null)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theBackwardPassToo(int threads) {
        try (Backend backend = open(threads)) {
            TensorMemory x = x(TOKENS);
            TensorMemory dx = x(TOKENS);
            assertInterrupted(() ->
                    backend.backward(
                            problem(Algorithm.LIGHTNING_2, TOKENS),
                            new BackwardBuffers(
                                    x, x, x, null, x, null, dx, x(TOKENS), x(TOKENS), state())));
        }
    }

    @ParameterizedTest
    @CsvSource({"LIGHTNING_2", "RIGHT_PRODUCT"})
    void aLongAppendTooAndAStepOfDecodeIsTakenWhole(Algorithm algorithm) {
        try (Backend backend = open(2);
                BackendSession session =
                        backend.openSession(problem(algorithm, 1).config(), 1, null)) {
            TensorMemory x = x(TOKENS);
            assertInterrupted(() -> session.append(problem(algorithm, TOKENS), x, x, x, x(TOKENS)));
            if (algorithm == Algorithm.LIGHTNING_2) {
                Thread.currentThread().interrupt();
                try {
                    session.append(problem(algorithm, 1), x(1), x(1), x(1), x(1));
                    session.readState(state());
                } finally {
                    assertTrue(Thread.interrupted());
                }
            }
        }
    }

    /** Softmax of a million tokens takes minutes, and its last rows are computed first. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aCallThatRunsEnds(int threads) throws Exception {
        long tokens = 1 << 20;
        AttentionConfig config =
                AttentionConfig.builder(1, DIM).algorithm(Algorithm.SOFTMAX).build();
        Tensor x = Tensor.allocate(DType.F32, 1, 1, tokens, DIM);
        Tensor o = Tensor.allocate(DType.F32, 1, 1, tokens, DIM);
        o.segment().fill((byte) -1);
        try (LightningAttention attention =
                LightningAttention.builder(config).device("cpu").threads(threads).open()) {
            FutureTask<Void> call =
                    new FutureTask<>(() -> attention.attend(AttentionInputs.of(x, x, x), o), null);
            Thread thread = Thread.ofPlatform().start(call);
            while (Double.isNaN(o.getDouble(o.size() - 1)) && !call.isDone()) {
                Thread.yield(); // until the call has written
            }
            thread.interrupt();
            ExecutionException e =
                    assertThrows(ExecutionException.class, () -> call.get(5, TimeUnit.MINUTES));
            assertInstanceOf(AttentionInterruptedException.class, e.getCause());
            assertTrue(Double.isNaN(o.getDouble(0)));
        }
    }

    @Test
    void othersAreNotConcerned() {
        AttentionConfig config = AttentionConfig.builder(HEADS, DIM).build();
        Tensor x = Tensor.allocate(DType.F32, 1, HEADS, TOKENS, DIM);
        try (LightningAttention attention = LightningAttention.open(config, "cpu")) {
            Thread.currentThread().interrupt();
            assertThrows(AttentionInterruptedException.class, () -> attention.forward(x, x, x));
            assertTrue(Thread.interrupted());
            assertEquals(x.size(), attention.forward(x, x, x).size());
        }
    }
}
