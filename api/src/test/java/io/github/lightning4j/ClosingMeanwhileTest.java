package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.TensorMemory;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** An engine that is closed while one of its sessions is at work. */
class ClosingMeanwhileTest {
    /** Appends until it is told to stop, and writes down what ended when. */
    private static final class Slow extends BrokenDevice {
        private final CountDownLatch appending = new CountDownLatch(1);
        private final CountDownLatch enough = new CountDownLatch(1);
        private final List<String> ended = Collections.synchronizedList(new ArrayList<>());

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
                throw new BackendException("interrupted", e);
            }
            ended.add("append");
        }

        @Override
        public void close() {
            ended.add("close");
        }
    }

    @Test
    void whatASessionIsDoingEndsFirst() throws Exception {
        Slow slow = new Slow();
        Tensor x = Tensor.allocate(DType.F32, 1, 1, 2, 4);
        LightningAttention attention =
                LightningAttention.over(AttentionConfig.builder(1, 4).build(), slow);
        AttentionSession session = attention.openSession(1);
        CompletableFuture<Void> append =
                CompletableFuture.runAsync(() -> session.append(x, x, x, o()));
        slow.appending.await();
        Thread close = Thread.ofPlatform().start(attention::close);
        while (close.getState() == Thread.State.NEW || close.getState() == Thread.State.RUNNABLE) {
            Thread.onSpinWait();
        }
        assertTrue(close.isAlive());
        assertEquals(List.of(), slow.ended);
        slow.enough.countDown();
        append.get(30, TimeUnit.MINUTES);
        assertTrue(close.join(Duration.ofMinutes(30)));
        assertEquals(List.of("append", "close", "close"), slow.ended);
        assertEquals(
                "the session is closed",
                assertThrows(IllegalStateException.class, () -> session.append(x, x, x))
                        .getMessage());
    }

    private static Tensor o() {
        return Tensor.allocate(DType.F32, 1, 1, 2, 4);
    }
}
