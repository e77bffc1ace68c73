package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.HeadGradients;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A device's gradients are checked, each by its name, in turn and at the ends of long sequences.
 */
class GradientVerificationTest {
    /** What a backward pass gives. */
    private enum Result {
        DQ("dq"),
        DK("dk"),
        DV("dv"),
        INITIAL_STATE("the gradient of the initial state");

        final String words;

        Result(String words) {
            this.words = words;
        }
    }

    /**
     * A backward pass of three heads.
     *
     * @param layout of all tensors
     * @param dtype of q, k and v
     * @param batch B
     * @param tokens N
     * @param packed boundaries where B = 1 holds several sequences
     * @param states whether there are an initial state and a gradient of the final state
     */
    private record Shape(
            Layout layout,
            DType dtype,
            int batch,
            int tokens,
            @Nullable PackedSequences packed,
            boolean states) {
        private static final int HEADS = 3;
        private static final int D = 4;
        private static final int E = 5;
        static final Shape PLAIN = new Shape(Layout.HEADS_FIRST, DType.F32, 2, 7, null, true);

        AttentionConfig config() {
            return AttentionConfig.builder(HEADS, D, E)
                    .layout(layout)
                    .decay(new Decay.Slopes(0, 0.1f, 1))
                    .featureMap(FeatureMap.SILU)
                    .scale(0.5)
                    .build();
        }

        int sequences() {
            return packed == null ? batch : packed.count();
        }

        AttentionProblem problem() {
            return new AttentionProblem(config(), dtype, dtype, batch, tokens, packed);
        }

        AttentionInputs inputs() {
            return new AttentionInputs(
                    rows(dtype, D, 0),
                    rows(dtype, D, 1000),
                    rows(dtype, E, 2000),
                    packed,
                    states
                            ? AttentionState.of(
                                    state(3000), config().slopes(), new long[sequences()])
                            : null);
        }

        Tensor outputGradient() {
            return rows(dtype, E, 4000);
        }

        @Nullable Tensor finalStateGradient() {
            return states ? state(5000) : null;
        }

        private Tensor rows(DType type, int dim, int first) {
            return wave(Tensor.allocate(type, layout.shape(batch, HEADS, tokens, dim)), first);
        }

        private Tensor state(int first) {
            return wave(Tensor.allocate(DType.F32, sequences(), HEADS, D, E), first);
        }

        private static Tensor wave(Tensor tensor, int first) {
            for (long i = 0; i < tensor.size(); i++) {
                tensor.setDouble(i, Math.sin(first + i));
            }
            return tensor;
        }

        Gradients gradients() {
            return new Gradients(rows(dtype, D, 0), rows(dtype, D, 0), rows(dtype, E, 0), state(0));
        }

        /** The definition, rounded once. */
        Gradients definition() {
            Gradients gradients = gradients();
            for (int r = 0; r < sequences(); r++) {
                for (int h = 0; h < HEADS; h++) {
                    HeadGradients expected =
                            ReferenceAttention.backward(
                                    config(),
                                    inputs(),
                                    outputGradient(),
                                    finalStateGradient(),
                                    r,
                                    h);
                    write(gradients.dq(), r, h, expected.dq());
                    write(gradients.dk(), r, h, expected.dk());
                    write(gradients.dv(), r, h, expected.dv());
                    for (int i = 0; i < D * E; i++) {
                        gradients
                                .initialState()
                                .setDouble(
                                        (r * HEADS + h) * D * E + i,
                                        expected.initialState()[i / E][i % E]);
                    }
                }
            }
            return gradients;
        }

        private void write(Tensor tensor, int r, int h, double[][] rows) {
            for (int t = 0; t < rows.length; t++) {
                for (int d = 0; d < rows[t].length; d++) {
                    tensor.setDouble(at(r, h, t, rows[t].length) + d, rows[t][d]);
                }
            }
        }

        long at(int r, int h, int t, int dim) {
            return problem().rowOffset(r, h, dim) + t * problem().rowStride(dim);
        }

        static Tensor of(Gradients gradients, Result result) {
            return switch (result) {
                case DQ -> gradients.dq();
                case DK -> gradients.dk();
                case DV -> gradients.dv();
                case INITIAL_STATE -> gradients.initialState();
            };
        }

        /** Multiplies a result by a factor. */
        static void scale(Gradients gradients, Result result, double factor) {
            Tensor tensor = of(gradients, result);
            for (long i = 0; i < tensor.size(); i++) {
                tensor.setDouble(i, factor * tensor.getDouble(i));
            }
        }

        LightningAttention attention(Gradients answer, int heads) {
            return new LightningAttention(
                    config(), new Answering(answer), List.of(), heads, OptionalLong.empty());
        }
    }

    /** Gives the same gradients whatever it is asked. */
    private record Answering(Gradients answer) implements Backend {
        @Override
        public Device device() {
            return new Device("answering", "answering", Device.Kind.ACCELERATOR, "");
        }

        @Override
        public void forward(AttentionProblem problem, ForwardBuffers buffers) {
            throw new BackendException("there is no output here");
        }

        @Override
        public void backward(AttentionProblem problem, BackwardBuffers buffers) {
            buffers.dq().copyFrom(answer.dq().segment());
            buffers.dk().copyFrom(answer.dk().segment());
            buffers.dv().copyFrom(answer.dv().segment());
            buffers.initialStateGradient().copyFrom(answer.initialState().segment());
        }

        @Override
        public BackendSession openSession(
                AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
            throw new BackendException("there are no sessions here");
        }

        @Override
        public void close() {}
    }

    private static Gradients backward(Shape shape, LightningAttention attention) {
        return attention.backward(
                shape.inputs(), shape.outputGradient(), shape.finalStateGradient());
    }

    private static Stream<Shape> shapes() {
        return Stream.of(Layout.values())
                .flatMap(layout ->
                        Stream.of(DType.F32, DType.BF16, DType.F16)
                                .flatMap(dtype ->
                                        Stream.of(
                                                new Shape(layout, dtype, 2, 7, null, true),
                                                new Shape(layout, dtype, 1, 1, null, false),
                                                new Shape(
                                                        layout,
                                                        dtype,
                                                        1,
                                                        20,
                                                        PackedSequences.ofLengths(11, 0, 8, 1),
                                                        true))));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void rightGradientsPass(Shape shape) {
        Gradients right = shape.definition();
        try (LightningAttention attention =
                shape.attention(right, shape.sequences() * Shape.HEADS)) {
            Gradients given = backward(shape, attention);
            assertEquals(right.dv().getDouble(0), given.dv().getDouble(0));
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void everyWrongGradientIsCaughtByName(Shape shape) {
        for (Result result : Result.values()) {
            boolean narrow = shape.dtype() != DType.F32 && result != Result.INITIAL_STATE;
            for (double factor : new double[] {narrow ? 1.04 : 1.0001, 0, Double.NaN}) {
                Gradients wrong = shape.definition();
                Shape.scale(wrong, result, factor);
                try (LightningAttention attention = shape.attention(wrong, 1)) {
                    assertEquals(
                            result.words + " of sequence 0, head 0",
                            caught(() -> backward(shape, attention)));
                }
                try (LightningAttention unverified = shape.attention(wrong, 0)) {
                    assertDoesNotThrow(() -> backward(shape, unverified));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void aWrongHeadIsCaughtWithinItsTurn(Shape shape) {
        for (int r = 0; r < shape.sequences(); r++) {
            if (shape.problem().length(r) == 0) {
                continue;
            }
            for (int h = 0; h < Shape.HEADS; h++) {
                Gradients wrong = shape.definition();
                long at = shape.at(r, h, (int) shape.problem().length(r) - 1, Shape.E);
                wrong.dv().setDouble(at, wrong.dv().getDouble(at) + 1);
                String head = "dv of sequence %d, head %d".formatted(r, h);
                try (LightningAttention attention = shape.attention(wrong, 2)) {
                    int before = (r * Shape.HEADS + h) / 2;
                    for (int i = 0; i < before; i++) {
                        backward(shape, attention);
                    }
                    assertEquals(head, caught(() -> backward(shape, attention)));
                }
            }
        }
    }

    @Test
    void anEmptySequenceHandsTheGradientOfItsStateOn() {
        Shape shape =
                new Shape(
                        Layout.TOKENS_FIRST,
                        DType.F32,
                        1,
                        5,
                        PackedSequences.ofLengths(0, 5),
                        true);
        Gradients wrong = shape.definition();
        wrong.initialState().setDouble(0, 9);
        try (LightningAttention attention = shape.attention(wrong, 1)) {
            assertEquals(
                    "the gradient of the initial state of sequence 0, head 0",
                    caught(() -> backward(shape, attention)));
        }
    }

    @Test
    void forwardAndBackwardPassesTakeTurnsOfTheirOwn() {
        Shape shape = Shape.PLAIN;
        DeviceVerification verification =
                new DeviceVerification(
                        shape.config(), new Answering(shape.gradients()).device(), 2);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            seen.add(
                    caught(() ->
                            verification.check(
                                    shape.inputs(), shape.rows(DType.F32, Shape.E, 77), null)));
            seen.add(
                    caught(() ->
                            verification.checkGradients(
                                    shape.problem(),
                                    shape.inputs(),
                                    shape.outputGradient(),
                                    shape.finalStateGradient(),
                                    shape.gradients())));
        }
        // The first of the heads of a call ends it.
        assertEquals(
                Set.of(
                        "the output of sequence 0, head 0",
                        "the output of sequence 0, head 1",
                        "the output of sequence 0, head 2",
                        "dq of sequence 0, head 0",
                        "dq of sequence 0, head 1",
                        "dq of sequence 0, head 2"),
                seen);
    }

    /** What is said to be wrong. */
    private static String caught(Executable check) {
        BackendException e = assertThrows(BackendException.class, check);
        Matcher what =
                Pattern.compile(
                                "device answering computes wrongly: (.*) is .* away from the"
                                        + " float64 definition; the gate is .*")
                        .matcher(String.valueOf(e.getMessage()));
        assertTrue(what.matches(), e::getMessage);
        return what.group(1);
    }

    /** 20 tokens, of which the definition may look at 6. */
    @ParameterizedTest
    @EnumSource
    void longSequencesAreComparedAtTheirEnds(Layout layout) {
        for (PackedSequences packed :
                new PackedSequences[] {null, PackedSequences.ofLengths(20, 3, 20)}) {
            Shape shape = new Shape(layout, DType.F32, 1, packed == null ? 20 : 43, packed, true);
            int last = shape.sequences() - 1;
            assertDoesNotThrow(() -> ends(shape, shape.definition()));
            String head = " of sequence %d, head 1".formatted(last);
            assertEquals("dq" + head, caught(() -> ends(shape, wrong(shape, Result.DQ, 5))));
            assertEquals("dk" + head, caught(() -> ends(shape, wrong(shape, Result.DK, 14))));
            assertEquals("dv" + head, caught(() -> ends(shape, wrong(shape, Result.DV, 19))));
            // Out of sight, as documented.
            assertDoesNotThrow(() -> ends(shape, wrong(shape, Result.DQ, 6)));
            assertDoesNotThrow(() -> ends(shape, wrong(shape, Result.DK, 13)));
            assertDoesNotThrow(() -> ends(shape, wrong(shape, Result.DV, 13)));
        }
    }

    /** One row of head 1 of the last sequence is wrong. */
    private static Gradients wrong(Shape shape, Result result, int t) {
        Gradients gradients = shape.definition();
        Tensor tensor = Shape.of(gradients, result);
        int dim = result == Result.DV ? Shape.E : Shape.D;
        long at = shape.at(shape.sequences() - 1, 1, t, dim);
        tensor.setDouble(at, tensor.getDouble(at) + 1);
        return gradients;
    }

    private static void ends(Shape shape, Gradients gradients) {
        new DeviceVerification(
                        shape.config(), new Answering(gradients).device(), Integer.MAX_VALUE, 6)
                .checkGradients(
                        shape.problem(),
                        shape.inputs(),
                        shape.outputGradient(),
                        shape.finalStateGradient(),
                        gradients);
    }
}
