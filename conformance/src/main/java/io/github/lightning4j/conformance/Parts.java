package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Slot;
import io.github.lightning4j.Tensor;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Parts of tensors, with gaps between their elements, are as good as copies of them, in bits. */
final class Parts {
    private static final String TOPIC = "parts";

    private Parts() {}

    /**
     * How a tensor becomes a part of a larger one.
     *
     * @param axis of which it is a part; each leaves other gaps
     */
    private record Cut(String name, Layout layout, DType dtype, int axis) {
        /** Whether there are gaps where B = 1: not between tokens if those are the first axis. */
        boolean leavesGapsInOneBatch() {
            return axis > 1;
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%s, %s, %s", name, layout, dtype);
        }
    }

    static Stream<Law> laws() {
        return Stream.concat(
                Stream.of(Layout.values()).flatMap(Parts::cuts),
                Stream.of(
                        new Law(
                                "sessions append parts of tensors, token by token too",
                                Parts::session)));
    }

    private static Stream<Law> cuts(Layout layout) {
        return Stream.of(
                        new Cut("tokens", layout, DType.F32, layout.tokenAxis()),
                        new Cut("tokens", layout, DType.BF16, layout.tokenAxis()),
                        new Cut("heads", layout, DType.F32, 3 - layout.tokenAxis()),
                        new Cut("columns", layout, DType.F16, 3))
                .flatMap(cut ->
                        both(cut, "forward of a part = forward of a copy: " + cut, Parts::forward));
    }

    /** Laws of gradients. */
    static Stream<Law> gradients() {
        return Stream.of(Layout.values())
                .flatMap(layout ->
                        Stream.of(
                                new Cut("tokens", layout, DType.F32, layout.tokenAxis()),
                                new Cut("columns", layout, DType.BF16, 3)))
                .flatMap(cut ->
                        both(
                                cut,
                                "gradients of a part = gradients of a copy: " + cut,
                                Parts::backward));
    }

    private interface Check {
        void on(Subject subject, Cut cut, Problem problem);
    }

    /** Laws of pools. */
    static Stream<Law> pools() {
        return Stream.of(new Law("pools append parts of tensors", Parts::pool));
    }

    /** A law of a batch, and of packed sequences. */
    private static Stream<Law> both(Cut cut, String name, Check check) {
        Law batch = new Law(name, s -> check.on(s, cut, batch(cut)));
        Law packed = new Law(name + ", packed", s -> check.on(s, cut, packed(cut)));
        return cut.leavesGapsInOneBatch() ? Stream.of(batch, packed) : Stream.of(batch);
    }

    private static Problem batch(Cut cut) {
        return random(cut).batch(2).tokens(130).build();
    }

    private static Problem packed(Cut cut) {
        return random(cut).packed(70, 0, 1, 99).build();
    }

    private static Problem.Builder random(Cut cut) {
        return Problem.random(Seeds.random(TOPIC, cut.axis))
                .dims(24, 20)
                .heads(3)
                .layout(cut.layout)
                .dtype(cut.dtype);
    }

    /** A part that has the elements of a tensor, in a larger one that is NaN elsewhere. */
    private static Tensor part(Cut cut, Tensor tensor) {
        Tensor part = in(cut, around(cut, tensor));
        part.copyFrom(tensor);
        return part;
    }

    /** A tensor of NaN that is larger along the axis. */
    private static Tensor around(Cut cut, Tensor tensor) {
        long[] shape = tensor.shape();
        shape[cut.axis] += 5;
        Tensor whole = Tensor.allocate(tensor.dtype(), shape);
        whole.segment().fill((byte) 0xFF);
        return whole;
    }

    /** The part of a larger tensor. */
    private static Tensor in(Cut cut, Tensor whole) {
        return whole.slice(cut.axis, 2, whole.shape(cut.axis) - 3);
    }

    /** Nothing but the part was written, which is overwritten here. */
    private static void untouchedAround(Cut cut, Tensor whole) {
        Tensor part = in(cut, whole);
        Tensor before = around(cut, part);
        part.copyFrom(in(cut, before));
        Expect.sameBits("what lies around the output", whole, before);
    }

    private static AttentionInputs parts(Cut cut, AttentionInputs in) {
        return new AttentionInputs(
                part(cut, in.q()),
                part(cut, in.k()),
                part(cut, in.v()),
                in.sequences(),
                in.initialState());
    }

    private static Tensor copy(Tensor tensor) {
        Tensor copy = Tensor.allocate(tensor.dtype(), tensor.shape());
        copy.copyFrom(tensor);
        return copy;
    }

    private static void forward(Subject subject, Cut cut, Problem problem) {
        AttentionInputs in = problem.inputs();
        AttentionInputs parts = parts(cut, in);
        try (LightningAttention attention = subject.open(problem.config())) {
            AttentionResult expected = problem.run(attention);
            Expect.answers(problem, expected);
            Tensor whole = around(cut, expected.output());
            AttentionState state = attention.forward(parts, in(cut, whole));
            Expect.sameBits("output", copy(in(cut, whole)), expected.output());
            untouchedAround(cut, whole);
            Expect.sameBits("state", state, expected.finalState());
            Expect.sameBits(
                    "state alone",
                    attention.finalState(parts.k(), parts.v(), in.sequences(), in.initialState()),
                    attention.finalState(in.k(), in.v(), in.sequences(), in.initialState()));
        }
    }

    private static void backward(Subject subject, Cut cut, Problem problem) {
        AttentionConfig config = problem.config();
        AttentionInputs in = problem.inputs();
        AttentionInputs parts = parts(cut, in);
        Tensor dO = problem.normalOutputs(Seeds.random(TOPIC, 100));
        Tensor dState = problem.normalStates(Seeds.random(TOPIC, 101));
        try (LightningAttention attention = subject.open(config)) {
            Gradients expected = attention.backward(in, dO, dState);
            // Whatever they hold before, all of it must be overwritten.
            Gradients gradients =
                    new Gradients(
                            part(cut, in.q()),
                            part(cut, in.k()),
                            part(cut, in.v()),
                            Tensor.allocate(DType.F32, dState.shape()));
            attention.backward(parts, part(cut, dO), dState, gradients);
            Expect.sameBits("dq", copy(gradients.dq()), expected.dq());
            Expect.sameBits("dk", copy(gradients.dk()), expected.dk());
            Expect.sameBits("dv", copy(gradients.dv()), expected.dv());
            Expect.sameBits("state", gradients.initialState(), expected.initialState());
            PackedSequences packed = in.sequences();
            Expect.sameBits(
                    "gradient of the initial state alone",
                    attention.initialStateGradient(parts.q(), part(cut, dO), packed, dState),
                    attention.initialStateGradient(in.q(), dO, packed, dState));
        }
    }

    /** Pieces of the token axis of one tensor, appended one after another. */
    private static void session(Subject subject) {
        for (Layout layout : Layout.values()) {
            Problem problem =
                    Problem.random(Seeds.random(TOPIC, 7))
                            .dims(24, 20)
                            .heads(2)
                            .batch(2)
                            .tokens(90)
                            .layout(layout)
                            .build();
            AttentionInputs in = problem.inputs();
            Tensor output = problem.newOutput();
            try (LightningAttention attention = subject.open(problem.config());
                    AttentionSession parts = attention.openSession(problem.initialState());
                    AttentionSession copies = attention.openSession(problem.initialState())) {
                long[] borders = {0, 1, 2, 50, 51, 90};
                for (int i = 0; i + 1 < borders.length; i++) {
                    long from = borders[i];
                    long to = borders[i + 1];
                    UnaryOperator<Tensor> piece = x -> x.tokens(layout, from, to);
                    parts.append(
                            piece.apply(in.q()),
                            piece.apply(in.k()),
                            piece.apply(in.v()),
                            null,
                            piece.apply(output));
                    Tensor expected =
                            copies.append(
                                    copy(piece.apply(in.q())),
                                    copy(piece.apply(in.k())),
                                    copy(piece.apply(in.v())));
                    Expect.sameBits(
                            Arrays.toString(new long[] {from, to}),
                            copy(piece.apply(output)),
                            expected);
                }
                Expect.sameBits("state", parts.state(), copies.state());
            }
        }
    }

    private static void pool(Subject subject) {
        for (Layout layout : Layout.values()) {
            Cut cut = new Cut("columns", layout, DType.F32, 3);
            Problem problem = random(cut).packed(70, 0, 1, 99).fromEmpty().build();
            AttentionInputs in = problem.inputs();
            Tensor expected = problem.newOutput();
            Tensor output = part(cut, expected);
            AttentionInputs parts = parts(cut, in);
            PoolCase.with(
                    subject,
                    problem.config(),
                    7,
                    pool -> {
                        Slot[] slots = PoolCase.acquire(pool, 3);
                        Slot[] others = PoolCase.acquire(pool, 3);
                        // A row without a slot gets zeros.
                        pool.append(rows(slots), in.sequences(), in.q(), in.k(), in.v(), expected);
                        pool.append(
                                rows(others),
                                in.sequences(),
                                parts.q(),
                                parts.k(),
                                parts.v(),
                                output);
                        Expect.sameBits("output", copy(output), expected);
                        for (int i = 0; i < slots.length; i++) {
                            Expect.sameBits("state", pool.read(others[i]), pool.read(slots[i]));
                        }
                    });
        }
    }

    private static Slot[] rows(Slot[] slots) {
        return new Slot[] {slots[0], slots[1], Slot.NONE, slots[2]};
    }
}
