package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.ReentrantLock;

/** Admits one thread at a time to something and refuses a second one, which then did nothing. */
final class Turn {
    private final String what;

    /** Throws where the thing cannot be used at all. */
    private final Runnable check;

    /** Held by whoever uses it, because its engine may be closed meanwhile. */
    private final ReentrantLock busy = new ReentrantLock();

    /** The thread that holds it, to be named in the message to others. */
    private volatile @Nullable Thread user;

    Turn(String what, Runnable check) {
        this.what = what;
        this.check = check;
    }

    /** Begins a call. */
    void enter() {
        if (!busy.tryLock()) {
            check.run();
            Thread other = user;
            throw new IllegalStateException(
                    what
                            + " is in use by "
                            + (other == null ? "another thread" : "thread " + other.getName())
                            + "; it belongs to one thread at a time, and this call did nothing");
        }
        user = Thread.currentThread();
        try {
            check.run();
        } catch (IllegalStateException e) {
            leave();
            throw e;
        }
    }

    /** Ends a call. */
    void leave() {
        user = null;
        busy.unlock();
    }

    /** Runs what ends it once the current call has ended. */
    void await(Runnable end) {
        busy.lock();
        try {
            end.run();
        } finally {
            busy.unlock();
        }
    }
}
