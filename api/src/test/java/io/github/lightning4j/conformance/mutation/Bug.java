package io.github.lightning4j.conformance.mutation;

/** Mistakes that have been made in code like this, one planted at a time. */
public enum Bug {
    /** No mistake: everything must pass. */
    NONE,
    /** Hazard 5: λ^i on q with λ^(L−1−i) on k. */
    PRE_DECAYED_QUERIES,
    /** Hazard 5: λ^(i+1) on q with λ^(L−i) on k. */
    PRE_DECAYED_KEYS,
    /** Hazard 2: the block's size instead of L on a short last block. */
    BLOCK_SIZE_ON_SHORT_BLOCK,
    /** Hazard 3: powers of float(exp(−s)). */
    FLOAT_LAMBDA,
    /** Hazard 4: a state of bfloat16. */
    BF16_STATE,
    /** Hazard 7: the last block reads rows past its sequence's end, in its tensor. */
    READS_PAST_SEQUENCE,
    /** The decay factors once too often inside a block. */
    STRICT_DECAY,
    /** j ≤ i+1 instead of j ≤ i. */
    NOT_CAUSAL,
    /** j &lt; i instead of j ≤ i. */
    FORGETS_ITSELF,
    /** c is not applied. */
    DROPPED_SCALE,
    /** φ is applied to q only. */
    DROPPED_KEY_FEATURES,
    /** e^x of a feature map without care for large x. */
    CARELESS_FEATURES,
    /** The initial state is taken for zeros. */
    IGNORED_INITIAL_STATE,
    /** Heads take each other's slopes. */
    SWAPPED_SLOPES,
    /** Sequence r gets the states of sequence R−1−r. */
    SWAPPED_STATES,
    /** Sequence r reads the tokens of the one after it. */
    SWAPPED_SEQUENCES,
    /** Tokens-first tensors are read as heads-first ones. */
    IGNORED_LAYOUT,
    /** o is all zeros. */
    ZERO_OUTPUT,
    /** o is NaN. */
    NAN_OUTPUT,
    /** The state is returned as zeros. */
    ZERO_STATE,
    /** o and the state are random, and others every time. */
    NOISE,
    /** The last row of a head's output is not written. */
    UNWRITTEN_ROW,
    /** One element more is written than o has. */
    WRITES_BESIDE,
    /** One row more is read than q has. */
    READS_BESIDE,
    /** Scratch is kept in q. */
    WRITES_INPUT,
    /** The last bits depend on the number of threads. */
    THREADS_CHANGE_BLOCKS,
    /** Each append begins from zeros. */
    SESSION_FORGETS,
    /** A session begins from zeros. */
    SESSION_IGNORES_INITIAL_STATE,
    /** Empty appends decay the state by a token. */
    NOTHING_DECAYS,
    /** A fork shares its parent's state. */
    FORK_SHARES,
    /** Sessions of one backend share their states. */
    SESSIONS_SHARE,
    /** A session keeps every key it has seen. */
    MEMORY_GROWS,
    /** Reading the state moves it on. */
    READING_DECAYS;

    /** Whether it needs memory around its tensors, which only some laws provide. */
    boolean leavesItsTensors() {
        return this == WRITES_BESIDE || this == READS_BESIDE;
    }
}
