package io.github.lightning4j.tornado.kernels;

/**
 * Where a kernel on tensor cores reports the {@linkplain Seals seals} of what it reads, counted
 * from the first of its places among the {@link Receipts}. The same tensor may have one role in one
 * kernel and another in the next, so each kernel of a graph has places of its own.
 */
public final class TensorSeals {
    public static final int QUERIES = 0;
    public static final int KEYS = 1;
    public static final int VALUES = 2;
    public static final int STATES = 3;
    public static final int DECAY = 4;

    /** How many there are. */
    public static final int PLACES = 5;

    private TensorSeals() {}
}
