package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Arrays;

/**
 * What holds of states alone, and of their gradients alone, on tensor cores: those of every head by
 * itself. Run like {@link DeviceTensorLaws}.
 */
class DeviceTensorStates {
    private static final String DEVICE = System.getProperty(DeviceConformance.DEVICE, "tornado");

    private final TensorCases cases = new TensorCases(256);

    private void hold(AttentionConfig config, AttentionInputs in, boolean fromFinal) {
        DType type = in.q().dtype();
        @Nullable PackedSequences packed = in.sequences();
        int sequences = packed == null ? (int) in.q().shape(0) : packed.count();
        Tensor dO = cases.normal(type, in.v().shape());
        Tensor dFinal =
                fromFinal
                        ? cases.normal(
                                DType.F32,
                                sequences,
                                config.heads(),
                                config.keyDim(),
                                config.valueDim())
                        : null;
        try (LightningAttention attention = LightningAttention.open(config, DEVICE)) {
            Tensor last = attention.finalState(in.k(), in.v(), packed, in.initialState()).values();
            Tensor gradient = attention.initialStateGradient(in.q(), dO, packed, dFinal);
            for (int r = 0; r < sequences; r++) {
                for (int h = 0; h < config.heads(); h++) {
                    String where =
                            config + " " + type + " sequence " + r + " slope " + config.slopes()[h];
                    near(
                            where + ": final state",
                            ReferenceAttention.matrix(config, last, r, h),
                            ReferenceAttention.tokenByToken(
                                            ReferenceAttention.Head.of(config, in, r, h))
                                    .finalState(),
                            Gate.of(type).state());
                    near(
                            where + ": gradient",
                            ReferenceAttention.matrix(config, gradient, r, h),
                            ReferenceAttention.backward(config, in, dO, dFinal, r, h)
                                    .initialState(),
                            Gate.of(type).gradients());
                }
            }
        }
    }

    private static void near(String what, double[][] found, double[][] expected, double gate) {
        if (Arrays.stream(expected).flatMapToDouble(Arrays::stream).allMatch(x -> x == 0)) {
            assertTrue(
                    Arrays.stream(found).flatMapToDouble(Arrays::stream).allMatch(x -> x == 0),
                    what);
            return;
        }
        RelativeError error = new RelativeError();
        error.add(found, expected);
        assertTrue(Gate.passes(error.value(), gate), what + " " + error.value());
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void statesAloneAreRight(DType type) {
        int[][] shapes = {{64, 64, 150}, {128, 128, 200}, {8, 4, 1}, {72, 40, 65}, {40, 120, 130}};
        for (int i = 0; i < shapes.length; i++) {
            Layout layout = i % 2 == 0 ? Layout.HEADS_FIRST : Layout.TOKENS_FIRST;
            AttentionConfig config = TensorCases.config(layout, shapes[i][0], shapes[i][1]);
            hold(
                    config,
                    cases.inputs(config, type, 1 + i % 2, shapes[i][2], null, i % 3 != 1),
                    i % 3 != 2);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void thoseOfPackedSequencesAreApart(DType type) {
        for (Layout layout : Layout.values()) {
            AttentionConfig config = TensorCases.config(layout, 64, 72);
            PackedSequences packed = PackedSequences.ofLengths(0, 70, 1, 128, 0, 65);
            int tokens = (int) packed.totalTokens();
            hold(config, cases.inputs(config, type, 1, tokens, packed, true), true);
        }
    }

    /** Long enough for several pieces, on a device with as many multiprocessors as GPUs have. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void thoseOfLongSequencesComeFromPieces(DType type) {
        AttentionConfig config = TensorCases.config(Layout.TOKENS_FIRST, 56, 64);
        hold(config, cases.inputs(config, type, 2, 1700, null, true), true);
        PackedSequences packed = PackedSequences.ofLengths(0, 1100, 1, 3100);
        int tokens = (int) packed.totalTokens();
        hold(config, cases.inputs(config, type, 1, tokens, packed, true), true);
    }

    /** Tiles compute again what is not finite on tensor cores. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void whatIsNotFiniteStaysInItsHead(DType type) {
        AttentionConfig config = TensorCases.config(Layout.HEADS_FIRST, 64, 64);
        AttentionInputs in = cases.inputs(config, type, 1, 130, null, true);
        int head = 3;
        in.v().setDouble((head * 130L + 100) * 64 + 5, Double.POSITIVE_INFINITY);
        try (LightningAttention attention = LightningAttention.open(config, DEVICE)) {
            Tensor last = attention.finalState(in.k(), in.v(), null, in.initialState()).values();
            for (int h = 0; h < config.heads(); h++) {
                double[][] found = ReferenceAttention.matrix(config, last, 0, h);
                if (h == head) {
                    assertFalse(Double.isFinite(found[0][5]), "the infinity is gone");
                } else {
                    near(
                            "head " + h,
                            found,
                            ReferenceAttention.tokenByToken(
                                            ReferenceAttention.Head.of(config, in, 0, h))
                                    .finalState(),
                            Gate.of(type).state());
                }
            }
        }
    }
}
