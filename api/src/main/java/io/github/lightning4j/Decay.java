package io.github.lightning4j;

import java.util.Arrays;

/**
 * Where the slopes of the heads come from. The state of a head with slope s ≥ 0 decays by the
 * factor λ = exp(−s) with every token.
 *
 * <p>Every preset is an explicit {@code float[H]} underneath: {@link #slopes(int)}, the same bits
 * on every JVM. Layers are numbered l = 0 … Λ − 1. As text: {@link
 * io.github.lightning4j.io.DecayText}. Immutable.
 */
public sealed interface Decay {

    /**
     * The slopes of H heads.
     *
     * @param heads H ≥ 1
     * @return a new array [H], finite and ≥ 0
     * @throws IllegalArgumentException if this decay is for another number of heads
     */
    float[] slopes(int heads);

    /**
     * No decay.
     *
     * @return {@link None}
     */
    static Decay none() {
        return new None();
    }

    /**
     * The ALiBi slopes.
     *
     * @return {@link Alibi}
     */
    static Decay alibi() {
        return new Alibi();
    }

    /**
     * The ALiBi slopes, smaller from layer to layer.
     *
     * @param layer l, from 0
     * @param layers Λ
     * @return {@link AlibiLayer}
     * @throws IllegalArgumentException if there is no such layer
     */
    static Decay alibi(int layer, int layers) {
        return new AlibiLayer(layer, layers);
    }

    /**
     * The slopes of Hugging Face's MiniMax.
     *
     * @param layer l, from 0
     * @param layers Λ
     * @return {@link Transformers}
     * @throws IllegalArgumentException if there is no such layer
     */
    static Decay transformers(int layer, int layers) {
        return new Transformers(layer, layers);
    }

    /**
     * The slopes of the paper's equation 10.
     *
     * @param layer l, from 0
     * @param layers Λ
     * @return {@link Paper}
     * @throws IllegalArgumentException if there is no such layer
     */
    static Decay paper(int layer, int layers) {
        return new Paper(layer, layers);
    }

    /**
     * The slopes of RetNet.
     *
     * @return {@link Retention}
     */
    static Decay retention() {
        return new Retention();
    }

    /**
     * Slopes given one by one.
     *
     * @param values [H], finite and ≥ 0
     * @return {@link Slopes}
     * @throws IllegalArgumentException if one is not
     */
    static Decay ofSlopes(float... values) {
        return new Slopes(values);
    }

    /** Slope 0 for every head: Lightning Attention-1, plain causal linear attention. */
    record None() implements Decay {
        @Override
        public float[] slopes(int heads) {
            return new float[heads];
        }
    }

    /**
     * The ALiBi slopes: 2^(−8(h+1)/H) where H is a power of two; otherwise those of the largest
     * power of two p below H, then every other slope of 2p from its first (Press et al., 2022).
     */
    record Alibi() implements Decay {
        @Override
        public float[] slopes(int heads) {
            return toFloats(alibi(heads), 1);
        }
    }

    /**
     * {@link Alibi} times (1 − l/(Λ−1) + 1e−5), or times (1 + 1e−5) where there is only one layer:
     * MiniMax in serving engines, TransNormer.
     *
     * @param layer l, from 0
     * @param layers Λ
     */
    record AlibiLayer(int layer, int layers) implements Decay {
        /** Checks 0 ≤ layer &lt; layers. */
        public AlibiLayer {
            checkLayer(layer, layers);
        }

        @Override
        public float[] slopes(int heads) {
            double factor = layers == 1 ? 1 + 1e-5 : 1 - layer / (layers - 1.0) + 1e-5;
            return toFloats(alibi(heads), factor);
        }
    }

    /**
     * 2^(−8(h+1)/H) for every H, times (1 − l/(Λ−1+1e−5) + 1e−5): Hugging Face's MiniMax.
     *
     * @param layer l, from 0
     * @param layers Λ
     */
    record Transformers(int layer, int layers) implements Decay {
        /** Checks 0 ≤ layer &lt; layers. */
        public Transformers {
            checkLayer(layer, layers);
        }

        @Override
        public float[] slopes(int heads) {
            return toFloats(geometric(heads), 1 - layer / (layers - 1 + 1e-5) + 1e-5);
        }
    }

    /**
     * (8h/H)(1 − l/Λ): "Various Lengths, Constant Speed" (Qin et al., 2024), equation 10.
     *
     * @param layer l, from 0
     * @param layers Λ
     */
    record Paper(int layer, int layers) implements Decay {
        /** Checks 0 ≤ layer &lt; layers. */
        public Paper {
            checkLayer(layer, layers);
        }

        @Override
        public float[] slopes(int heads) {
            double[] slopes = new double[heads];
            Arrays.setAll(slopes, h -> 8.0 * h / heads);
            return toFloats(slopes, 1 - layer / (double) layers);
        }
    }

    /** −log(1 − 2^(−5−h)): RetNet (Sun et al., 2023). */
    record Retention() implements Decay {
        @Override
        public float[] slopes(int heads) {
            double[] slopes = new double[heads];
            Arrays.setAll(slopes, h -> -StrictMath.log1p(-Math.scalb(1.0, -5 - h)));
            return toFloats(slopes, 1);
        }
    }

    /**
     * Slopes given one by one.
     *
     * @param values [H], H ≥ 1, finite and ≥ 0
     */
    @SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
    record Slopes(float... values) implements Decay {
        /** Copies and checks the slopes. */
        public Slopes {
            values = values.clone();
            if (values.length == 0) {
                throw new IllegalArgumentException("decay has 0 slopes; it must have at least 1");
            }
            for (int h = 0; h < values.length; h++) {
                if (!(values[h] >= 0) || values[h] == Float.POSITIVE_INFINITY) {
                    throw new IllegalArgumentException(
                            "slope of head "
                                    + h
                                    + " is "
                                    + values[h]
                                    + "; it must be finite and >= 0");
                }
                values[h] += 0f; // -0 becomes 0
            }
        }

        /**
         * The slopes.
         *
         * @return a new array [H]
         */
        @Override
        public float[] values() {
            return values.clone();
        }

        @Override
        public float[] slopes(int heads) {
            if (heads != values.length) {
                throw new IllegalArgumentException(
                        "decay has " + values.length + " slopes; there are " + heads + " heads");
            }
            return values.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Slopes that && Arrays.equals(values, that.values);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(values);
        }

        @Override
        public String toString() {
            return "Slopes" + Arrays.toString(values);
        }
    }

    private static double[] geometric(int heads) {
        double[] slopes = new double[heads];
        Arrays.setAll(slopes, h -> StrictMath.pow(2, -8.0 * (h + 1) / heads));
        return slopes;
    }

    private static double[] alibi(int heads) {
        int power = Integer.highestOneBit(heads);
        double[] slopes = Arrays.copyOf(geometric(power), heads);
        if (power < heads) {
            double[] twice = geometric(2 * power);
            for (int h = power; h < heads; h++) {
                slopes[h] = twice[2 * (h - power)];
            }
        }
        return slopes;
    }

    private static float[] toFloats(double[] slopes, double factor) {
        float[] floats = new float[slopes.length];
        for (int h = 0; h < floats.length; h++) {
            floats[h] = (float) (slopes[h] * factor);
        }
        return floats;
    }

    private static void checkLayer(int layer, int layers) {
        if (layers < 1 || layer < 0 || layer >= layers) {
            throw new IllegalArgumentException(
                    "layer is " + layer + " of " + layers + "; it must be 0 ... layers-1");
        }
    }
}
