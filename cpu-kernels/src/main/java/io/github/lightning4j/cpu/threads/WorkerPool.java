package io.github.lightning4j.cpu.threads;

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
public final class WorkerPool implements AutoCloseable {
    /**
     * How often a thread looks for work before it sleeps, for some 25 µs: being woken takes as long
     * as a decode step, and the next step mostly comes at once.
     */
    private static final int SPINS = 1000;

    /**
     * The most requests for help that wait for a worker; beyond that no worker would come soon
     * anyway.
     */
    private static final int MOST_WAITING = 1024;

    private static final ScratchPool<Object> NO_SCRATCH = new ScratchPool<>(Object::new);

    private final int threads;
    private final @Nullable ExecutorService workers;

    /**
     * A pool.
     *
     * @param threads the caller included; its workers start when first needed
     */
    public WorkerPool(int threads) {
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
                                Thread.ofPlatform().daemon().name("lightning4j-", 1).factory(),
                                // Full, or closed meanwhile: the caller does what is left.
                                new ThreadPoolExecutor.DiscardPolicy());
    }

    /** The caller included. */
    public int threads() {
        return threads;
    }

    /**
     * Runs tasks 0 … n−1, each once, on the caller and up to {@code threads − 1} workers, and
     * returns when all have ended.
     *
     * @param tasks n
     * @param body what a task does; if tasks fail, what the first one threw is thrown here once all
     *     running ones have ended
     */
    public void forEach(int tasks, IntConsumer body) {
        forEach(tasks, NO_SCRATCH, (i, nothing) -> body.accept(i));
    }

    /** A task with a thread's scratch. */
    public interface Task<T> {
        /** Does task i. */
        void run(int i, T scratch);
    }

    /**
     * The same for tasks that need scratch: a thread is lent some once for all its tasks.
     *
     * @param <T> what is lent
     */
    public <T> void forEach(int tasks, ScratchPool<T> scratch, Task<T> body) {
        int helpers = Math.min(threads, tasks) - 1;
        if (workers == null || helpers <= 0) {
            if (tasks > 0) {
                runAll(tasks, scratch, body);
            }
            return;
        }
        Job<T> job = new Job<>(tasks, scratch, body, Thread.currentThread());
        for (int i = 0; i < helpers; i++) {
            workers.execute(job);
        }
        job.finish();
    }

    private static <T> void runAll(int tasks, ScratchPool<T> scratch, Task<T> body) {
        T lent = scratch.lend();
        try {
            for (int i = 0; i < tasks; i++) {
                body.run(i, lent);
            }
        } finally {
            scratch.giveBack(lent);
        }
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

        SpinningQueue() {
            super(MOST_WAITING);
        }

        @Override
        public Runnable take() throws InterruptedException {
            for (int i = 0; i < SPINS && isEmpty(); i++) {
                Thread.onSpinWait();
            }
            return super.take();
        }
    }

    private static final class Job<T> implements Runnable {
        private final int tasks;
        private final ScratchPool<T> scratch;
        private final Thread caller;

        /** Null once it is done: a worker that is busy may take this from the queue much later. */
        private @Nullable Task<T> body;

        private final AtomicInteger next = new AtomicInteger();

        /** Threads inside; once it has fallen to 0 nobody enters again. */
        private final AtomicInteger active = new AtomicInteger(1);

        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

        Job(int tasks, ScratchPool<T> scratch, Task<T> body, Thread caller) {
            this.tasks = tasks;
            this.scratch = scratch;
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
            body = null;
            switch (failure.get()) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }

        private void work() {
            int i = next.getAndIncrement();
            Task<T> task = body;
            if (i >= tasks || task == null) {
                return;
            }
            try {
                T lent = scratch.lend();
                try {
                    for (; i < tasks; i = next.getAndIncrement()) {
                        task.run(i, lent);
                    }
                } finally {
                    scratch.giveBack(lent);
                }
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
                next.set(tasks);
            }
        }
    }
}
