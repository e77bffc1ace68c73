package io.github.lightning4j.cli.commands;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.checks.GradientCheck;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.checks.ReferenceCheck;
import io.github.lightning4j.cli.checks.SyntheticTensors;
import io.github.lightning4j.cli.options.DeviceOptions;
import io.github.lightning4j.results.text.Words;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The cases of {@code lightning verify}: one step away from an ordinary one in each direction. */
final class VerifyGrid {
    private final List<Case> cases = new ArrayList<>();
    private final long seed;

    /**
     * What a case gave.
     *
     * @param device id of the device it ran on
     * @param checks its comparisons
     */
    record Outcome(String device, List<Check> checks) {}

    /**
     * One case.
     *
     * @param group what it has in common with others
     * @param name what sets it apart
     * @param config what a device is opened for
     * @param trial what is computed and compared
     */
    record Case(String group, String name, AttentionConfig config, Trial trial) {}

    /** Computes with synthetic tensors and compares. */
    private interface Trial {
        List<Check> checks(LightningAttention attention, SyntheticTensors tensors);
    }

    VerifyGrid(long seed) {
        this.seed = seed;
        for (long n : new long[] {1, 2, 15, 64, 65, 127, 500, 1537}) {
            forward("tokens", "N " + n).shape(2, 3, n, 32, 32).add();
        }
        for (int[] dims : new int[][] {{1, 1}, {3, 5}, {16, 64}, {33, 17}, {80, 128}, {256, 256}}) {
            int d = dims[0];
            int e = dims[1];
            forward("dimensions", "D " + d + ", E " + e).shape(1, 2, 300, d, e).add();
        }
        decay("none", new Decay.None());
        decay("alibi", new Decay.Alibi());
        decay("alibi:3/32", new Decay.AlibiLayer(3, 32));
        decay("transformers:31/32", new Decay.Transformers(31, 32));
        decay("paper:3/32", new Decay.Paper(3, 32));
        decay("retention", new Decay.Retention());
        decay("s = 8", new Decay.Slopes(8, 8, 8));
        decay("s = 4e-8", new Decay.Slopes(4e-8f, 4e-8f, 4e-8f));
        for (DType dtype : new DType[] {DType.F16, DType.BF16}) {
            String group = dtype.name();
            forward(group, "N 700").shape(1, 2, 700, 64, 48).dtype(dtype).add();
            forward(group, "N 1").shape(3, 2, 1, 64, 48).dtype(dtype).add();
        }
        for (FeatureMap map : FeatureMap.values()) {
            forward("feature maps", Words.optionName(map))
                    .shape(1, 2, 333, 24, 40)
                    .with(c -> c.featureMap(map))
                    .fromZero()
                    .add();
        }
        for (Layout layout : Layout.values()) {
            String name = Words.optionName(layout);
            forward("layouts", name).shape(2, 3, 200, 24, 40).with(c -> c.layout(layout)).add();
            forward("packed", name)
                    .packed(PackedSequences.ofLengths(0, 1, 130, 0, 96, 97, 5))
                    .with(c -> c.layout(layout))
                    .add();
        }
        forward("scale", "1/sqrt(D)").shape(1, 2, 200, 64, 64).with(c -> c.scale(0.125)).add();
        for (Algorithm algorithm : Algorithm.values()) {
            if (algorithm != Algorithm.LIGHTNING_2) {
                output("algorithms", algorithm, 400, DType.F32);
                output("algorithms", algorithm, 65, DType.BF16);
            }
        }
        forward("long", "N 20000").shape(1, 2, 20_000, 16, 16).fromZero().add();
        forward("long", "N 20000, s = 4e-8")
                .shape(1, 1, 20_000, 16, 16)
                .with(c -> c.decay(new Decay.Slopes(4e-8f)))
                .fromZero()
                .add();
        session("decode", "one token at a time", 1);
        session("decode", "three at a time", 3);
        session("prefill", "100 at a time", 100);
        for (FeatureMap map : FeatureMap.values()) {
            gradients(Words.optionName(map), DType.F32, map);
        }
        gradients("bf16", DType.BF16, FeatureMap.IDENTITY);
    }

    /** All cases. */
    List<Case> cases() {
        return cases;
    }

    /** Runs a case on a device. */
    Outcome run(Case tried, DeviceOptions device) {
        try (LightningAttention attention = device.open(tried.config);
                Arena arena = Arena.ofShared()) {
            return new Outcome(
                    attention.device().id(),
                    tried.trial.checks(attention, new SyntheticTensors(arena, seed)));
        }
    }

    private static List<Check> compared(
            AttentionConfig config,
            AttentionInputs inputs,
            Tensor o,
            @Nullable AttentionState state) {
        Problem problem = new Problem(config, inputs);
        return new ReferenceCheck(problem, o, state).sample(Integer.MAX_VALUE);
    }

    private void decay(String name, Decay decay) {
        forward("decays", name).with(c -> c.decay(decay)).add();
    }

    /** The output alone, which is all that every device has of every algorithm. */
    private void output(String group, Algorithm algorithm, long tokens, DType dtype) {
        AttentionConfig config = AttentionConfig.builder(3, 24, 40).algorithm(algorithm).build();
        String name = "%s, %s".formatted(Words.optionName(algorithm), dtype);
        Trial trial =
                (attention, tensors) -> {
                    AttentionInputs inputs = tensors.inputs(config, dtype, 2, tokens);
                    Tensor o = Tensor.allocate(dtype, inputs.v().shape());
                    attention.attend(inputs, o);
                    return compared(config, inputs, o, null);
                };
        cases.add(new Case(group, name, config, trial));
    }

    private Forward forward(String group, String name) {
        return new Forward(group, name);
    }

    /** A forward pass that begins with a state; what is not said is as in the group of decays. */
    private final class Forward {
        private final String group;
        private final String name;
        private long batch = 1;
        private int heads = 3;
        private long tokens = 400;
        private int keyDim = 24;
        private int valueDim = 40;
        private DType dtype = DType.F32;
        private UnaryOperator<AttentionConfig.Builder> more = c -> c;
        private boolean withState = true;
        private @Nullable PackedSequences packed;

        Forward(String group, String name) {
            this.group = group;
            this.name = name;
        }

        /** B, H, N, D, E. */
        Forward shape(long b, int h, long n, int d, int e) {
            batch = b;
            heads = h;
            tokens = n;
            keyDim = d;
            valueDim = e;
            return this;
        }

        Forward dtype(DType value) {
            dtype = value;
            return this;
        }

        Forward with(UnaryOperator<AttentionConfig.Builder> value) {
            more = value;
            return this;
        }

        Forward fromZero() {
            withState = false;
            return this;
        }

        Forward packed(PackedSequences value) {
            packed = value;
            tokens = value.totalTokens();
            return this;
        }

        void add() {
            AttentionConfig config =
                    more.apply(AttentionConfig.builder(heads, keyDim, valueDim)).build();
            Trial trial =
                    (attention, tensors) -> {
                        AttentionInputs inputs = inputs(tensors, config);
                        AttentionResult result = attention.forward(inputs);
                        return compared(config, inputs, result.output(), result.finalState());
                    };
            cases.add(new Case(group, name, config, trial));
        }

        private AttentionInputs inputs(SyntheticTensors tensors, AttentionConfig config) {
            AttentionInputs inputs =
                    tensors.inputs(config, dtype, batch, tokens).withSequences(packed);
            if (!withState) {
                return inputs;
            }
            int count = packed == null ? (int) batch : packed.count();
            Tensor values = tensors.next(DType.F32, count, heads, keyDim, valueDim);
            return inputs.withInitialState(
                    AttentionState.of(values, config.slopes(), new long[count]));
        }
    }

    /** Appends 250 tokens, some at a time. */
    private void session(String group, String name, int piece) {
        AttentionConfig config =
                AttentionConfig.builder(3, 40, 24).layout(Layout.TOKENS_FIRST).build();
        Trial trial =
                (attention, tensors) -> {
                    AttentionInputs inputs = tensors.inputs(config, DType.F32, 1, 250);
                    Tensor output = Tensor.allocate(DType.F32, inputs.v().shape());
                    try (AttentionSession session = attention.openSession(1)) {
                        for (long t = 0; t < 250; t += piece) {
                            long n = Math.min(piece, 250 - t);
                            session.append(
                                    rows(inputs.q(), t, n),
                                    rows(inputs.k(), t, n),
                                    rows(inputs.v(), t, n),
                                    rows(output, t, n));
                        }
                        return compared(config, inputs, output, session.state());
                    }
                };
        cases.add(new Case(group, name, config, trial));
    }

    private void gradients(String name, DType dtype, FeatureMap map) {
        AttentionConfig config = AttentionConfig.builder(3, 40, 24).featureMap(map).build();
        Trial trial =
                (attention, tensors) -> {
                    AttentionInputs inputs = tensors.inputs(config, dtype, 1, 400);
                    Tensor dO = tensors.next(dtype, inputs.v().shape());
                    Tensor dState = tensors.next(DType.F32, 1, 3, 40, 24);
                    Problem problem = new Problem(config, inputs).withGradients(dO, dState);
                    Gradients gradients = attention.backward(inputs, dO, dState);
                    return GradientCheck.all(problem, gradients, 3);
                };
        cases.add(new Case("gradients", name, config, trial));
    }

    /** Tokens [from, from + n) of a tensor [1, N, H, D]. */
    private static Tensor rows(Tensor tensor, long from, long n) {
        long row = tensor.shape(2) * tensor.shape(3) * tensor.dtype().bytes();
        return Tensor.of(
                tensor.dtype(),
                tensor.segment().asSlice(from * row, n * row),
                1,
                n,
                tensor.shape(2),
                tensor.shape(3));
    }
}
