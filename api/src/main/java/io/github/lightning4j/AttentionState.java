package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The key-value state S of R sequences: everything a causal linear attention remembers of the
 * tokens seen so far, in memory that does not grow with them.
 *
 * <p>Values are float32 [R, H, D, E] whatever the dtype of q, k and v, in inclusive form: the
 * newest token has weight 1, S_t = λ S_{t−1} + φ(k_t)ᵀ v_t. With them come the slopes they were
 * computed with, the number of tokens that each sequence has seen and, where it is known, the rest
 * of the configuration they belong to: a pass or session of another configuration refuses them.
 *
 * <p>Immutable and thread-safe; the memory is freed by the garbage collector unless the caller
 * brought it.
 */
public final class AttentionState {
    private final Tensor values;
    private final float[] slopes;
    private final long[] tokens;
    private final @Nullable Origin origin;

    private AttentionState(Tensor values, float[] slopes, long[] tokens, @Nullable Origin origin) {
        this.values = values;
        this.slopes = slopes;
        this.tokens = tokens;
        this.origin = origin;
    }

    /**
     * The rest of the configuration that a state was computed with. The values of the state do not
     * show it, yet they are of no use with any other.
     *
     * @param featureMap φ, which the keys in the state have gone through
     * @param scale c, by which the outputs so far were multiplied
     * @param layout of the tensors that were read
     */
    public record Origin(FeatureMap featureMap, double scale, Layout layout) {
        /**
         * The origin of states that a configuration leaves.
         *
         * @param config what computes the state
         * @return its feature map, scale and layout
         */
        public static Origin of(AttentionConfig config) {
            return new Origin(config.featureMap(), config.scale(), config.layout());
        }

        /** How this differs from another, in words; empty if it does not. */
        List<String> differences(Origin other) {
            List<String> differences = new ArrayList<>();
            if (featureMap != other.featureMap) {
                differences.add("feature map " + featureMap);
            }
            if (scale != other.scale) {
                differences.add("scale " + scale);
            }
            if (layout != other.layout) {
                differences.add("layout " + layout);
            }
            return differences;
        }
    }

    /**
     * Wraps values without copying them; they must not change afterwards. Their origin is not
     * known, so they are accepted with every feature map, scale and layout.
     *
     * @param values F32 [R, H, D, E]
     * @param slopes [H], finite and ≥ 0
     * @param tokens [R], each ≥ 0: tokens seen by each sequence
     * @return the state over that memory
     * @throws IllegalArgumentException naming what does not fit
     */
    public static AttentionState of(Tensor values, float[] slopes, long[] tokens) {
        return of(values, slopes, tokens, null);
    }

    /**
     * Wraps values without copying them; they must not change afterwards.
     *
     * @param values F32 [R, H, D, E]
     * @param slopes [H], finite and ≥ 0
     * @param tokens [R], each ≥ 0: tokens seen by each sequence
     * @param origin what they were computed with; null: not known
     * @return the state over that memory
     * @throws IllegalArgumentException naming what does not fit
     */
    public static AttentionState of(
            Tensor values, float[] slopes, long[] tokens, @Nullable Origin origin) {
        if (values.dtype() != DType.F32 || values.rank() != 4) {
            throw new IllegalArgumentException(
                    "state is " + values + "; it must be F32[R, H, D, E]");
        }
        if (tokens.length < 1) {
            throw new IllegalArgumentException("state has 0 sequences; it must have at least 1");
        }
        if (values.shape(0) != tokens.length) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "state has %d sequences; tokens has %d",
                            values.shape(0),
                            tokens.length));
        }
        if (values.shape(1) != slopes.length) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "state has %d heads; slopes has %d",
                            values.shape(1),
                            slopes.length));
        }
        for (int axis = 2; axis < 4; axis++) {
            long dim = values.shape(axis);
            if (dim < 1 || dim > AttentionConfig.MAX_DIM) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "state is %s; its D and E must be 1 to %d",
                                values,
                                AttentionConfig.MAX_DIM));
            }
        }
        for (long count : tokens) {
            if (count < 0) {
                throw new IllegalArgumentException("token count is " + count + "; it must be >= 0");
            }
        }
        TensorChecks.contiguous("state", values);
        float[] checked = new Decay.Slopes(slopes).values();
        return new AttentionState(values.asReadOnly(), checked, tokens.clone(), origin);
    }

    /**
     * The state before any token.
     *
     * @param config heads, dimensions, slopes and origin
     * @param sequences R ≥ 1
     * @return all zeros
     */
    public static AttentionState empty(AttentionConfig config, int sequences) {
        Tensor zeros =
                Tensor.allocate(
                        DType.F32, sequences, config.heads(), config.keyDim(), config.valueDim());
        return of(zeros, config.slopes(), new long[sequences], Origin.of(config));
    }

    /**
     * R.
     *
     * @return the number of sequences
     */
    public int sequences() {
        return tokens.length;
    }

    /**
     * S of every sequence and head.
     *
     * @return a read-only F32 tensor [R, H, D, E]
     */
    public Tensor values() {
        return values;
    }

    /**
     * The slopes the values were computed with.
     *
     * @return a new array [H]
     */
    public float[] slopes() {
        return slopes.clone();
    }

    /**
     * What the values were computed with besides the slopes.
     *
     * @return the origin, or empty where it is not known: of values that a caller brought, and of
     *     snapshots of version 1
     */
    public Optional<Origin> origin() {
        return Optional.ofNullable(origin);
    }

    /**
     * Tokens seen by sequence r.
     *
     * @param r 0 … R−1
     * @return its count
     * @throws IndexOutOfBoundsException if there is no such sequence
     */
    public long tokens(int r) {
        Arguments.index("r", r, tokens.length);
        return tokens[r];
    }

    /**
     * Tokens seen by each sequence.
     *
     * @return a new array [R]
     */
    public long[] tokens() {
        return tokens.clone();
    }

    /**
     * The state after the tokens of this one followed by those of {@code next}, which began from an
     * empty state: the merge law.
     *
     * <p>(S₁, n₁) ⊕ (S₂, n₂) = (λ^n₂ S₁ + S₂, n₁ + n₂); associative. Powers are taken from the
     * slope in double, sums rounded to float once. The origin of the result is known where both
     * origins are.
     *
     * @param next the state that the following tokens alone leave
     * @return the state of both, in new memory
     * @throws IllegalArgumentException if shapes, slopes or known origins differ, or a count
     *     exceeds 2⁶³ − 1
     */
    public AttentionState merge(AttentionState next) {
        if (!Arrays.equals(values.shape(), next.values.shape())) {
            throw new IllegalArgumentException(
                    "next state is " + next.values + "; this one is " + values);
        }
        if (!Arrays.equals(slopes, next.slopes)) {
            throw new IllegalArgumentException("next state was computed with other slopes");
        }
        if (origin != null) {
            next.checkOrigin("next state", origin, "this one");
        }
        Tensor merged = Tensor.allocate(DType.F32, values.shape());
        long matrix = values.shape(2) * values.shape(3);
        long[] counts = new long[tokens.length];
        long i = 0;
        for (int r = 0; r < tokens.length; r++) {
            counts[r] = tokensAfter(r, tokens[r], next.tokens[r]);
            for (float slope : slopes) {
                double decay = Math.exp(-(double) slope * next.tokens[r]);
                for (long end = i + matrix; i < end; i++) {
                    merged.setDouble(i, decay * values.getDouble(i) + next.values.getDouble(i));
                }
            }
        }
        return new AttentionState(
                merged.asReadOnly(), slopes, counts, next.origin == null ? null : origin);
    }

    /** Refuses this state if its origin is known and is not the one that is wanted. */
    void checkOrigin(String name, Origin wanted, String owner) {
        if (origin == null) {
            return;
        }
        List<String> differences = origin.differences(wanted);
        if (!differences.isEmpty()) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s was computed with %s; %s has %s",
                            name,
                            String.join(", ", differences),
                            owner,
                            String.join(", ", wanted.differences(origin))));
        }
    }

    /** Shape and token counts. */
    @Override
    public String toString() {
        return "AttentionState[" + values + ", tokens=" + Arrays.toString(tokens) + "]";
    }

    /** The token count of sequence r after {@code more} tokens. */
    static long tokensAfter(int r, long before, long more) {
        long after = before + more;
        if (after < 0) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "sequence %d has seen %d tokens; %d more pass 2^63",
                            r,
                            before,
                            more));
        }
        return after;
    }
}
