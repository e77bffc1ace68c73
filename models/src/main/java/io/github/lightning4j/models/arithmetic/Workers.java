package io.github.lightning4j.models.arithmetic;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Threads that share out numbered tasks. The caller works too, so a call goes on even where every
 * worker is busy with other calls. Thread-safe.
 */
public final class Workers implements AutoCloseable {
    /**
     * How often a thread looks for work before it sleeps, for some 25 µs: products of a decode step
     * follow each other, and being woken takes as long as a small one.
     */
    private static final int SPINS = 1000;

    private final int threads;
    private final @Nullable ExecutorService workers;

    /**
     * Threads that start when first needed.
     *
     * @param threads ≥ 1, the caller included
     */
    public Workers(int threads) {
        this.threads = threads;
        workers =
                threads == 1
                        ? null
                        : new ThreadPoolExecutor(
                                threads - 1,
                                threads - 1,
                                0,
                                TimeUnit.SECONDS,
                                new SpinningQueue(),
                                Thread.ofPlatform()
                                        .daemon()
                                        .name("lightning4j-models-", 1)
                                        .factory(),
                                // Closed meanwhile: the caller does what is left.
                                new ThreadPoolExecutor.DiscardPolicy());
    }

    /** The caller included. */
    public int threads() {
        return threads;
    }

    /**
     * Runs tasks 0 … n−1, each once, and returns when all have ended. If tasks fail, what the first
     * one threw is thrown here.
     *
     * @param tasks n
     * @param body what a task does
     */
    public void forEach(int tasks, IntConsumer body) {
        int helpers = Math.min(threads, tasks) - 1;
        if (workers == null || helpers <= 0) {
            for (int i = 0; i < tasks; i++) {
                body.accept(i);
            }
            return;
        }
        Job job = new Job(tasks, body, Thread.currentThread());
        for (int i = 0; i < helpers; i++) {
            workers.execute(job);
        }
        job.finish();
    }

    /** Lets running calls end and stops the workers. */
    @Override
    public void close() {
        if (workers != null) {
            workers.shutdown();
        }
    }

    /** Looks for work a little while longer before a thread goes to sleep. */
    private static final class SpinningQueue extends LinkedBlockingQueue<Runnable> {
        private static final long serialVersionUID = 1;

        @Override
        public Runnable take() throws InterruptedException {
            for (int i = 0; i < SPINS && isEmpty(); i++) {
                Thread.onSpinWait();
            }
            return super.take();
        }
    }

    private static final class Job implements Runnable {
        private final int tasks;
        private final IntConsumer body;
        private final Thread caller;
        private final AtomicInteger next = new AtomicInteger();

        /** Threads inside; once it has fallen to 0 nobody enters again. */
        private final AtomicInteger active = new AtomicInteger(1);

        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Job(int tasks, IntConsumer body, Thread caller) {
            this.tasks = tasks;
            this.body = body;
            this.caller = caller;
        }

        @Override
        public void run() {
            int inside = active.get();
            while (inside != 0 && !active.compareAndSet(inside, inside + 1)) {
                inside = active.get();
            }
            if (inside != 0) {
                work();
                if (active.decrementAndGet() == 0) {
                    LockSupport.unpark(caller);
                }
            }
        }

        void finish() {
            work();
            active.decrementAndGet();
            for (int i = 0; i < SPINS && active.get() != 0; i++) {
                Thread.onSpinWait();
            }
            while (active.get() != 0) {
                LockSupport.park(this);
            }
            switch (failure.get()) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }

        private void work() {
            try {
                for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                    body.accept(i);
                }
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
                next.set(tasks);
            }
        }
    }
}
