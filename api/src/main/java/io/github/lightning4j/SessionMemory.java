package io.github.lightning4j;

import java.util.Locale;
import java.util.OptionalLong;

/** Counts what open sessions and pools take and refuses what is beyond a budget. Thread-safe. */
final class SessionMemory {
    private final OptionalLong budget;
    private int sessions;
    private long bytes;

    SessionMemory(OptionalLong budget) {
        this.budget = budget;
    }

    /**
     * Counts one more session or pool.
     *
     * @param what it is
     * @param wanted its bytes
     * @throws InsufficientMemoryException if less than that is left of the budget; nothing was
     *     counted
     */
    synchronized void take(String what, long wanted) {
        if (budget.isPresent() && wanted > budget.getAsLong() - bytes) {
            throw new InsufficientMemoryException(
                    String.format(
                            Locale.ROOT,
                            "%s takes %,d bytes; of the budget of %,d bytes %,d are taken, open"
                                    + " sessions and pools: %d; close some, or raise"
                                    + " sessionMemoryBudget",
                            what,
                            wanted,
                            budget.getAsLong(),
                            bytes,
                            sessions));
        }
        sessions++;
        bytes += wanted;
    }

    /** One of them has ended. */
    synchronized void giveBack(long taken) {
        sessions--;
        bytes -= taken;
    }

    synchronized MemoryUse use() {
        return new MemoryUse(sessions, bytes, budget);
    }
}
