package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * What stays the same from call to call: algorithm, heads, dimensions, decay, scale, feature map
 * and layout.
 *
 * <p>Immutable and thread-safe. Defaults: Lightning Attention-2, the algorithm's own {@linkplain
 * Algorithm#defaultDecay() decay} and {@linkplain Algorithm#defaultScale scale}, identity feature
 * map, heads first. As text: {@link io.github.lightning4j.io.ConfigText}.
 */
public final class AttentionConfig {
    /** The largest D and E. */
    public static final int MAX_DIM = 1024;

    private final Algorithm algorithm;
    private final int heads;
    private final int keyDim;
    private final int valueDim;
    private final Decay decay;
    private final float[] slopes;
    private final double scale;
    private final FeatureMap featureMap;
    private final Layout layout;

    private AttentionConfig(Builder builder) {
        heads = checkRange("heads", builder.heads, 1 << 20);
        keyDim = checkRange("keyDim", builder.keyDim, MAX_DIM);
        valueDim = checkRange("valueDim", builder.valueDim, MAX_DIM);
        algorithm = builder.algorithm;
        decay = builder.decay == null ? algorithm.defaultDecay() : builder.decay;
        slopes = decay.slopes(heads);
        scale = builder.scale == null ? algorithm.defaultScale(keyDim) : builder.scale;
        featureMap = builder.featureMap;
        layout = builder.layout;
        if (!Float.isFinite((float) scale)) {
            throw new IllegalArgumentException(
                    "scale is " + scale + "; it must be finite as a float");
        }
        checkAlgorithm();
    }

    private void checkAlgorithm() {
        if (!algorithm.hasDecay()) {
            for (float slope : slopes) {
                if (slope != 0) {
                    throw new IllegalArgumentException(
                            String.format(
                                    Locale.ROOT,
                                    "decay is %s; with %s it must be None",
                                    decay,
                                    algorithm));
                }
            }
        }
        if (!algorithm.hasFeatureMap() && featureMap != FeatureMap.IDENTITY) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "feature map is %s; with %s it must be IDENTITY",
                            featureMap,
                            algorithm));
        }
    }

    /**
     * Starts a configuration with D = E.
     *
     * @param heads H ≥ 1
     * @param dim D and E, 1 … {@link #MAX_DIM}
     * @return a builder with the defaults
     */
    public static Builder builder(long heads, long dim) {
        return builder(heads, dim, dim);
    }

    /**
     * Starts a configuration.
     *
     * @param heads H ≥ 1
     * @param keyDim D, 1 … {@link #MAX_DIM}
     * @param valueDim E, 1 … {@link #MAX_DIM}
     * @return a builder with the defaults
     */
    public static Builder builder(long heads, long keyDim, long valueDim) {
        return new Builder(heads, keyDim, valueDim);
    }

    private static int checkRange(String name, long value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be 1 ... " + max);
        }
        return (int) value;
    }

    /**
     * Which attention is computed, and in which order.
     *
     * @return the algorithm
     */
    public Algorithm algorithm() {
        return algorithm;
    }

    /**
     * H.
     *
     * @return the number of heads
     */
    public int heads() {
        return heads;
    }

    /**
     * D.
     *
     * @return the dimension of a query and a key
     */
    public int keyDim() {
        return keyDim;
    }

    /**
     * The numbers of the states of all heads of a sequence, float32 each where it is not said
     * otherwise.
     *
     * @return H·D·E
     */
    public long stateElements() {
        return (long) heads * keyDim * valueDim;
    }

    /**
     * E.
     *
     * @return the dimension of a value and an output
     */
    public int valueDim() {
        return valueDim;
    }

    /**
     * Where the slopes come from.
     *
     * @return the decay
     */
    public Decay decay() {
        return decay;
    }

    /**
     * The slopes s of the heads.
     *
     * @return a new array [H]
     */
    public float[] slopes() {
        return slopes.clone();
    }

    /**
     * c, by which every output is multiplied.
     *
     * @return the scale
     */
    public double scale() {
        return scale;
    }

    /**
     * φ, applied to q and k.
     *
     * @return the feature map
     */
    public FeatureMap featureMap() {
        return featureMap;
    }

    /**
     * The order of the axes of q, k, v and o.
     *
     * @return the layout
     */
    public Layout layout() {
        return layout;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AttentionConfig that
                && algorithm == that.algorithm
                && heads == that.heads
                && keyDim == that.keyDim
                && valueDim == that.valueDim
                && Arrays.equals(slopes, that.slopes)
                && Double.compare(scale, that.scale) == 0
                && featureMap == that.featureMap
                && layout == that.layout;
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                algorithm,
                heads,
                keyDim,
                valueDim,
                Arrays.hashCode(slopes),
                scale,
                featureMap,
                layout);
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "AttentionConfig[%s, heads=%d, keyDim=%d, valueDim=%d, decay=%s, scale=%s, %s, %s]",
                algorithm,
                heads,
                keyDim,
                valueDim,
                decay,
                scale,
                featureMap,
                layout);
    }

    /** Collects a configuration. Not thread-safe. */
    public static final class Builder {
        // Of type long, as extents of tensors are, so that build() refuses those that are too
        // large.
        private final long heads;
        private final long keyDim;
        private final long valueDim;
        private Algorithm algorithm = Algorithm.LIGHTNING_2;
        private @Nullable Decay decay;
        private @Nullable Double scale;
        private FeatureMap featureMap = FeatureMap.IDENTITY;
        private Layout layout = Layout.HEADS_FIRST;

        private Builder(long heads, long keyDim, long valueDim) {
            this.heads = heads;
            this.keyDim = keyDim;
            this.valueDim = valueDim;
        }

        /**
         * Sets which attention is computed.
         *
         * @param value the algorithm
         * @return this
         * @throws NullPointerException if it is null
         */
        public Builder algorithm(Algorithm value) {
            algorithm = Arguments.given("algorithm", value, "an Algorithm");
            return this;
        }

        /**
         * Sets where the slopes come from.
         *
         * @param value a preset or explicit slopes
         * @return this
         * @throws NullPointerException if it is null
         */
        public Builder decay(Decay value) {
            decay = Arguments.given("decay", value, "a Decay");
            return this;
        }

        /**
         * Sets c.
         *
         * @param value finite
         * @return this
         */
        public Builder scale(double value) {
            scale = value;
            return this;
        }

        /**
         * Sets φ.
         *
         * @param value the feature map
         * @return this
         * @throws NullPointerException if it is null
         */
        public Builder featureMap(FeatureMap value) {
            featureMap = Arguments.given("featureMap", value, "a FeatureMap");
            return this;
        }

        /**
         * Sets the order of the axes.
         *
         * @param value the layout of q, k, v and o
         * @return this
         * @throws NullPointerException if it is null
         */
        public Builder layout(Layout value) {
            layout = Arguments.given("layout", value, "a Layout");
            return this;
        }

        /**
         * Checks and builds.
         *
         * @return the configuration
         * @throws IllegalArgumentException naming the first value out of range
         */
        public AttentionConfig build() {
            return new AttentionConfig(this);
        }
    }
}
