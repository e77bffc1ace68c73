package io.github.lightning4j.conformance;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.Head;
import io.github.lightning4j.reference.ReferenceAttention.HeadResult;
import io.github.lightning4j.reference.ReferenceSoftmax;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.random.RandomGenerator;

/** One forward pass to be computed, and its answer by the definition. */
final class Problem {
    private final AttentionConfig config;
    private final AttentionInputs inputs;
    private final DType outputType;
    private final @Nullable HeadResult[] answers;

    private Problem(AttentionConfig config, AttentionInputs inputs, DType outputType) {
        this.config = config;
        this.inputs = inputs;
        this.outputType = outputType;
        this.answers = new HeadResult[sequences() * config.heads()];
    }

    /** A problem over given tensors. */
    static Problem of(AttentionConfig config, AttentionInputs inputs) {
        return new Problem(config, inputs, inputs.q().dtype());
    }

    /** Starts a problem with random numbers. */
    static Builder random(RandomGenerator random) {
        return new Builder(random);
    }

    AttentionConfig config() {
        return config;
    }

    AttentionInputs inputs() {
        return inputs;
    }

    /** The states it begins with; it must have some. */
    AttentionState initialState() {
        return Objects.requireNonNull(inputs.initialState(), "initialState");
    }

    DType outputType() {
        return outputType;
    }

    /** R. */
    int sequences() {
        PackedSequences packed = inputs.sequences();
        return packed == null ? (int) inputs.q().shape(0) : packed.count();
    }

    /** N, the extent of the token axis. */
    long tokens() {
        return Tokens.count(config.layout(), inputs.q());
    }

    /** Tokens of sequence r. */
    long length(int r) {
        PackedSequences packed = inputs.sequences();
        return packed == null ? tokens() : packed.length(r);
    }

    /** The definition's answer, computed when first asked for. */
    HeadResult answer(int r, int h) {
        int i = r * config.heads() + h;
        HeadResult answer = answers[i];
        if (answer == null) {
            Head head = Head.of(config, inputs, r, h);
            answer =
                    config.algorithm().hasState()
                            ? ReferenceAttention.tokenByToken(head)
                            : new HeadResult(ReferenceSoftmax.rows(head), new double[0][]);
            answers[i] = answer;
        }
        return answer;
    }

    /**
     * Whether the answer of a sequence of few tokens is far smaller than its terms, such as q·k
     * near 0 with one token. No float arithmetic stays within a relative gate then.
     */
    private boolean cancels() {
        if (config.algorithm() == Algorithm.SOFTMAX) {
            return false;
        }
        for (int i = 0; i < answers.length; i++) {
            int r = i / config.heads();
            if (length(r) >= 16) {
                continue;
            }
            Head head = Head.of(config, inputs, r, i % config.heads());
            Head terms =
                    new Head(
                            absolute(head.q()),
                            absolute(head.k()),
                            absolute(head.v()),
                            absolute(head.initialState()),
                            head.slope(),
                            head.scale());
            double[][] output = ReferenceAttention.tokenByToken(head).output();
            double[][] sizes = ReferenceAttention.tokenByToken(terms).output();
            if (norm(output) < norm(sizes) / 40) {
                return true;
            }
        }
        return false;
    }

    private static double[][] absolute(double[][] matrix) {
        return Arrays.stream(matrix)
                .map(row -> Arrays.stream(row).map(Math::abs).toArray())
                .toArray(double[][]::new);
    }

    private static double norm(double[][] matrix) {
        return Math.sqrt(
                Arrays.stream(matrix).flatMapToDouble(Arrays::stream).map(x -> x * x).sum());
    }

    /** The same configuration with other inputs. */
    Problem with(AttentionInputs others) {
        return new Problem(config, others, outputType);
    }

    /** The same tensors under another configuration. */
    Problem with(AttentionConfig other) {
        return new Problem(other, inputs, outputType);
    }

    /** A tensor for o. */
    Tensor newOutput() {
        return Tensor.allocate(outputType, inputs.v().shape());
    }

    /** Computes it on an open device. */
    AttentionResult run(LightningAttention attention) {
        Tensor output = newOutput();
        AttentionState state = attention.forward(inputs, output);
        return new AttentionResult(output, state);
    }

    /** Computes it on a device. */
    AttentionResult run(Subject subject) {
        try (LightningAttention attention = subject.open(config)) {
            return run(attention);
        }
    }

    /** All that distinguishes it. */
    @Override
    public String toString() {
        PackedSequences packed = inputs.sequences();
        return String.format(
                Locale.ROOT,
                "%s q%s E=%d %s%s%s scale=%.3g %s%s",
                config.layout(),
                inputs.q(),
                config.valueDim(),
                config.decay(),
                packed == null ? "" : " " + packed,
                inputs.initialState() == null ? " from empty" : " from a state",
                config.scale(),
                config.featureMap(),
                outputType == inputs.q().dtype() ? "" : " into " + outputType);
    }

    /** Standard normal numbers in the place of outputs, such as a gradient of them. */
    Tensor normalOutputs(RandomGenerator random) {
        return normal(random, outputType, inputs.v().shape());
    }

    /** Standard normal numbers in the place of states, F32 [R, H, D, E]. */
    Tensor normalStates(RandomGenerator random) {
        return normal(
                random, DType.F32, sequences(), config.heads(), config.keyDim(), config.valueDim());
    }

    /** Draws standard normal numbers, rounded to a dtype. */
    static Tensor normal(RandomGenerator random, DType dtype, long... shape) {
        Tensor tensor = Tensor.allocate(dtype, shape);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, random.nextGaussian());
        }
        return tensor;
    }

    /** Collects a problem; the numbers are standard normal. */
    static final class Builder {
        private final RandomGenerator random;
        private int heads = 2;
        private int keyDim = 16;
        private int valueDim = 16;
        private int batch = 1;
        private long tokens = 200;
        private Algorithm algorithm = Algorithm.LIGHTNING_2;
        private @Nullable Decay decay;
        private @Nullable Double scale;
        private FeatureMap featureMap = FeatureMap.IDENTITY;
        private Layout layout = Layout.HEADS_FIRST;
        private DType dtype = DType.F32;
        private @Nullable DType outputType;
        private @Nullable PackedSequences packed;
        private boolean initialState = true;

        private Builder(RandomGenerator random) {
            this.random = random;
        }

        Builder dims(int d, int e) {
            keyDim = d;
            valueDim = e;
            return this;
        }

        Builder algorithm(Algorithm value) {
            algorithm = value;
            return this;
        }

        Builder batch(int b) {
            batch = b;
            return this;
        }

        Builder heads(int h) {
            heads = h;
            return this;
        }

        Builder tokens(long n) {
            tokens = n;
            return this;
        }

        /** Explicit slopes; sets the number of heads. */
        Builder slopes(float... slopes) {
            heads = slopes.length;
            decay = new Decay.Slopes(slopes);
            return this;
        }

        Builder decay(Decay value) {
            decay = value;
            return this;
        }

        Builder scale(double value) {
            scale = value;
            return this;
        }

        Builder featureMap(FeatureMap value) {
            featureMap = value;
            return this;
        }

        Builder layout(Layout value) {
            layout = value;
            return this;
        }

        Builder dtype(DType value) {
            dtype = value;
            return this;
        }

        Builder outputType(DType value) {
            outputType = value;
            return this;
        }

        /** Packs sequences of these lengths; sets the tokens. */
        Builder packed(long... lengths) {
            packed = PackedSequences.ofLengths(lengths);
            batch = 1;
            tokens = packed.totalTokens();
            return this;
        }

        Builder fromEmpty() {
            initialState = false;
            return this;
        }

        /** Draws the numbers, again where those of a short sequence cancel. */
        Problem build() {
            Problem problem = draw();
            while (problem.cancels()) {
                problem = draw();
            }
            return problem;
        }

        private Problem draw() {
            AttentionConfig config =
                    AttentionConfig.builder(heads, keyDim, valueDim)
                            .algorithm(algorithm)
                            .decay(decay == null ? algorithm.defaultDecay() : decay)
                            .scale(scale == null ? algorithm.defaultScale(keyDim) : scale)
                            .featureMap(featureMap)
                            .layout(layout)
                            .build();
            long[] keyShape = layout.shape(batch, heads, tokens, keyDim);
            long[] valueShape = layout.shape(batch, heads, tokens, valueDim);
            int sequences = packed == null ? batch : packed.count();
            AttentionInputs inputs =
                    new AttentionInputs(
                            normal(random, dtype, keyShape),
                            normal(random, dtype, keyShape),
                            normal(random, dtype, valueShape),
                            packed,
                            initialState && algorithm.hasState() ? state(config, sequences) : null);
            return new Problem(config, inputs, outputType == null ? dtype : outputType);
        }

        private AttentionState state(AttentionConfig config, int sequences) {
            long[] seen = new long[sequences];
            for (int r = 0; r < sequences; r++) {
                seen[r] = 10L + r;
            }
            return AttentionState.of(
                    normal(random, DType.F32, sequences, heads, keyDim, valueDim),
                    config.slopes(),
                    seen);
        }
    }
}
