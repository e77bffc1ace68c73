package io.github.lightning4j.models.layers;

import io.github.lightning4j.InsufficientMemoryException;

import java.util.Locale;

/**
 * Bytes that key-value caches may take, counted before they are taken. Several layers share one.
 * Thread-safe.
 */
public final class CacheBudget {
    private final long limit;
    private long used;

    /**
     * With nothing used.
     *
     * @param limit bytes, ≥ 0
     * @throws IllegalArgumentException if it is negative
     */
    public CacheBudget(long limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("limit is " + limit + "; it must be >= 0");
        }
        this.limit = limit;
    }

    /**
     * What caches take now.
     *
     * @return bytes
     */
    public synchronized long used() {
        return used;
    }

    /**
     * What they may take.
     *
     * @return bytes
     */
    public long limit() {
        return limit;
    }

    /**
     * Refuses what would go past the limit, and takes nothing.
     *
     * @param more bytes that are wanted
     * @throws InsufficientMemoryException if there are not as many left
     */
    public synchronized void check(long more) {
        if (more > limit - used) {
            throw new InsufficientMemoryException(
                    String.format(
                            Locale.ROOT,
                            "key-value caches take %,d bytes and need %,d more; the limit is %,d",
                            used,
                            more,
                            limit));
        }
    }

    synchronized void take(long bytes) {
        check(bytes);
        used += bytes;
    }

    synchronized void giveBack(long bytes) {
        used -= bytes;
    }
}
