package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lightning4j.io.CutFileTest;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** Calls whose arguments' memory goes away while they run. */
class ArgumentMemoryTest {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(2, 8).build();

    @TempDir private Path folder;

    /** Lets something happen and then reads what it got, as devices do. */
    private static final class Reading extends BrokenDevice {
        private final Runnable meanwhile;

        Reading(Runnable meanwhile) {
            this.meanwhile = meanwhile;
        }

        private void read(TensorMemory... tensors) {
            meanwhile.run();
            try {
                for (TensorMemory tensor : tensors) {
                    tensor.segment().toArray(ValueLayout.JAVA_BYTE);
                }
            } catch (IllegalStateException e) {
                throw new BackendException("broken failed: " + e, e);
            }
        }

        @Override
        public void forward(AttentionProblem problem, ForwardBuffers buffers) {
            read(buffers.q(), buffers.k(), buffers.v());
        }

        @Override
        public void backward(AttentionProblem problem, BackwardBuffers buffers) {
            read(buffers.q(), buffers.k(), buffers.v(), buffers.outputGradient());
        }

        @Override
        public void append(
                AttentionProblem problem,
                TensorMemory q,
                TensorMemory k,
                TensorMemory v,
                TensorMemory output) {
            read(q, k, v);
        }
    }

    private static LightningAttention reading(Runnable meanwhile) {
        return LightningAttention.over(CONFIG, new Reading(meanwhile));
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows does not let mapped files be cut")
    void aFileThatIsCutIsAnInputErrorThatNamesItsTensors() throws IOException {
        Tensor own = Tensor.allocate(DType.F32, 1, 2, 4096, 8);
        Path path = CutFileTest.qkv(folder);
        try (Safetensors file = Safetensors.open(path);
                LightningAttention attention = reading(() -> CutFileTest.cut(path))) {
            Tensor q = file.tensor("q");
            Tensor v = file.tensor("v");
            AttentionSession session = attention.openSession(1);
            for (Runnable call :
                    new Runnable[] {
                        () -> attention.forward(q, own, v),
                        () -> attention.forward(AttentionInputs.of(q, own, v)),
                        () -> attention.backward(AttentionInputs.of(q, own, v), own, null),
                        () -> session.append(q, own, v)
                    }) {
                UncheckedIOException e = assertThrows(UncheckedIOException.class, call::run);
                assertEquals(
                        "a file was cut while it was read; mapped from files: q, v",
                        e.getMessage());
                assertInstanceOf(InternalError.class, e.getCause().getCause());
            }
            assertThrows(IllegalStateException.class, session::state);
            // Others are not affected.
            attention.forward(own, own, own);
        }
    }

    @Test
    void memoryThatIsFreedMeanwhileIsNotTheDevicesFailure() {
        Arena arena = Arena.ofShared();
        Tensor own = Tensor.allocate(DType.F32, 1, 2, 4, 8);
        Tensor freed = Tensor.allocate(arena, DType.F32, 1, 2, 4, 8);
        try (LightningAttention attention = reading(arena::close)) {
            IllegalStateException e =
                    assertThrows(
                            IllegalStateException.class, () -> attention.forward(own, freed, own));
            assertEquals(
                    "k was freed during the call; an arena must stay open until it ends",
                    e.getMessage());
            assertInstanceOf(BackendException.class, e.getCause());
        }
    }

    @Test
    void aStateThatIsFreedMeanwhileToo() {
        Arena arena = Arena.ofShared();
        Tensor values = Tensor.allocate(arena, DType.F32, 1, 2, 8, 8);
        AttentionState state = AttentionState.of(values, CONFIG.slopes(), new long[1]);
        BrokenDevice device =
                new BrokenDevice() {
                    @Override
                    public io.github.lightning4j.spi.BackendSession openSession(
                            AttentionConfig config,
                            int sequences,
                            @org.jspecify.annotations.Nullable MemorySegment initialState) {
                        arena.close();
                        throw new BackendException("it broke");
                    }
                };
        try (LightningAttention attention = LightningAttention.over(CONFIG, device)) {
            assertEquals(
                    "state was freed during the call; an arena must stay open until it ends",
                    assertThrows(IllegalStateException.class, () -> attention.openSession(state))
                            .getMessage());
        }
    }

    @Test
    void whatHasNothingToDoWithMemoryIsThrownAsItIs() {
        Tensor x = Tensor.allocate(DType.F32, 1, 2, 4, 8);
        for (Throwable thrown :
                new Throwable[] {
                    new BackendException("it broke"),
                    new InternalError("something else"),
                    new OutOfMemoryError("Java heap space"),
                    new StackOverflowError()
                }) {
            try (LightningAttention attention =
                    reading(() -> ArgumentMemoryTest.<RuntimeException>sneak(thrown))) {
                assertSame(
                        thrown, assertThrows(thrown.getClass(), () -> attention.forward(x, x, x)));
            }
        }
    }

    @Test
    void aDeviceWithoutMemoryOfTheHostSaysSo() {
        Tensor x = Tensor.allocate(DType.F32, 1, 2, 4, 8);
        OutOfMemoryError thrown = new OutOfMemoryError("Unable to allocate 7 bytes");
        try (LightningAttention attention =
                reading(() -> ArgumentMemoryTest.<RuntimeException>sneak(thrown))) {
            InsufficientMemoryException e =
                    assertThrows(
                            InsufficientMemoryException.class, () -> attention.forward(x, x, x));
            assertEquals(
                    "there is no memory for the call (Unable to allocate 7 bytes): it would lie"
                            + " outside the Java heap, so the memory of the machine or its"
                            + " container is what limits it, not -Xmx",
                    e.getMessage());
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void sneak(Throwable e) throws T {
        throw (T) e;
    }
}
