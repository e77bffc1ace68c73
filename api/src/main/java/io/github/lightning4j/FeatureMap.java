package io.github.lightning4j;

/**
 * The map φ applied to every element of q and k before anything else.
 *
 * <p>Sources: SiLU in TransNormerLLM (Qin et al., 2023), ELU + 1 in "Transformers are RNNs"
 * (Katharopoulos et al., 2020).
 */
public enum FeatureMap {
    /** φ(x) = x. */
    IDENTITY {
        @Override
        public double apply(double x) {
            return x;
        }

        @Override
        public double derivative(double x) {
            return 1;
        }
    },
    /** φ(x) = x / (1 + e^−x). */
    SILU {
        @Override
        public double apply(double x) {
            return x / (1 + Math.exp(-x));
        }

        @Override
        public double derivative(double x) {
            double sigmoid = 1 / (1 + Math.exp(-x));
            return sigmoid * (1 + x * (1 - sigmoid));
        }
    },
    /** φ(x) = x + 1 for x &gt; 0, e^x otherwise: always positive. */
    ELU_PLUS_ONE {
        @Override
        public double apply(double x) {
            return x > 0 ? x + 1 : Math.exp(x);
        }

        @Override
        public double derivative(double x) {
            return x > 0 ? 1 : Math.exp(x);
        }
    },
    /** φ(x) = max(x, 0). */
    RELU {
        @Override
        public double apply(double x) {
            return Math.max(x, 0);
        }

        @Override
        public double derivative(double x) {
            return x > 0 ? 1 : 0;
        }
    };

    /**
     * φ(x).
     *
     * @param x an element of q or k
     * @return its feature
     */
    public abstract double apply(double x);

    /**
     * φ′(x); at the kink of ReLU, 0.
     *
     * @param x an element of q or k
     * @return the derivative there
     */
    public abstract double derivative(double x);
}
