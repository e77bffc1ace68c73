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
import java.util.Locale;
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
            forward("tokens", "N " + n, 2, 3, n, 32, 32, DType.F32, c -> c, true, null);
        }
        for (int[] dims : new int[][] {{1, 1}, {3, 5}, {16, 64}, {33, 17}, {80, 128}, {256, 256}}) {
            String name = String.format(Locale.ROOT, "D %d, E %d", dims[0], dims[1]);
            forward("dimensions", name, 1, 2, 300, dims[0], dims[1], DType.F32, c -> c, true, null);
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
            forward(dtype.name(), "N 700", 1, 2, 700, 64, 48, dtype, c -> c, true, null);
            forward(dtype.name(), "N 1", 3, 2, 1, 64, 48, dtype, c -> c, true, null);
        }
        for (FeatureMap map : FeatureMap.values()) {
            String name = Words.optionName(map);
            forward(
                    "feature maps",
                    name,
                    1,
                    2,
                    333,
                    24,
                    40,
                    DType.F32,
                    c -> c.featureMap(map),
                    false,
                    null);
        }
        for (Layout layout : Layout.values()) {
            String name = Words.optionName(layout);
            forward(
                    "layouts",
                    name,
                    2,
                    3,
                    200,
                    24,
                    40,
                    DType.F32,
                    c -> c.layout(layout),
                    true,
                    null);
            PackedSequences packed = PackedSequences.ofLengths(0, 1, 130, 0, 96, 97, 5);
            forward(
                    "packed",
                    name,
                    1,
                    3,
                    329,
                    24,
                    40,
                    DType.F32,
                    c -> c.layout(layout),
                    true,
                    packed);
        }
        forward(
                "scale",
                "1/sqrt(D)",
                1,
                2,
                200,
                64,
                64,
                DType.F32,
                c -> c.scale(0.125),
                true,
                null);
        for (Algorithm algorithm : Algorithm.values()) {
            if (algorithm != Algorithm.LIGHTNING_2) {
                output("algorithms", algorithm, 400, DType.F32);
                output("algorithms", algorithm, 65, DType.BF16);
            }
        }
        forward("long", "N 20000", 1, 2, 20_000, 16, 16, DType.F32, c -> c, false, null);
        forward(
                "long",
                "N 20000, s = 4e-8",
                1,
                1,
                20_000,
                16,
                16,
                DType.F32,
                c -> c.decay(new Decay.Slopes(4e-8f)),
                false,
                null);
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
        forward("decays", name, 1, 3, 400, 24, 40, DType.F32, c -> c.decay(decay), true, null);
    }

    /** The output alone, which is all that every device has of every algorithm. */
    private void output(String group, Algorithm algorithm, long tokens, DType dtype) {
        AttentionConfig config = AttentionConfig.builder(3, 24, 40).algorithm(algorithm).build();
        cases.add(
                new Case(
                        group,
                        String.format(Locale.ROOT, "%s, %s", Words.optionName(algorithm), dtype)) {
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

    private void forward(
            String group,
            String name,
            long batch,
            int heads,
            long tokens,
            int keyDim,
            int valueDim,
            DType dtype,
            UnaryOperator<AttentionConfig.Builder> more,
            boolean withState,
            @Nullable PackedSequences packed) {
        AttentionConfig config =
                more.apply(AttentionConfig.builder(heads, keyDim, valueDim)).build();
        add(
                group,
                name,
                config,
                arena -> {
                    SyntheticTensors tensors = new SyntheticTensors(arena, seed);
                    AttentionInputs inputs =
                            tensors.inputs(config, dtype, batch, tokens).withSequences(packed);
                    int count = packed == null ? (int) batch : packed.count();
                    Tensor values = tensors.next(DType.F32, count, heads, keyDim, valueDim);
                    AttentionState state =
                            AttentionState.of(values, config.slopes(), new long[count]);
                    return withState ? inputs.withInitialState(state) : inputs;
                },
                LightningAttention::forward);
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
