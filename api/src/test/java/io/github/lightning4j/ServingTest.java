package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * What a service meets: memory that runs out, threads that meet, calls that nobody wants any more.
 */
class ServingTest {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(2, 8, 4).build();

    /** Of a session of one sequence where a backend does not say: H · D · E floats. */
    private static final long BYTES = 2 * 8 * 4 * 4;

    /** Computes nothing, on purpose. */
    private static class Idle extends BrokenDevice {
        @Override
        public void forward(AttentionProblem problem, ForwardBuffers buffers) {}

        @Override
        public void append(
                AttentionProblem problem,
                TensorMemory q,
                TensorMemory k,
                TensorMemory v,
                TensorMemory output) {}
    }

    /** Works on an append until it is let go. */
    private static final class Slow extends Idle {
        private final CountDownLatch appending = new CountDownLatch(1);
        private final CountDownLatch enough = new CountDownLatch(1);

        @Override
        public void append(
                AttentionProblem problem,
                TensorMemory q,
                TensorMemory k,
                TensorMemory v,
                TensorMemory output) {
            appending.countDown();
            try {
                enough.await();
            } catch (InterruptedException e) {
                throw new BackendException("nobody interrupts it", e);
            }
        }
    }

    private static LightningAttention attention(BrokenDevice device, OptionalLong budget) {
        return new LightningAttention(CONFIG, device, List.of(), 0, budget);
    }

    private static Tensor x(int dim) {
        return Tensor.allocate(DType.F32, 1, 2, 3, dim);
    }

    @Test
    void aSecondThreadIsRefusedAndHarmsNothing() throws Exception {
        Slow slow = new Slow();
        try (LightningAttention attention = attention(slow, OptionalLong.empty())) {
            AttentionSession session = attention.openSession(1);
            CompletableFuture<Void> first = new CompletableFuture<>();
            Thread thread =
                    Thread.ofPlatform()
                            .name("first")
                            .start(() -> {
                                try {
                                    session.append(x(8), x(8), x(4));
                                    first.complete(null);
                                } catch (RuntimeException e) {
                                    first.completeExceptionally(e);
                                }
                            });
            slow.appending.await();
            for (Runnable second :
                    new Runnable[] {
                        () -> session.append(x(8), x(8), x(4)), session::state, session::fork
                    }) {
                assertEquals(
                        "the session is in use by thread first; it belongs to one thread at a"
                                + " time, and this call did nothing",
                        assertThrows(IllegalStateException.class, second::run).getMessage());
            }
            assertEquals(0, session.tokens(0));
            slow.enough.countDown();
            first.get(30, TimeUnit.MINUTES);
            thread.join();
            assertEquals(3, session.tokens(0));
            session.append(x(8), x(8), x(4));
            assertEquals(6, session.tokens(0));
            assertEquals(1, attention.memory().sessions());
        }
    }

    @Test
    void memoryIsKnownBeforeAndCountedAfter() {
        LightningAttention attention = attention(new Idle(), OptionalLong.empty());
        assertEquals(BYTES, attention.sessionMemory(1));
        assertEquals(5 * BYTES, attention.sessionMemory(5));
        assertEquals(new MemoryUse(0, 0, OptionalLong.empty()), attention.memory());
        AttentionSession two = attention.openSession(2);
        AttentionSession copy = two.fork();
        assertEquals(2 * BYTES, two.memory());
        assertEquals(new MemoryUse(2, 4 * BYTES, OptionalLong.empty()), attention.memory());
        copy.close();
        copy.close();
        assertEquals(new MemoryUse(1, 2 * BYTES, OptionalLong.empty()), attention.memory());
        attention.close();
        two.close();
        assertEquals(new MemoryUse(0, 0, OptionalLong.empty()), attention.memory());
        assertThrows(IllegalArgumentException.class, () -> attention.sessionMemory(0));
    }

    @Test
    void nothingOpensBeyondTheBudget() {
        LightningAttention attention = attention(new Idle(), OptionalLong.of(3 * BYTES));
        AttentionSession two = attention.openSession(2);
        String refusal =
                "a session of 2 sequences takes 512 bytes; of the budget of 768 bytes 512 are"
                        + " taken, open sessions and pools: 1; close some, or raise"
                        + " sessionMemoryBudget";
        for (Runnable opening : new Runnable[] {two::fork, () -> attention.openSession(2)}) {
            assertEquals(
                    refusal,
                    assertThrows(InsufficientMemoryException.class, opening::run).getMessage());
        }
        assertEquals(new MemoryUse(1, 2 * BYTES, OptionalLong.of(3 * BYTES)), attention.memory());
        attention.openSession(1);
        two.close();
        two.close();
        attention.openSession(2);
        assertEquals(3 * BYTES, attention.memory().bytes());
        attention.close();
    }

    @Test
    void whatCouldNotBeOpenedIsNotCounted() {
        class Full extends Idle {
            private final Throwable reason;

            private Full(Throwable reason) {
                this.reason = reason;
            }

            @Override
            public BackendSession openSession(
                    AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
                if (reason instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) reason;
            }
        }
        LightningAttention heap =
                attention(
                        new Full(new OutOfMemoryError("Java heap space")), OptionalLong.of(BYTES));
        assertEquals(
                "there is no memory for a session of 1 sequences, 256 bytes on the Java heap (Java"
                        + " heap space): raise -Xmx",
                assertThrows(InsufficientMemoryException.class, () -> heap.openSession(1))
                        .getMessage());
        LightningAttention broken =
                attention(new Full(new BackendException("it broke")), OptionalLong.of(BYTES));
        assertThrows(BackendException.class, () -> broken.openSession(1));
        assertEquals(0, heap.memory().bytes());
        assertEquals(0, broken.memory().sessions());
    }

    @Test
    void nothingBeginsOnAnInterruptedThread() {
        LightningAttention attention = attention(new Idle(), OptionalLong.empty());
        AttentionSession session = attention.openSession(1);
        AttentionInputs inputs = AttentionInputs.of(x(8), x(8), x(4));
        for (Runnable call :
                new Runnable[] {
                    () -> attention.forward(inputs),
                    () -> attention.attend(inputs, x(4)),
                    () -> attention.backward(inputs, x(4), null),
                    () -> session.append(x(8), x(8), x(4))
                }) {
            Thread.currentThread().interrupt();
            try {
                AttentionInterruptedException e =
                        assertThrows(AttentionInterruptedException.class, call::run);
                assertTrue(e.isUnharmed());
                assertEquals(0, session.state().tokens(0), "what there is can be saved");
                assertTrue(Thread.currentThread().isInterrupted());
            } finally {
                Thread.interrupted();
            }
        }
        session.append(x(8), x(8), x(4));
        assertEquals(3, session.tokens(0));
        assertEquals(1, attention.memory().sessions());
        attention.close();
    }

    /** Is interrupted in the middle of its first append. */
    private static final class Interrupted extends Idle {
        private final boolean unharmed;
        private boolean once;

        private Interrupted(boolean unharmed) {
            this.unharmed = unharmed;
        }

        @Override
        public void append(
                AttentionProblem problem,
                TensorMemory q,
                TensorMemory k,
                TensorMemory v,
                TensorMemory output) {
            if (!once) {
                once = true;
                throw new AttentionInterruptedException("interrupted", unharmed);
            }
        }
    }

    @Test
    void anInterruptedSessionIsAsBeforeOrSaysThatItIsNot() {
        AttentionSession unharmed =
                attention(new Interrupted(true), OptionalLong.empty()).openSession(1);
        assertTrue(
                assertThrows(
                                AttentionInterruptedException.class,
                                () -> unharmed.append(x(8), x(8), x(4)))
                        .isUnharmed());
        assertEquals(0, unharmed.tokens(0));
        unharmed.append(x(8), x(8), x(4));
        assertEquals(3, unharmed.tokens(0));
        AttentionSession harmed =
                attention(new Interrupted(false), OptionalLong.empty()).openSession(1);
        assertFalse(
                assertThrows(
                                AttentionInterruptedException.class,
                                () -> harmed.append(x(8), x(8), x(4)))
                        .isUnharmed());
        assertEquals(
                "an append was interrupted midway; the session can only be closed",
                assertThrows(IllegalStateException.class, () -> harmed.append(x(8), x(8), x(4)))
                        .getMessage());
        unharmed.close();
        harmed.close();
    }
}
