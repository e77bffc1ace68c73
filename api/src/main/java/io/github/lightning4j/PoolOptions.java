package io.github.lightning4j;

/**
 * What a {@link StatePool} is to keep for each slot. Immutable.
 *
 * @param rollback how many of the last tokens {@link StatePool#truncate} can take back at least,
 *     those before the state that was written last excepted; more of them cost memory, and what a
 *     device does with it may cost time. States do not depend on it. With 0 truncate goes back to
 *     the last multiple of 32 tokens
 */
public record PoolOptions(int rollback) {
    /** Nothing beyond what computing needs. */
    public static final PoolOptions DEFAULT = new PoolOptions(0);

    /** Checks the values. */
    public PoolOptions {
        Arguments.notNegative("rollback", rollback);
    }

    /**
     * The same with another rollback.
     *
     * @param tokens how many of the last tokens can be taken back at least, ≥ 0
     * @return new options
     */
    public PoolOptions withRollback(int tokens) {
        return new PoolOptions(tokens);
    }
}
