package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;

/** What is left after a device broke in the middle of an append. */
class FailingDeviceTest {
    /** Breaks whatever is asked of it. */
    static final class Broken implements Backend, BackendSession {
        private int closed;

        @Override
        public Device device() {
            return new Device("broken", "broken", Device.Kind.ACCELERATOR, "");
        }

        @Override
        public void forward(AttentionProblem problem, ForwardBuffers buffers) {
            throw new BackendException("it broke");
        }

        @Override
        public void backward(AttentionProblem problem, BackwardBuffers buffers) {
            throw new BackendException("it broke");
        }

        @Override
        public BackendSession openSession(
                AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
            return this;
        }

        @Override
        public void append(
                AttentionProblem problem,
                MemorySegment q,
                MemorySegment k,
                MemorySegment v,
                MemorySegment output) {
            throw new BackendException("it broke");
        }

        @Override
        public void readState(MemorySegment target) {}

        @Override
        public BackendSession fork() {
            return this;
        }

        @Override
        public void close() {
            closed++;
        }
    }

    @Test
    void aSessionWhoseAppendFailedCanOnlyBeClosed() {
        Broken broken = new Broken();
        Tensor x = Tensor.allocate(DType.F32, 1, 1, 2, 4);
        LightningAttention attention =
                LightningAttention.over(AttentionConfig.builder(1, 4).build(), broken, 0);
        AttentionSession session = attention.openSession(1);
        assertThrows(BackendException.class, () -> session.append(x, x, x));
        assertEquals(0, session.tokens(0));
        for (Runnable use :
                new Runnable[] {
                    () -> session.append(x, x, x), session::state, session::fork,
                }) {
            IllegalStateException e = assertThrows(IllegalStateException.class, use::run);
            assertTrue(String.valueOf(e.getMessage()).contains("can only be closed"));
        }
        session.close();
        session.close();
        assertEquals(1, broken.closed);
        attention.close();
        assertEquals(2, broken.closed);
        assertThrows(IllegalStateException.class, () -> attention.openSession(1));
    }
}
