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
import io.github.lightning4j.cli.text.Words;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    /** One case. */
    abstract static class Case {
        private final String group;
        private final String name;

        Case(String group, String name) {
            this.group = group;
            this.name = name;
        }

        /** What it has in common with others. */
        String group() {
            return group;
        }

        /** What sets it apart. */
        String name() {
            return name;
        }

        /** Runs it on a device. */
        abstract Outcome run(DeviceOptions device);
    }

    VerifyGrid(long seed) {
        this.seed = seed;
        for (long n : new long[] {1, 2, 15, 64, 65, 127, 500, 1537}) {
            forward("tokens", "N " + n).batch(2).tokens(n).dims(32, 32).add();
        }
        for (int[] dims : new int[][] {{1, 1}, {3, 5}, {16, 64}, {33, 17}, {80, 128}, {256, 256}}) {
            int d = dims[0];
            int e = dims[1];
            forward("dimensions", "D " + d + ", E " + e).heads(2).tokens(300).dims(d, e).add();
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
            forward(group, "N 700").heads(2).tokens(700).dims(64, 48).dtype(dtype).add();
            forward(group, "N 1").batch(3).heads(2).tokens(1).dims(64, 48).dtype(dtype).add();
        }
        for (FeatureMap map : FeatureMap.values()) {
            forward("feature maps", Words.optionName(map))
                    .heads(2)
                    .tokens(333)
                    .with(c -> c.featureMap(map))
                    .fromZero()
                    .add();
        }
        for (Layout layout : Layout.values()) {
            String name = Words.optionName(layout);
            forward("layouts", name).batch(2).tokens(200).with(c -> c.layout(layout)).add();
            forward("packed", name)
                    .packed(PackedSequences.ofLengths(0, 1, 130, 0, 96, 97, 5))
                    .with(c -> c.layout(layout))
                    .add();
        }
        forward("scale", "1/sqrt(D)")
                .heads(2)
                .tokens(200)
                .dims(64, 64)
                .with(c -> c.scale(0.125))
                .add();
        for (Algorithm algorithm : Algorithm.values()) {
            if (algorithm != Algorithm.LIGHTNING_2) {
                output("algorithms", algorithm, 400, DType.F32);
                output("algorithms", algorithm, 65, DType.BF16);
            }
        }
        forward("long", "N 20000").heads(2).tokens(20_000).dims(16, 16).fromZero().add();
        forward("long", "N 20000, s = 4e-8")
                .heads(1)
                .tokens(20_000)
                .dims(16, 16)
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

    private void decay(String name, Decay decay) {
        forward("decays", name).with(c -> c.decay(decay)).add();
    }

    /** The output alone, which is all that every device has of every algorithm. */
    private void output(String group, Algorithm algorithm, long tokens, DType dtype) {
        AttentionConfig config = AttentionConfig.builder(3, 24, 40).algorithm(algorithm).build();
        cases.add(
                new Case(group, "%s, %s".formatted(Words.optionName(algorithm), dtype)) {
                    @Override
                    Outcome run(DeviceOptions device) {
                        try (LightningAttention attention = device.open(config);
                                Arena arena = Arena.ofShared()) {
                            AttentionInputs inputs =
                                    new SyntheticTensors(arena, seed)
                                            .inputs(config, dtype, 2, tokens);
                            Problem problem = new Problem(config, inputs, Map.of());
                            Tensor o = Tensor.allocate(arena, dtype, inputs.v().shape());
                            attention.attend(inputs, o);
                            return new Outcome(
                                    attention.device().id(),
                                    new ReferenceCheck(problem, o, null).sample(Integer.MAX_VALUE));
                        }
                    }
                });
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

        Forward batch(long value) {
            batch = value;
            return this;
        }

        Forward heads(int value) {
            heads = value;
            return this;
        }

        Forward tokens(long value) {
            tokens = value;
            return this;
        }

        Forward dims(int d, int e) {
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
            VerifyGrid.this.add(
                    group,
                    name,
                    config,
                    arena -> inputs(arena, config),
                    LightningAttention::forward);
        }

        private AttentionInputs inputs(Arena arena, AttentionConfig config) {
            SyntheticTensors tensors = new SyntheticTensors(arena, seed);
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

    /** Appends 250 tokens, so many at a time. */
    private void session(String group, String name, int piece) {
        AttentionConfig config =
                AttentionConfig.builder(3, 40, 24).layout(Layout.TOKENS_FIRST).build();
        add(
                group,
                name,
                config,
                arena -> new SyntheticTensors(arena, seed).inputs(config, DType.F32, 1, 250),
                (attention, inputs) -> {
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
                        return new AttentionResult(output, session.state());
                    }
                });
    }

    private void gradients(String name, DType dtype, FeatureMap map) {
        AttentionConfig config = AttentionConfig.builder(3, 40, 24).featureMap(map).build();
        cases.add(
                new Case("gradients", name) {
                    @Override
                    Outcome run(DeviceOptions device) {
                        try (LightningAttention attention = device.open(config);
                                Arena arena = Arena.ofShared()) {
                            SyntheticTensors tensors = new SyntheticTensors(arena, seed);
                            AttentionInputs inputs = tensors.inputs(config, dtype, 1, 400);
                            Tensor dO = tensors.next(dtype, inputs.v().shape());
                            Tensor dState = tensors.next(DType.F32, 1, 3, 40, 24);
                            Problem problem = new Problem(config, inputs, Map.of(), dO, dState);
                            Gradients gradients = attention.backward(inputs, dO, dState);
                            return new Outcome(
                                    attention.device().id(),
                                    GradientCheck.all(problem, dO, gradients, 3));
                        }
                    }
                });
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

    private interface Make {
        AttentionInputs inputs(Arena arena);
    }

    private interface Compute {
        AttentionResult result(LightningAttention attention, AttentionInputs inputs);
    }

    private void add(
            String group, String name, AttentionConfig config, Make make, Compute compute) {
        cases.add(
                new Case(group, name) {
                    @Override
                    Outcome run(DeviceOptions device) {
                        try (LightningAttention attention = device.open(config);
                                Arena arena = Arena.ofShared()) {
                            AttentionInputs inputs = make.inputs(arena);
                            Problem problem = new Problem(config, inputs, Map.of());
                            AttentionResult result = compute.result(attention, inputs);
                            return new Outcome(
                                    attention.device().id(),
                                    new ReferenceCheck(
                                                    problem, result.output(), result.finalState())
                                            .sample(Integer.MAX_VALUE));
                        }
                    }
                });
    }
}
