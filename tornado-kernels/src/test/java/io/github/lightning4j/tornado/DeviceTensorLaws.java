package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;
import io.github.lightning4j.tornado.devices.Selection;
import io.github.lightning4j.tornado.plans.TensorCores.Kernels;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.ArrayList;
import java.util.List;

/**
 * What holds of the kernels on tensor cores: each row, not only all of them together, and numbers
 * that 16 bits cannot hold. Run like {@link DeviceConformance}, on a device id that ends in {@code
 * :tensor}.
 */
class DeviceTensorLaws {
    private static final String DEVICE = System.getProperty(DeviceConformance.DEVICE, "tornado");

    /** The largest relative error of a row. */
    private static final double ROW = 1e-2;

    /**
     * The same where there are thousands: among many rows there is one whose q is nearly orthogonal
     * to the state, so that little of what is rounded there is left in the sum.
     */
    private static final double ROW_OF_MANY = 2e-2;

    private final TensorCases cases = new TensorCases(128);

    private static double outputGate(DType type) {
        return type == DType.F16 ? 1e-3 : 5e-3;
    }

    private static double stateGate(DType type) {
        return type == DType.F16 ? 1e-3 : 3e-3;
    }

    /** Compares all heads with the definition, their rows one by one. */
    private static void check(
            AttentionConfig config, AttentionInputs in, AttentionResult result, double rowGate) {
        DType type = in.q().dtype();
        int sequences = in.sequences() == null ? (int) in.q().shape(0) : in.sequences().count();
        for (int r = 0; r < sequences; r++) {
            for (int h = 0; h < config.heads(); h++) {
                String where =
                        config + " " + type + " sequence " + r + " slope " + config.slopes()[h];
                ReferenceAttention.HeadResult expected =
                        ReferenceAttention.tokenByToken(
                                ReferenceAttention.Head.of(config, in, r, h));
                double[][] rows =
                        ReferenceAttention.rows(
                                config, in, result.output(), r, h, config.valueDim());
                if (rows.length > 0) {
                    RelativeError outputs = new RelativeError();
                    outputs.add(rows, expected.output());
                    assertTrue(
                            outputs.value() <= outputGate(type),
                            where + ": outputs " + outputs.value());
                    for (int t = 0; t < rows.length; t++) {
                        RelativeError row = new RelativeError();
                        row.add(new double[][] {rows[t]}, new double[][] {expected.output()[t]});
                        assertTrue(
                                row.value() <= rowGate, where + ": row " + t + " " + row.value());
                    }
                }
                RelativeError states = new RelativeError();
                states.add(
                        ReferenceAttention.state(config, result.finalState(), r, h),
                        expected.finalState());
                assertTrue(states.value() <= stateGate(type), where + ": state " + states.value());
            }
        }
    }

    private void holds(AttentionConfig config, AttentionInputs in) {
        holds(config, in, ROW);
    }

    private void holds(AttentionConfig config, AttentionInputs in, double rowGate) {
        try (LightningAttention attention = LightningAttention.open(config, DEVICE)) {
            check(config, in, attention.forward(in), rowGate);
        }
    }

    /** Slopes from those that vanish in float32 to those that leave nothing after two tokens. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void everyRowIsRight(DType type) {
        int[][] shapes = {
            {64, 64, 150}, {128, 128, 200}, {8, 4, 1}, {72, 40, 65}, {120, 104, 333}, {128, 64, 64}
        };
        for (int i = 0; i < shapes.length; i++) {
            Layout layout = i % 2 == 0 ? Layout.HEADS_FIRST : Layout.TOKENS_FIRST;
            AttentionConfig config = TensorCases.config(layout, shapes[i][0], shapes[i][1]);
            holds(config, cases.inputs(config, type, 1 + i % 2, shapes[i][2], null, i % 3 != 1));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void packedSequencesAreApart(DType type) {
        AttentionConfig config = TensorCases.config(Layout.HEADS_FIRST, 64, 128);
        PackedSequences packed = PackedSequences.ofLengths(0, 70, 1, 128, 0, 65);
        holds(config, cases.inputs(config, type, 1, (int) packed.totalTokens(), packed, true));
    }

    /** From 16 bits in a window to single tokens in float32 and back. */
    @Test
    void appendsGoOnFromEachOther() {
        AttentionConfig config = TensorCases.config(Layout.HEADS_FIRST, 64, 64);
        int tokens = 70 + 1 + 64 + 1 + 200;
        AttentionInputs in = cases.inputs(config, DType.BF16, 1, tokens, null, false);
        Tensor o = Tensor.allocate(DType.BF16, in.v().shape());
        try (LightningAttention attention = LightningAttention.open(config, DEVICE);
                AttentionSession session = attention.openSession(1)) {
            int at = 0;
            for (int size : new int[] {70, 1, 64, 1, 200}) {
                Tensor part =
                        session.append(
                                rows(in.q(), at, size),
                                rows(in.k(), at, size),
                                rows(in.v(), at, size));
                for (int h = 0; h < config.heads(); h++) {
                    for (long i = 0; i < (long) size * 64; i++) {
                        o.setDouble(
                                ((long) h * tokens + at) * 64 + i,
                                part.getDouble((long) h * size * 64 + i));
                    }
                }
                at += size;
            }
            check(config, in, new AttentionResult(o, session.state()), ROW);
        }
    }

    private static Tensor rows(Tensor tensor, int from, int size) {
        int heads = (int) tensor.shape(1);
        long all = tensor.shape(2);
        long dim = tensor.shape(3);
        Tensor cut = Tensor.allocate(tensor.dtype(), 1, heads, size, dim);
        for (long h = 0; h < heads; h++) {
            for (long i = 0; i < size * dim; i++) {
                cut.setDouble(h * size * dim + i, tensor.getDouble((h * all + from) * dim + i));
            }
        }
        return cut;
    }

    /** An infinity in a chunk makes NaN of its earlier rows too, unless tiles compute it again. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void whatIsNotFiniteStaysInItsHeadAndBehindItsToken(DType type) {
        AttentionConfig config = TensorCases.config(Layout.HEADS_FIRST, 64, 64);
        AttentionInputs in = cases.inputs(config, type, 1, 130, null, true);
        int head = 3;
        int token = 100;
        in.v().setDouble((head * 130L + token) * 64 + 5, Double.POSITIVE_INFINITY);
        try (LightningAttention attention = LightningAttention.open(config, DEVICE)) {
            Tensor o = attention.forward(in).output();
            for (int h = 0; h < config.heads(); h++) {
                double[][] rows = ReferenceAttention.rows(config, in, o, 0, h, 64);
                double[][] expected =
                        ReferenceAttention.tokenByToken(
                                        ReferenceAttention.Head.of(config, in, 0, h))
                                .output();
                for (int t = 0; t < (h == head ? token : rows.length); t++) {
                    RelativeError row = new RelativeError();
                    row.add(new double[][] {rows[t]}, new double[][] {expected[t]});
                    assertTrue(row.value() <= ROW, "head " + h + " row " + t);
                }
            }
            assertTrue(
                    !Double.isFinite(o.getDouble((head * 130L + token) * 64 + 5)),
                    "the infinity is gone");
        }
    }

    /** Scores and states beyond 65504, the largest number of F16, with outputs below it. */
    @Test
    void largeScoresAreNotLostInHalfPrecision() {
        AttentionConfig config =
                AttentionConfig.builder(2, 64, 64)
                        .decay(new Decay.Slopes(0f, 0.1f))
                        .scale(1e-5)
                        .build();
        AttentionInputs in = cases.inputs(config, DType.F16, 1, 130, null, false);
        for (long i = 0; i < in.q().size(); i++) {
            in.q().setDouble(i, 64 + in.q().getDouble(i));
            in.k().setDouble(i, 640 + in.k().getDouble(i));
        }
        holds(config, in);
    }

    private void gradientsHold(AttentionConfig config, AttentionInputs in, boolean fromFinal) {
        int sequences = in.sequences() == null ? (int) in.q().shape(0) : in.sequences().count();
        Tensor dO = cases.normal(in.q().dtype(), in.v().shape());
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
            TensorGradients.check(
                    config, in, dO, dFinal, sequences, attention.backward(in, dO, dFinal));
        }
    }

    /** Of every head by itself: a slope's error is not hidden by the others'. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void gradientsAreRight(DType type) {
        int[][] shapes = {{64, 64, 150}, {128, 128, 200}, {8, 4, 1}, {72, 40, 65}, {40, 120, 130}};
        for (int i = 0; i < shapes.length; i++) {
            Layout layout = i % 2 == 0 ? Layout.HEADS_FIRST : Layout.TOKENS_FIRST;
            AttentionConfig config = TensorCases.config(layout, shapes[i][0], shapes[i][1]);
            gradientsHold(
                    config,
                    cases.inputs(config, type, 1 + i % 2, shapes[i][2], null, i % 3 != 1),
                    i % 3 != 2);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void gradientsOfPackedSequencesAreApart(DType type) {
        for (Layout layout : Layout.values()) {
            AttentionConfig config = TensorCases.config(layout, 64, 64);
            PackedSequences packed = PackedSequences.ofLengths(0, 70, 1, 128, 0, 65);
            gradientsHold(
                    config,
                    cases.inputs(config, type, 1, (int) packed.totalTokens(), packed, true),
                    true);
        }
    }

    /** Long enough to be cut, on a device with as many multiprocessors as GPUs have. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void longSequencesAreRightInPieces(DType type) {
        for (Layout layout : Layout.values()) {
            AttentionConfig config = TensorCases.config(layout, 64, 40);
            AttentionInputs in = cases.inputs(config, type, 1, 1700, null, true);
            holds(config, in, ROW_OF_MANY);
            gradientsHold(config, in, true);
        }
        AttentionConfig config = TensorCases.config(Layout.HEADS_FIRST, 56, 64);
        PackedSequences packed = PackedSequences.ofLengths(0, 1100, 1, 3100);
        AttentionInputs in =
                cases.inputs(config, type, 1, (int) packed.totalTokens(), packed, true);
        holds(config, in, ROW_OF_MANY);
        gradientsHold(config, in, true);
    }

    /** Otherwise all laws would hold, of tiles. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void allKernelsPassTheirTrials(DType type) {
        List<Kernels> all = new ArrayList<>();
        for (boolean cut : new boolean[] {false, true}) {
            for (int d : new int[] {64, 128}) {
                all.add(Kernels.forward(type, d, cut));
                for (int e : new int[] {64, 128}) {
                    all.add(Kernels.backward(type, d, e, cut));
                }
            }
        }
        try (DeviceBackend backend = DeviceOpening.open(Selection.parse(DEVICE))) {
            for (Kernels kernels : all) {
                assertEquals("", backend.tensorFailure(kernels), kernels.toString());
            }
        }
    }

    /** The gradient of v is of the token itself and of later ones, dq of earlier ones. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void whatIsNotFiniteInAGradientStaysInItsHeadAndOnItsSide(DType type) {
        AttentionConfig config = TensorCases.config(Layout.HEADS_FIRST, 64, 64);
        AttentionInputs in = cases.inputs(config, type, 1, 130, null, true);
        Tensor dO = cases.normal(type, in.v().shape());
        int head = 3;
        int token = 100;
        dO.setDouble((head * 130L + token) * 64 + 5, Double.POSITIVE_INFINITY);
        try (LightningAttention attention = LightningAttention.open(config, DEVICE)) {
            Gradients found = attention.backward(in, dO, null);
            for (int h = 0; h < config.heads(); h++) {
                for (int t = 0; t < 130; t++) {
                    for (int i = 0; i < 64; i++) {
                        long at = (h * 130L + t) * 64 + i;
                        if (h != head || t != token) {
                            assertTrue(Double.isFinite(found.dq().getDouble(at)), "dq " + at);
                        }
                        if (h != head || t > token) {
                            assertTrue(Double.isFinite(found.dv().getDouble(at)), "dv " + at);
                            assertTrue(Double.isFinite(found.dk().getDouble(at)), "dk " + at);
                        }
                    }
                }
            }
            long at = (head * 130L + token) * 64;
            assertTrue(!Double.isFinite(found.dv().getDouble(at + 5)), "the infinity is gone");
        }
    }
}
