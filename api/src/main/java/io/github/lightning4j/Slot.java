package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

/**
 * A place in a {@link StatePool} for as long as somebody holds it.
 *
 * <p>A slot that was released is not served any more, even where its place has been handed out
 * again: each use has a generation of its own. Immutable and thread-safe; two slots are equal only
 * if they are the same object.
 */
public final class Slot {
    /**
     * No slot: a row of an append that belongs to nobody, as padding of a batch. It changes no
     * state, and its rows of the output are zeros.
     */
    public static final Slot NONE = new Slot(null, -1, 0);

    /** Tells one pool from another. */
    static final class Pool {}

    private final @Nullable Pool pool;
    private final int index;
    private final long generation;

    /** Handed out by {@link SlotTable} alone. */
    Slot(@Nullable Pool pool, int index, long generation) {
        this.pool = pool;
        this.index = index;
        this.generation = generation;
    }

    /** Whether it was handed out by a pool. */
    boolean isOf(Pool other) {
        return pool == other;
    }

    /**
     * Which place of its pool it is.
     *
     * @return 0 … slots−1; −1 of {@link #NONE}
     */
    public int index() {
        return index;
    }

    /**
     * Which use of its place it is.
     *
     * @return a number that no other slot of the same place has
     */
    public long generation() {
        return generation;
    }

    @Override
    public String toString() {
        return index < 0 ? "Slot.NONE" : "Slot[" + index + ", generation " + generation + "]";
    }
}
