package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/** Sequences packed one after another are sequences on their own. */
final class Packing {
    private static final String TOPIC = "packing";

    private Packing() {}

    static Stream<Law> laws() {
        Stream<Law> lengths =
                Stream.of(
                                new long[] {200, 100, 1, 0, 63},
                                new long[] {0, 0, 130, 0},
                                new long[] {1, 1, 1, 1, 1, 1},
                                new long[] {64, 64, 128, 96},
                                new long[] {65, 63, 127, 129, 97, 95},
                                new long[] {0, 0, 0},
                                new long[] {1, 290},
                                new long[] {250})
                        .flatMap(l ->
                                Arrays.stream(Layout.values()).map(layout -> oneByOne(l, layout)));
        Stream<Law> others =
                Stream.of(
                        new Law(
                                "empty sequences keep their initial state bit for bit",
                                Packing::empty),
                        new Law(
                                "a sequence knows nothing of its neighbours, heads first",
                                s -> neighbours(s, Layout.HEADS_FIRST)),
                        new Law(
                                "a sequence knows nothing of its neighbours, tokens first",
                                s -> neighbours(s, Layout.TOKENS_FIRST)),
                        new Law("packed = batch where lengths agree", Packing::batch));
        return Stream.concat(lengths, others);
    }

    private static Problem.Builder random(int index) {
        return Problem.random(Seeds.random(TOPIC, index)).dims(20, 24).slopes(0, 8, 4e-8f, 0.02f);
    }

    private static Law oneByOne(long[] lengths, Layout layout) {
        DType type = lengths.length % 2 == 0 ? DType.F32 : DType.BF16;
        return new Law(
                String.format(
                        Locale.ROOT,
                        "packed %s, %s %s: each sequence as if alone",
                        Arrays.toString(lengths),
                        layout,
                        type),
                subject -> {
                    Problem problem =
                            random(lengths.length)
                                    .layout(layout)
                                    .dtype(type)
                                    .packed(lengths)
                                    .build();
                    AttentionConfig config = problem.config();
                    AttentionInputs inputs = problem.inputs();
                    PackedSequences packed = Objects.requireNonNull(inputs.sequences());
                    try (LightningAttention attention = subject.open(config)) {
                        Expect.answers(problem, problem.run(attention));
                        Tensor output = problem.newOutput();
                        for (int r = 0; r < packed.count(); r++) {
                            long from = packed.start(r);
                            Problem alone =
                                    Problem.of(
                                            config,
                                            Tokens.cut(
                                                            config,
                                                            inputs,
                                                            from,
                                                            from + packed.length(r))
                                                    .withInitialState(one(problem, r)));
                            AttentionResult result = alone.run(attention);
                            Tokens.paste(layout, result.output(), output, from);
                            Expect.states(alone, result.finalState());
                        }
                        Expect.outputs(problem, output);
                    }
                });
    }

    /** The initial state of sequence r alone. */
    private static AttentionState one(Problem problem, int r) {
        AttentionState all = Objects.requireNonNull(problem.inputs().initialState());
        long bytes = all.values().segment().byteSize() / all.sequences();
        long[] shape = all.values().shape();
        shape[0] = 1;
        return AttentionState.of(
                Tensor.of(DType.F32, all.values().segment().asSlice(r * bytes, bytes), shape),
                all.slopes(),
                new long[] {all.tokens(r)});
    }

    private static void empty(Subject subject) {
        Problem problem = random(1).packed(0, 70, 0, 0, 200, 0).build();
        AttentionState initial = Objects.requireNonNull(problem.inputs().initialState());
        AttentionResult result = problem.run(subject);
        Expect.answers(problem, result);
        long bytes = initial.values().segment().byteSize() / initial.sequences();
        for (int r : new int[] {0, 2, 3, 5}) {
            Expect.sameBits(
                    "state of empty sequence " + r,
                    bytes(result.finalState(), r, bytes),
                    bytes(initial, r, bytes));
        }
    }

    private static Tensor bytes(AttentionState state, int r, long bytes) {
        return Tensor.of(
                DType.F32, state.values().segment().asSlice(r * bytes, bytes), bytes / Float.BYTES);
    }

    private static void neighbours(Subject subject, Layout layout) {
        Problem problem = random(2).layout(layout).packed(97, 31, 1, 130, 64, 5).build();
        PackedSequences packed = Objects.requireNonNull(problem.inputs().sequences());
        try (LightningAttention attention = subject.open(problem.config())) {
            AttentionResult before = problem.run(attention);
            Expect.answers(problem, before);
            for (int r = 0; r < packed.count(); r++) {
                AttentionInputs in = problem.inputs();
                AttentionResult after =
                        problem.with(
                                        new AttentionInputs(
                                                onlyAt(layout, in.q(), packed, r),
                                                onlyAt(layout, in.k(), packed, r),
                                                onlyAt(layout, in.v(), packed, r),
                                                packed,
                                                in.initialState()))
                                .run(attention);
                long from = packed.start(r);
                long to = from + packed.length(r);
                Expect.sameBits(
                        "output of sequence " + r,
                        Tokens.cut(layout, after.output(), from, to),
                        Tokens.cut(layout, before.output(), from, to));
                long bytes = before.finalState().values().segment().byteSize() / packed.count();
                Expect.sameBits(
                        "state of sequence " + r,
                        bytes(after.finalState(), r, bytes),
                        bytes(before.finalState(), r, bytes));
            }
        }
    }

    /** A copy with NaN in every other sequence. */
    private static Tensor onlyAt(Layout layout, Tensor tensor, PackedSequences packed, int r) {
        long from = packed.start(r);
        Tensor copy = Tensor.allocate(tensor.dtype(), tensor.shape());
        copy.segment().fill((byte) 0xFF);
        Tensor kept = Tokens.cut(layout, tensor, from, from + packed.length(r));
        Tokens.paste(layout, kept, copy, from);
        return copy;
    }

    private static void batch(Subject subject) {
        Problem batch = random(3).layout(Layout.TOKENS_FIRST).batch(3).tokens(110).build();
        AttentionInputs in = batch.inputs();
        Problem packed =
                batch.with(
                        new AttentionInputs(
                                in.q().reshape(1, 330, 4, 20),
                                in.k().reshape(1, 330, 4, 20),
                                in.v().reshape(1, 330, 4, 24),
                                PackedSequences.ofLengths(110, 110, 110),
                                in.initialState()));
        AttentionResult result = packed.run(subject);
        Expect.answers(packed, result);
        Expect.answers(batch, result.output().reshape(3, 110, 4, 24), result.finalState());
    }
}
