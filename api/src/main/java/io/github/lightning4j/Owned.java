package io.github.lightning4j;

import java.lang.ref.Cleaner;

/**
 * What an object that a caller closes holds, and what frees it: the owner and the cleaner know
 * this, so that they do not keep the caller's object from being collected.
 */
interface Owned extends Runnable {
    /** Frees it once the current call has ended; again, it does nothing. */
    @Override
    void run();

    boolean isClosed();

    /** What it is, for people. */
    String what();

    /** The memory that it takes. */
    long bytes();

    /** Where it was opened. */
    CallSite opened();

    /** Frees what is dropped without being closed, and says so. */
    final class Dropped {
        private static final Cleaner CLEANER = Cleaner.create();

        private Dropped() {}

        /** Watches the caller's object. */
        static Cleaner.Cleanable watch(Object callers, Owned owned, System.Logger log) {
            return CLEANER.register(callers, () -> free(owned, log));
        }

        /** Nobody refers to the caller's object any more. */
        private static void free(Owned dropped, System.Logger log) {
            if (!dropped.isClosed()) {
                log.log(
                        System.Logger.Level.WARNING,
                        "{0} was dropped without close(); its {1} bytes are freed now. It was"
                                + " opened here:{2}",
                        dropped.what(),
                        dropped.bytes(),
                        dropped.opened());
                dropped.run();
            }
        }
    }
}
