package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.DeviceTensor;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Tensors that the device has allocated give the bits of any others, every time. */
final class DeviceTensors {
    private static final String TOPIC = "device tensors";

    private DeviceTensors() {}

    /** What the tensors of a law are like. */
    private record Case(Layout layout, DType dtype, boolean packed) {
        Problem problem(int index) {
            Problem.Builder random =
                    Problem.random(Seeds.random(TOPIC, index))
                            .dims(24, 20)
                            .heads(3)
                            .layout(layout)
                            .dtype(dtype);
            return packed
                    ? random.packed(70, 0, 1, 99).build()
                    : random.batch(2).tokens(130).build();
        }

        @Override
        public String toString() {
            return layout + ", " + dtype + (packed ? ", packed" : "");
        }
    }

    static Stream<Law> laws() {
        return Stream.concat(
                cases().map(of ->
                        new Law(
                                "new rows in the device's tensors are what it computes on: " + of,
                                subject -> forward(subject, of))),
                Stream.of(
                        new Law(
                                "some of the device's tensors, and parts of them, do too",
                                DeviceTensors::some),
                        new Law("a device's tensors end with it", DeviceTensors::closed)));
    }

    private static Stream<Case> cases() {
        return Stream.of(
                new Case(Layout.HEADS_FIRST, DType.F32, false),
                new Case(Layout.TOKENS_FIRST, DType.F32, true),
                new Case(Layout.TOKENS_FIRST, DType.BF16, false),
                new Case(Layout.HEADS_FIRST, DType.F16, true));
    }

    /** Laws of gradients. */
    static Stream<Law> gradients() {
        return cases().limit(3)
                .map(of ->
                        new Law(
                                "gradients of the device's tensors = gradients of others: " + of,
                                subject -> backward(subject, of)));
    }

    /** Tensors of a device, freed together. */
    private static final class Allocated implements AutoCloseable {
        private final LightningAttention attention;
        private final List<DeviceTensor> tensors = new ArrayList<>();

        Allocated(LightningAttention attention) {
            this.attention = attention;
        }

        Tensor of(DType dtype, long... shape) {
            DeviceTensor allocated = attention.allocate(dtype, shape);
            tensors.add(allocated);
            Tensor tensor = allocated.tensor();
            assertEquals(0, tensor.segment().address() % 64, "the memory begins a cache line");
            Expect.sameBits("what was allocated", tensor, Tensor.allocate(dtype, shape));
            return tensor;
        }

        Tensor like(Tensor other) {
            return of(other.dtype(), other.shape());
        }

        @Override
        public void close() {
            tensors.forEach(DeviceTensor::close);
            tensors.forEach(DeviceTensor::close);
        }
    }

    private static AttentionInputs like(Allocated device, AttentionInputs in) {
        return new AttentionInputs(
                device.like(in.q()),
                device.like(in.k()),
                device.like(in.v()),
                in.sequences(),
                in.initialState());
    }

    private static AttentionInputs filled(AttentionInputs tensors, AttentionInputs rows) {
        tensors.q().copyFrom(rows.q());
        tensors.k().copyFrom(rows.k());
        tensors.v().copyFrom(rows.v());
        return tensors.withInitialState(rows.initialState());
    }

    private static void forward(Subject subject, Case of) {
        Problem first = of.problem(1);
        Problem second = of.problem(2);
        try (LightningAttention attention = subject.open(first.config());
                Allocated device = new Allocated(attention)) {
            AttentionInputs in = like(device, first.inputs());
            Tensor output = device.like(first.newOutput());
            Tensor states = device.of(DType.F32, first.initialState().values().shape());
            for (Problem problem : List.of(first, second, first)) {
                Tensor expected = problem.newOutput();
                AttentionState expectedState = attention.forward(problem.inputs(), expected);
                Expect.answers(problem, expected, expectedState);
                output.segment().fill((byte) 0xFF);
                states.segment().fill((byte) 0xFF);
                AttentionState state =
                        attention.forward(filled(in, problem.inputs()), output, states);
                Expect.sameBits("output", output, expected);
                Expect.sameBits("state", state, expectedState);
            }
        }
    }

    private static void some(Subject subject) {
        Problem problem = new Case(Layout.HEADS_FIRST, DType.F32, false).problem(3);
        AttentionInputs in = problem.inputs();
        Tensor expected = problem.newOutput();
        try (LightningAttention attention = subject.open(problem.config());
                Allocated device = new Allocated(attention)) {
            AttentionState state = attention.forward(in, expected);
            Tensor output = problem.newOutput();
            Tensor k = device.like(in.k());
            k.copyFrom(in.k());
            attention.forward(
                    new AttentionInputs(in.q(), k, in.v(), in.sequences(), in.initialState()),
                    output);
            Expect.sameBits("output of one", output, expected);

            long[] shape = in.q().shape();
            shape[0]++;
            Tensor larger = device.of(DType.F32, shape);
            larger.segment().fill((byte) 0xFF);
            Tensor part = larger.slice(0, 0, shape[0] - 1);
            part.copyFrom(in.q());
            long[] rest = expected.shape();
            rest[0]++;
            Tensor around = device.of(DType.F32, rest);
            around.segment().fill((byte) 0xFF);
            Tensor inside = around.slice(0, 0, rest[0] - 1);
            Expect.sameBits(
                    "state of parts",
                    attention.forward(
                            new AttentionInputs(part, k, in.v(), in.sequences(), in.initialState()),
                            inside),
                    state);
            Expect.sameBits("output of parts", inside, expected);
            for (Tensor tensor : List.of(larger, around)) {
                Tensor behind = tensor.slice(0, tensor.shape(0) - 1, tensor.shape(0));
                Tensor untouched = Tensor.allocate(DType.F32, behind.shape());
                untouched.segment().fill((byte) 0xFF);
                Expect.sameBits("what lies behind a part", behind, untouched);
            }
        }
    }

    private static void closed(Subject subject) {
        Problem problem = new Case(Layout.HEADS_FIRST, DType.F32, false).problem(4);
        AttentionInputs rows = problem.inputs();
        Tensor q;
        try (LightningAttention attention = subject.open(problem.config())) {
            Expect.answers(problem, problem.run(attention));
            OptionalLong held = attention.deviceMemory();
            Allocated device = new Allocated(attention);
            AttentionInputs in = filled(like(device, rows), rows);
            Tensor output = problem.newOutput();
            attention.forward(in, output);
            device.close();
            assertEquals(held, attention.deviceMemory(), "what is held for closed tensors");
            assertThrows(IllegalStateException.class, () -> attention.forward(in, output));
            Expect.answers(problem, problem.run(attention));
            // Others may get the same addresses.
            try (Allocated again = new Allocated(attention)) {
                AttentionState state = attention.forward(filled(like(again, rows), rows), output);
                Expect.answers(problem, output, state);
            }
            q = attention.allocate(DType.F32, rows.q().shape()).tensor();
            q.copyFrom(rows.q());
        }
        assertThrows(IllegalStateException.class, () -> q.getDouble(0));
    }

    private static void backward(Subject subject, Case of) {
        Problem problem = of.problem(5);
        AttentionConfig config = problem.config();
        AttentionInputs in = problem.inputs();
        PackedSequences packed = in.sequences();
        Tensor dO = problem.normalOutputs(Seeds.random(TOPIC, 6));
        Tensor dState = problem.normalStates(Seeds.random(TOPIC, 7));
        try (LightningAttention attention = subject.open(config);
                Allocated device = new Allocated(attention)) {
            Gradients expected = attention.backward(in, dO, dState);
            AttentionInputs same = filled(like(device, in), in);
            Tensor gradient = device.like(dO);
            Gradients gradients =
                    new Gradients(
                            device.like(in.q()),
                            device.like(in.k()),
                            device.like(in.v()),
                            Tensor.allocate(DType.F32, dState.shape()));
            // The second call has other rows in the same memory.
            for (Tensor rows : List.of(zeros(dO), dO)) {
                gradient.copyFrom(rows);
                attention.backward(same, gradient, dState, gradients);
            }
            Expect.sameBits("dq", gradients.dq(), expected.dq());
            Expect.sameBits("dk", gradients.dk(), expected.dk());
            Expect.sameBits("dv", gradients.dv(), expected.dv());
            Expect.sameBits("state", gradients.initialState(), expected.initialState());
            assertEquals(packed, same.sequences());
        }
    }

    private static Tensor zeros(Tensor like) {
        return Tensor.allocate(like.dtype(), like.shape());
    }
}
