package io.github.lightning4j.tornado.devices;

import java.util.concurrent.locks.ReentrantLock;

/**
 * TornadoVM's runtime, compiler and command queues are one for the process, so everything that
 * touches them takes turns, in the order of asking.
 *
 * <p>Two properties of the calling thread are set aside, because TornadoVM finds its drivers with
 * the thread's context class loader and mistakes an interrupt for a failed compilation. An
 * interrupt takes effect once the work is done.
 */
public final class DeviceLock {
    private static final ReentrantLock LOCK = new ReentrantLock(true);

    private DeviceLock() {}

    /** Work on a device. */
    public interface Work<T> {
        public T run();
    }

    /** Runs something alone. */
    public static <T> T with(Work<T> work) {
        LOCK.lock();
        Thread thread = Thread.currentThread();
        ClassLoader loader = thread.getContextClassLoader();
        boolean interrupted = Thread.interrupted();
        thread.setContextClassLoader(DeviceLock.class.getClassLoader());
        try {
            return work.run();
        } finally {
            thread.setContextClassLoader(loader);
            if (interrupted) {
                thread.interrupt();
            }
            LOCK.unlock();
        }
    }

    /** Runs something alone, without a result. */
    public static void run(Runnable work) {
        with(() -> {
            work.run();
            return LOCK;
        });
    }
}
