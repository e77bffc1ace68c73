package io.github.lightning4j.conformance.mutation;

import io.github.lightning4j.conformance.Topic;

import java.util.Set;

/** Mistakes that are easily made in code like this, planted one at a time. */
public enum Bug {
    /** No mistake: everything must pass. */
    NONE(),
    /** Conventions mixed: λ^i on q with λ^(L−1−i) on k. */
    PRE_DECAYED_QUERIES(
            Topic.GOLDEN_FILES, Topic.HAND_VECTORS, Topic.RANDOM_SHAPES, Topic.EDGE_CASES),
    /** Conventions mixed: λ^(i+1) on q with λ^(L−i) on k. */
    PRE_DECAYED_KEYS(Topic.GOLDEN_FILES, Topic.HAND_VECTORS, Topic.RANDOM_SHAPES, Topic.EDGE_CASES),
    /** The full block size instead of L on a short last block. */
    BLOCK_SIZE_ON_SHORT_BLOCK(
            Topic.GOLDEN_FILES, Topic.HAND_VECTORS, Topic.RANDOM_SHAPES, Topic.EDGE_CASES),
    /** Powers of float(exp(−s)), which drift where λ is near 1. */
    FLOAT_LAMBDA(Topic.LONG_DECODE),
    /** A state of bfloat16. */
    BF16_STATE(Topic.GOLDEN_FILES, Topic.RANDOM_SHAPES, Topic.SESSIONS),
    /** The last block reads rows beyond the end of its sequence, but inside its tensor. */
    READS_PAST_SEQUENCE(Topic.GOLDEN_FILES, Topic.RANDOM_SHAPES, Topic.PACKING),
    /** The decay factors once too often inside a block. */
    STRICT_DECAY(Topic.GOLDEN_FILES, Topic.HAND_VECTORS, Topic.RANDOM_SHAPES, Topic.EDGE_CASES),
    /** j ≤ i+1 instead of j ≤ i. */
    NOT_CAUSAL(
            Topic.GOLDEN_FILES,
            Topic.HAND_VECTORS,
            Topic.RANDOM_SHAPES,
            Topic.EDGE_CASES,
            Topic.INDEPENDENCE),
    /** j &lt; i instead of j ≤ i. */
    FORGETS_ITSELF(Topic.GOLDEN_FILES, Topic.HAND_VECTORS, Topic.RANDOM_SHAPES, Topic.EDGE_CASES),
    /** c is not applied. */
    DROPPED_SCALE(Topic.GOLDEN_FILES, Topic.RANDOM_SHAPES, Topic.EDGE_CASES),
    /** φ is applied to q only. */
    DROPPED_KEY_FEATURES(Topic.RANDOM_SHAPES, Topic.EDGE_CASES, Topic.SESSIONS),
    /** e^x of a feature map without care for large x. */
    CARELESS_FEATURES(Topic.EDGE_CASES),
    /** The initial state is taken to be zero. */
    IGNORED_INITIAL_STATE(
            Topic.GOLDEN_FILES,
            Topic.HAND_VECTORS,
            Topic.RANDOM_SHAPES,
            Topic.EDGE_CASES,
            Topic.SEGMENTS),
    /** Heads take each other's slopes. */
    SWAPPED_SLOPES(Topic.GOLDEN_FILES, Topic.HAND_VECTORS, Topic.RANDOM_SHAPES, Topic.EDGE_CASES),
    /** Sequence r gets the states of sequence R−1−r. */
    SWAPPED_STATES(Topic.GOLDEN_FILES, Topic.RANDOM_SHAPES, Topic.PACKING),
    /** Sequence r reads the tokens of the one after it. */
    SWAPPED_SEQUENCES(Topic.GOLDEN_FILES, Topic.RANDOM_SHAPES, Topic.PACKING),
    /** Tokens-first tensors are read as heads-first ones. */
    IGNORED_LAYOUT(Topic.RANDOM_SHAPES, Topic.INDEPENDENCE, Topic.PACKING),
    /** Parts of tensors are read and written as if there were no gaps. */
    IGNORED_GAPS(Topic.PARTS),
    /** What is written into tensors of the device after its first call is not seen. */
    STALE_DEVICE_TENSORS(Topic.DEVICE_TENSORS, Topic.GRADIENTS),
    /** o is all zeros. */
    ZERO_OUTPUT(Topic.GOLDEN_FILES, Topic.HAND_VECTORS, Topic.RANDOM_SHAPES, Topic.EDGE_CASES),
    /** o is NaN. */
    NAN_OUTPUT(Topic.GOLDEN_FILES, Topic.HAND_VECTORS, Topic.RANDOM_SHAPES, Topic.EDGE_CASES),
    /** The state is returned as zeros. */
    ZERO_STATE(
            Topic.GOLDEN_FILES,
            Topic.HAND_VECTORS,
            Topic.RANDOM_SHAPES,
            Topic.EDGE_CASES,
            Topic.SEGMENTS),
    /** o and the state are random, and different every time. */
    NOISE(Topic.THREADS),
    /** The last row of a head's output is not written. */
    UNWRITTEN_ROW(
            Topic.GOLDEN_FILES,
            Topic.HAND_VECTORS,
            Topic.RANDOM_SHAPES,
            Topic.EDGE_CASES,
            Topic.MEMORY_BOUNDS),
    /** One element more is written than o has. */
    WRITES_BESIDE(Topic.MEMORY_BOUNDS),
    /** One row more is read than q has. */
    READS_BESIDE(Topic.MEMORY_BOUNDS),
    /** Scratch is kept in q. */
    WRITES_INPUT(Topic.MEMORY_BOUNDS),
    /** The last bits depend on the number of threads. */
    THREADS_CHANGE_BLOCKS(Topic.THREADS),
    /** Each append begins from zeros. */
    SESSION_FORGETS(Topic.SESSIONS, Topic.SNAPSHOTS, Topic.LIFECYCLE),
    /** A session begins from zeros. */
    SESSION_IGNORES_INITIAL_STATE(Topic.SESSIONS, Topic.SNAPSHOTS),
    /** Empty appends decay the state by a token. */
    NOTHING_DECAYS(Topic.PACKING, Topic.SESSIONS),
    /** A fork shares its parent's state. */
    FORK_SHARES(Topic.SNAPSHOTS, Topic.POOLS),
    /** Sessions of one backend share their states. */
    SESSIONS_SHARE(Topic.SNAPSHOTS, Topic.SESSIONS),
    /** A session keeps every key it has seen. */
    MEMORY_GROWS(Topic.LONG_DECODE),
    /** Reading the state decays it by a token. */
    READING_DECAYS(Topic.SNAPSHOTS, Topic.POOLS),
    /** Rows of one token read where they would be if all rows had one, if others have more. */
    POOL_MIXES_OFFSETS(Topic.POOLS),
    /** A row without a slot writes the last one. */
    POOL_WRITES_WITHOUT_SLOT(Topic.POOLS),
    /** The output of a row without a slot is left as it was. */
    POOL_LEAVES_ROWS_WITHOUT_SLOT(Topic.POOLS),
    /** A slot begins with the state of the last one who had it. */
    POOL_RECYCLES_STATES(Topic.POOLS),
    /** Other bits with more rows. */
    POOL_DEPENDS_ON_ROWS(Topic.POOLS),
    /** Other bits in another slot. */
    POOL_DEPENDS_ON_SLOT(Topic.POOLS),
    /** Other bits for other thread counts. */
    POOL_DEPENDS_ON_THREADS(Topic.POOLS),
    /** The state is rounded after each append, however long it was. */
    POOL_ROUNDS_BETWEEN_APPENDS(Topic.POOLS),
    /** A state that is written counts a token more. */
    POOL_COUNTS_ONE_TOO_MANY(Topic.POOLS),
    /** Tokens that are taken back stay in the state. */
    POOL_TRUNCATES_COUNTS_ONLY(Topic.POOLS),
    /** A snapshot has all tokens in S, wherever S was folded. */
    POOL_SNAPSHOT_IS_ALL_IN_S(Topic.POOLS),
    /** Tokens of a snapshot that are not in S are counted and otherwise forgotten. */
    POOL_RESTORES_COUNTS_ONLY(Topic.POOLS),
    /** States of 16 bits are rounded down, so that errors add up. */
    POOL_ROUNDS_ONE_WAY(Topic.NARROW_POOLS),
    /** The chances by which states of 16 bits are rounded are others in another slot. */
    POOL_ROUNDS_BY_SLOT(Topic.NARROW_POOLS),
    /** States of 16 bits take as much memory as others. */
    POOL_KEEPS_ALL_BITS(Topic.NARROW_POOLS),
    /** The backward pass begins from an empty state. */
    GRADIENT_IGNORES_INITIAL_STATE(Topic.GRADIENTS),
    /** The gradient of the final state is forgotten on the way back. */
    GRADIENT_IGNORES_FINAL_STATE(Topic.GRADIENTS),
    /** dk with one factor λ too many, that of the other convention. */
    GRADIENT_PRE_DECAYED_KEYS(Topic.GRADIENTS),
    /** dv with the scale left out. */
    GRADIENT_DROPPED_SCALE(Topic.GRADIENTS),
    /** The gradients of φ(q) and φ(k) are handed out as those of q and k. */
    GRADIENT_WITHOUT_DERIVATIVE(Topic.GRADIENTS),
    /** What lies above the diagonal is multiplied by zero instead of left alone. */
    GRADIENT_MASKS_BY_ZERO(Topic.GRADIENTS),
    /** Other bits for other thread counts. */
    GRADIENT_DEPENDS_ON_THREADS(Topic.GRADIENTS);

    private final Set<Topic> seenBy;

    Bug(Topic... seenBy) {
        this.seenBy = Set.of(seenBy);
    }

    /**
     * The topics each of which must have a law that rejects this bug; others may reject it too.
     *
     * @return at least one topic, except for {@link #NONE}
     */
    public Set<Topic> seenBy() {
        return seenBy;
    }

    /**
     * Whether this bug reads or writes beside its tensors. That is safe only with laws that have
     * memory of their own around them, such as those of {@link Topic#MEMORY_BOUNDS}.
     *
     * @return whether it does
     */
    public boolean leavesItsTensors() {
        return this == WRITES_BESIDE || this == READS_BESIDE;
    }
}
