package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.BackwardCase.Result;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A device's gradients are checked, each by its name, in turn and at the ends of long sequences.
 */
class GradientVerificationTest {
    private static Gradients backward(BackwardCase shape, LightningAttention attention) {
        return attention.backward(
                shape.inputs(), shape.outputGradient(), shape.finalStateGradient());
    }

    private static Stream<BackwardCase> shapes() {
        return Stream.of(Layout.values())
                .flatMap(layout ->
                        Stream.of(DType.F32, DType.BF16, DType.F16)
                                .flatMap(dtype ->
                                        Stream.of(
                                                new BackwardCase(layout, dtype, 2, 7, null, true),
                                                new BackwardCase(layout, dtype, 1, 1, null, false),
                                                new BackwardCase(
                                                        layout,
                                                        dtype,
                                                        1,
                                                        20,
                                                        PackedSequences.ofLengths(11, 0, 8, 1),
                                                        true))));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void rightGradientsPass(BackwardCase shape) {
        Gradients right = shape.definition();
        try (LightningAttention attention =
                shape.attention(right, shape.sequences() * BackwardCase.HEADS)) {
            Gradients given = backward(shape, attention);
            assertEquals(right.dv().getDouble(0), given.dv().getDouble(0));
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void everyWrongGradientIsCaughtByName(BackwardCase shape) {
        for (Result result : Result.values()) {
            boolean narrow = shape.dtype() != DType.F32;
            for (double factor : new double[] {narrow ? 1.04 : 1.0001, 0, Double.NaN}) {
                Gradients wrong = shape.definition();
                BackwardCase.scale(wrong, result, factor);
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
    void aWrongHeadIsCaughtWithinItsTurn(BackwardCase shape) {
        for (int r = 0; r < shape.sequences(); r++) {
            if (shape.problem().length(r) == 0) {
                continue;
            }
            for (int h = 0; h < BackwardCase.HEADS; h++) {
                Gradients wrong = shape.definition();
                long at = shape.at(r, h, (int) shape.problem().length(r) - 1, BackwardCase.E);
                wrong.dv().setDouble(at, wrong.dv().getDouble(at) + 1);
                String head = "dv of sequence %d, head %d".formatted(r, h);
                try (LightningAttention attention = shape.attention(wrong, 2)) {
                    int before = (r * BackwardCase.HEADS + h) / 2;
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
        BackwardCase shape =
                new BackwardCase(
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
        BackwardCase shape = BackwardCase.PLAIN;
        DeviceVerification verification =
                new DeviceVerification(
                        shape.config(), new AnsweringDevice(shape.gradients()).device(), 2);
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 3; i++) {
            seen.add(
                    caught(() ->
                            verification.check(
                                    shape.inputs(),
                                    shape.rows(DType.F32, BackwardCase.E, 77),
                                    null)));
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
            BackwardCase shape =
                    new BackwardCase(layout, DType.F32, 1, packed == null ? 20 : 43, packed, true);
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
    private static Gradients wrong(BackwardCase shape, Result result, int t) {
        Gradients gradients = shape.definition();
        Tensor tensor = BackwardCase.of(gradients, result);
        int dim = result == Result.DV ? BackwardCase.E : BackwardCase.D;
        long at = shape.at(shape.sequences() - 1, 1, t, dim);
        tensor.setDouble(at, tensor.getDouble(at) + 1);
        return gradients;
    }

    private static void ends(BackwardCase shape, Gradients gradients) {
        new DeviceVerification(
                        shape.config(),
                        new AnsweringDevice(gradients).device(),
                        Integer.MAX_VALUE,
                        6)
                .checkGradients(
                        shape.problem(),
                        shape.inputs(),
                        shape.outputGradient(),
                        shape.finalStateGradient(),
                        gradients);
    }
}
