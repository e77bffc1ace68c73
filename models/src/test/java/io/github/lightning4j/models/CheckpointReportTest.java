package io.github.lightning4j.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A report says what a checkpoint is, and finds what does not fit. */
class CheckpointReportTest {
    private static final String RATE = "model.layers.%d.self_attn.slope_rate";

    @TempDir private Path folder;

    private final WrittenModel written = new WrittenModel();

    private CheckpointReport report() throws IOException {
        written.write(folder);
        return CheckpointReport.of(folder);
    }

    /** Replaces the slopes of all lightning layers of tiny-dense. */
    private void put(DType dtype, DType roundedTo, DecayConvention convention) {
        for (int l : new int[] {0, 1, 3}) {
            Tensor narrow = Tensor.allocate(roundedTo, 4, 1, 1);
            narrow.copyFrom(Tensor.ofFloats(convention.slopes(l, 4, 4), 4, 1, 1));
            Tensor wide = Tensor.allocate(dtype, 4, 1, 1);
            wide.copyFrom(narrow);
            written.tensors.put(RATE.formatted(l), wide);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-dense", "tiny-moe"})
    void goldenModelsAreSound(String name) throws IOException {
        CheckpointReport report = CheckpointReport.of(GoldenModel.folder(name));
        assertEquals("MiniMax, in Hugging Face's dialect", report.config().family());
        assertEquals(DecayConvention.TRANSFORMERS, report.convention());
        assertEquals(1, report.softmaxLayers());
        assertEquals(List.of(), report.misfits());
        assertTrue(report.isSound());
        // In tiny-moe they are off by the rounding to BF16, and this says so.
        double worst =
                report.farthest(DecayConvention.TRANSFORMERS)
                        .orElseThrow()
                        .distances()
                        .get(DecayConvention.TRANSFORMERS);
        boolean rounded = name.equals("tiny-moe");
        assertEquals(rounded, worst > 1e-3 && worst < 4e-3, () -> "off by " + worst);
        DType type = rounded ? DType.BF16 : DType.F32;
        assertEquals(List.of(type.name()), List.copyOf(report.types().keySet()));
        assertTrue(report.slopes().stream().allMatch(layer -> layer.precision() == type));
    }

    @Test
    void memoryIsWhatAConversationTakes() throws IOException {
        CheckpointReport report = CheckpointReport.of(GoldenModel.folder("tiny-dense"));
        CheckpointReport.ConversationMemory said = report.memory().getFirst();
        assertEquals(1_000, said.tokens());
        try (GoldenModel golden = new GoldenModel("tiny-dense");
                Conversations conversations =
                        Conversations.open(
                                golden.model(),
                                ConversationOptions.of(1).withDevice("cpu").withThreads(1))) {
            int[] ids = new int[1_000];
            Arrays.setAll(ids, i -> i % 61);
            conversations.append(conversations.acquire(), ids);
            ModelMemory taken = conversations.memory();
            assertEquals(taken.caches(), said.caches());
            // The CPU's vectors are wider than these heads.
            assertTrue(taken.states() >= said.states(), () -> taken + " " + said);
            assertTrue(taken.states() < 5 * said.states(), () -> taken + " " + said);
        }
    }

    @ParameterizedTest
    @EnumSource
    void slopesOfEveryConventionAreTold(DecayConvention convention) throws IOException {
        written.load("tiny-dense");
        put(DType.F32, DType.F32, convention);
        CheckpointReport report = report();
        for (LayerSlopes layer : report.slopes()) {
            assertEquals(0, layer.distances().get(convention), layer::toString);
            assertTrue(layer.fit(convention));
        }
        assertEquals(convention == DecayConvention.TRANSFORMERS, report.isSound());
        for (DecayConvention other : DecayConvention.values()) {
            double worst = report.farthest(other).orElseThrow().distances().get(other);
            assertEquals(other == convention, worst == 0, () -> other + " is off by " + worst);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16"})
    void roundedSlopesAreSaidToBeRoundedAlsoWhereTheFileHasWiderOnes(DType narrow)
            throws IOException {
        written.load("tiny-dense");
        put(DType.F32, narrow, DecayConvention.ALIBI_LAYER);
        CheckpointReport report = report();
        LayerSlopes layer = report.slopes().get(1);
        assertEquals(DType.F32, layer.dtype());
        assertEquals(narrow, layer.precision());
        assertTrue(layer.distances().get(DecayConvention.ALIBI_LAYER) > 1e-4);
        assertEquals(0, layer.roundedDistances().get(DecayConvention.ALIBI_LAYER));
        assertTrue(layer.fit(DecayConvention.ALIBI_LAYER));
        assertFalse(layer.fit(DecayConvention.ALIBI));
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, -0.25})
    void slopesThatAreNoneFitNothing(double slope) throws IOException {
        written.load("tiny-dense");
        written.tensors.get(RATE.formatted(0)).setDouble(2, slope);
        CheckpointReport report = report();
        LayerSlopes layer = report.slopes().getFirst();
        for (DecayConvention convention : DecayConvention.values()) {
            assertFalse(layer.fit(convention), convention::text);
        }
        assertFalse(report.isSound());
        assertEquals(List.of(), report.misfits());
    }

    @Test
    void everythingThatDoesNotFitIsListed() throws IOException {
        written.load("tiny-dense");
        written.tensors.remove("lm_head.weight");
        written.tensors.put("model.norm.weight", Tensor.allocate(DType.F32, 25));
        written.tensors.put("a\n\u001b[31m", Tensor.allocate(DType.I64, 1));
        written.tensors.put(RATE.formatted(1), Tensor.allocate(DType.F32, 5, 1, 1));
        CheckpointReport report = report();
        assertEquals(
                List.of(
                        "missing: lm_head.weight",
                        "of another shape or type: model.norm.weight is F32[25], must be [24]",
                        "not of this model: a\\n\\u001b[31m",
                        "of another shape or type: model.layers.1.self_attn.slope_rate is F32[5, 1,"
                                + " 1], must be floating-point numbers of 4 heads"),
                report.misfits());
        assertFalse(report.isSound());
        assertEquals(2, report.slopes().size());
    }

    @Test
    void endlessListsAreCutAndCounted() throws IOException {
        written.load("tiny-dense");
        String[] kinds = new String[1_000];
        Arrays.fill(kinds, "linear_attention");
        written.config.put("num_hidden_layers", kinds.length);
        written.config.put("layer_types", kinds);
        List<String> misfits = report().misfits();
        // Of each layer that is not there: nine tensors.
        assertTrue(
                misfits.contains("missing: " + (996 * 10 + 4 - 500) + " more"),
                () -> misfits.get(500));
        assertTrue(misfits.size() < 520, () -> misfits.size() + " lines");
    }

    @Test
    void factorsOfRingAreTheAuthorsAndThoseOfMlx() {
        float[] alibi = Decay.alibi().slopes(2);
        double[] authors = {1 + 1 / 3.0 + 1e-5, 1 + 1e-5, 1 - 1 / 3.0 + 1e-5};
        double[] mlx = {1 + 1e-5, 1 + 1e-5, 1 - 1 / 3.0 + 1e-5};
        for (int l = 0; l < 3; l++) {
            double theirs = authors[l];
            double others = mlx[l];
            assertArrayEquals(
                    new float[] {(float) (alibi[0] * theirs), (float) (alibi[1] * theirs)},
                    DecayConvention.RING.slopes(l, 4, 2));
            assertArrayEquals(
                    new float[] {(float) (alibi[0] * others), (float) (alibi[1] * others)},
                    DecayConvention.RING_CLAMPED.slopes(l, 4, 2));
        }
        assertEquals(2, DecayConvention.RING.slopes(0, 1, 2).length);
    }
}
