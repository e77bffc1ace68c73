package io.github.lightning4j.tornado.devices;

import io.github.lightning4j.AttentionInterruptedException;

import java.util.concurrent.locks.ReentrantLock;

/**
 * TornadoVM's runtime, compiler and command queues are one for the process, so everything that
 * touches them takes turns, in the order of asking.
 *
 * <p>Two properties of the calling thread are set aside, because TornadoVM finds its drivers with
 * the thread's context class loader and mistakes an interrupt for a failed compilation. An
 * interrupt takes effect when a pass {@linkplain #look looks}, and otherwise once the work is done.
 */
public final class DeviceLock {
    private static final ReentrantLock LOCK = new ReentrantLock(true);

    /** Whether an interrupt of the thread that holds the lock is set aside. */
    private static boolean interrupted;

    private DeviceLock() {}

    /** Work on a device. */
    public interface Work<T> {
        public T run();
    }

    /** Runs something alone. */
    public static <T> T with(Work<T> work) {
        LOCK.lock();
        return locked(work);
    }

    /** Runs something alone, without a result. */
    public static void run(Runnable work) {
        with(() -> {
            work.run();
            return LOCK;
        });
    }

    /**
     * Runs a pass, or a part of one, alone.
     *
     * @param begun whether parts of it have run
     * @throws AttentionInterruptedException if the thread is interrupted before its turn
     */
    public static void pass(boolean begun, Runnable work) {
        try {
            LOCK.lockInterruptibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AttentionInterruptedException(
                    "the thread was interrupted while it waited for its turn on the device",
                    !begun);
        }
        locked(() -> {
            work.run();
            return LOCK;
        });
    }

    /**
     * Looks, between two windows of a pass, whether its thread was interrupted.
     *
     * @throws AttentionInterruptedException if it was; some windows may have been computed
     */
    public static void look() {
        interrupted |= Thread.interrupted();
        if (interrupted) {
            throw new AttentionInterruptedException(
                    "the thread was interrupted; the call ended between two windows", false);
        }
    }

    private static <T> T locked(Work<T> work) {
        Thread thread = Thread.currentThread();
        ClassLoader loader = thread.getContextClassLoader();
        boolean outermost = LOCK.getHoldCount() == 1;
        interrupted = Thread.interrupted() || (!outermost && interrupted);
        thread.setContextClassLoader(DeviceLock.class.getClassLoader());
        try {
            return work.run();
        } finally {
            thread.setContextClassLoader(loader);
            if (outermost && interrupted) {
                thread.interrupt();
            }
            LOCK.unlock();
        }
    }
}
