package io.github.lightning4j.tornado;

import java.util.concurrent.locks.ReentrantLock;

/**
 * TornadoVM's runtime, compiler and command queues are one for the process, so everything that
 * touches them goes one at a time.
 */
final class DeviceLock {
    private static final ReentrantLock LOCK = new ReentrantLock();

    private DeviceLock() {}

    /** Work on a device. */
    interface Work<T> {
        T run();
    }

    /** Runs something alone. */
    static <T> T with(Work<T> work) {
        LOCK.lock();
        try {
            return work.run();
        } finally {
            LOCK.unlock();
        }
    }
}
