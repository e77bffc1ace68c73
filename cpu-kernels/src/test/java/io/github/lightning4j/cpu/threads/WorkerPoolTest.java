package io.github.lightning4j.cpu.threads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

import java.lang.ref.WeakReference;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class WorkerPoolTest {
    private static final int MEBIBYTE = 1 << 20;

    /** A call that ended on its caller alone is not kept by those that were to help with it. */
    @Test
    void whatIsDoneIsLetGoWhileWorkersAreBusy() throws Exception {
        try (WorkerPool pool = new WorkerPool(2)) {
            CountDownLatch inside = new CountDownLatch(2);
            CountDownLatch enough = new CountDownLatch(1);
            CompletableFuture<Void> busy =
                    CompletableFuture.runAsync(() ->
                            pool.forEach(
                                    2,
                                    i -> {
                                        inside.countDown();
                                        await(enough);
                                    }));
            inside.await();
            WeakReference<byte[]> data = call(pool);
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(30);
            while (data.get() != null && System.nanoTime() < deadline) {
                System.gc();
                Thread.yield();
            }
            assertNull(data.get());
            // More than there is room for among those that wait.
            for (int i = 0; i < 3000; i++) {
                call(pool);
            }
            enough.countDown();
            busy.get(30, TimeUnit.MINUTES);
            call(pool);
        }
    }

    private static WeakReference<byte[]> call(WorkerPool pool) {
        byte[] data = new byte[MEBIBYTE];
        AtomicInteger done = new AtomicInteger();
        pool.forEach(4, i -> done.addAndGet(i + data[i]));
        assertEquals(6, done.get());
        return new WeakReference<>(data);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
