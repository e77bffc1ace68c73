package io.github.lightning4j;

/**
 * What a {@link StatePool} is to keep for each slot. Immutable.
 *
 * @param rollback how many of the last tokens {@link StatePool#truncate} can take back at least,
 *     those before the state that was written last excepted; more of them cost memory. Neither
 *     states nor outputs depend on it. With 0 truncate goes back to the last multiple of 32 tokens
 * @param stateBits bits of an element of a state: 32, or 16 for little more than half of the
 *     memory, and with it faster decode of many sequences and slower prefill
 * @param seed of the chances by which states of 16 bits are rounded; with the same seed the same
 *     tokens give the same bits
 */
public record PoolOptions(int rollback, int stateBits, long seed) {
    /** States of 32 bits, and nothing beyond what computing needs. */
    public static final PoolOptions DEFAULT = new PoolOptions(0, 32, 0);

    /** Checks the values. */
    public PoolOptions {
        Arguments.notNegative("rollback", rollback);
        if (stateBits != 32 && stateBits != 16) {
            throw new IllegalArgumentException(
                    "stateBits is " + stateBits + "; it must be 32 or 16");
        }
    }

    /**
     * The same with another rollback.
     *
     * @param tokens how many of the last tokens can be taken back at least, ≥ 0
     * @return new options
     */
    public PoolOptions withRollback(int tokens) {
        return new PoolOptions(tokens, stateBits, seed);
    }

    /**
     * The same with states of another size. Those of 16 bits are rounded up or down by chance
     * whenever tokens are taken into them, so that errors do not add up in one direction; computing
     * is in 32 bits all the same. A state that is written is rounded, too.
     *
     * @param bits 32 or 16
     * @return new options
     */
    public PoolOptions withStateBits(int bits) {
        return new PoolOptions(rollback, bits, seed);
    }

    /**
     * The same with another seed.
     *
     * @param value any number
     * @return new options
     */
    public PoolOptions withSeed(long value) {
        return new PoolOptions(rollback, stateBits, value);
    }
}
