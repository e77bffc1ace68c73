package io.github.lightning4j.models.layers;

import static io.github.lightning4j.models.layers.GoldenLayer.GATE;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.models.layers.AroundAttention.Input;
import io.github.lightning4j.models.layers.HeadParts.Order;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.function.UnaryOperator;

/** Layers with one mistake each: the golden files catch all of them. */
class LayerMutantsTest {
    /** Far beyond the gate, so that no rounding is taken for a mistake. */
    private static final double CAUGHT = 10 * GATE;

    private static void assertCaught(String mutant, double error) {
        assertTrue(!(error <= CAUGHT), () -> mutant + " is off by " + error + " only");
    }

    private static double error(GoldenLayer golden, AroundAttention mutant) {
        try (LayerStates states = golden.open(new LightningLayer(mutant))) {
            return golden.outputError(states);
        }
    }

    private static AroundAttention around(GoldenLayer golden, String kind) {
        return ((LightningLayer) golden.layer(kind)).around();
    }

    private static AroundAttention with(AroundAttention layer, Input input) {
        return new AroundAttention(
                layer.compute(),
                input,
                layer.config(),
                layer.norm(),
                layer.output(),
                layer.hidden());
    }

    private static AroundAttention with(AroundAttention layer, RmsNorm norm) {
        return new AroundAttention(
                layer.compute(),
                layer.input(),
                layer.config(),
                norm,
                layer.output(),
                layer.hidden());
    }

    private static AroundAttention with(AroundAttention layer, Decay decay, double scale) {
        AttentionConfig config = layer.config();
        return new AroundAttention(
                layer.compute(),
                layer.input(),
                AttentionConfig.builder(config.heads(), config.keyDim(), config.valueDim())
                        .decay(decay)
                        .scale(scale)
                        .layout(Layout.TOKENS_FIRST)
                        .build(),
                layer.norm(),
                layer.output(),
                layer.hidden());
    }

    private static Input input(Input of, Order order, boolean siluOnQueries, boolean siluOnValues) {
        HeadParts parts = of.parts();
        return new Input(
                of.projection(),
                new HeadParts(order, parts.parts(), parts.heads(), parts.dim()),
                siluOnQueries,
                siluOnValues,
                of.norms(),
                of.encoding(),
                of.gate());
    }

    @ParameterizedTest
    @ValueSource(strings = {"lightning", "ring", "transnormer"})
    void aLayerThatIsTakenApartAndPutTogetherIsNoMutant(String kind) {
        try (GoldenLayer golden = new GoldenLayer(kind)) {
            AroundAttention layer = around(golden, kind);
            Decay slopes = Decay.ofSlopes(layer.config().slopes());
            AroundAttention same = with(with(layer, slopes, layer.config().scale()), layer.norm());
            Input input = same.input();
            Input again =
                    input(
                            input,
                            input.parts().order(),
                            input.siluOnQueries(),
                            input.siluOnValues());
            assertTrue(error(golden, with(same, again)) <= GATE);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lightning", "ring", "transnormer"})
    void theOrderOfQueriesKeysAndValues(String kind) {
        try (GoldenLayer golden = new GoldenLayer(kind)) {
            AroundAttention layer = around(golden, kind);
            Input input = layer.input();
            Order other = input.parts().order() == Order.BY_HEAD ? Order.BY_PART : Order.BY_HEAD;
            Input mutant = input(input, other, input.siluOnQueries(), input.siluOnValues());
            assertCaught("order", error(golden, with(layer, mutant)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lightning", "ring", "transnormer"})
    void activations(String kind) {
        try (GoldenLayer golden = new GoldenLayer(kind)) {
            AroundAttention layer = around(golden, kind);
            Input input = layer.input();
            Order order = input.parts().order();
            Input values = input(input, order, input.siluOnQueries(), !input.siluOnValues());
            assertCaught("SiLU on v", error(golden, with(layer, values)));
            Input queries = input(input, order, !input.siluOnQueries(), input.siluOnValues());
            assertCaught("SiLU on q and k", error(golden, with(layer, queries)));
        }
    }

    @Test
    void theEpsilonOfTheNorm() {
        try (GoldenLayer golden = new GoldenLayer("lightning-padded")) {
            AroundAttention layer = around(golden, "lightning");
            RmsNorm norm =
                    RmsNorm.of(
                            golden.compute(),
                            golden.weights(),
                            "norm.weight",
                            golden.hidden(),
                            1e-5);
            assertCaught("ε of 1e-5", error(golden, with(layer, norm)));
        }
    }

    @Test
    void theGroupsOfTheNorm() {
        try (GoldenLayer golden = new GoldenLayer("ring")) {
            RmsNorm whole =
                    RmsNorm.of(golden.compute(), golden.weights(), "g_norm.weight", 64, 1e-6);
            assertCaught("one group", error(golden, with(around(golden, "ring"), whole)));
        }
    }

    @Test
    void theDecay() {
        try (GoldenLayer golden = new GoldenLayer("lightning-padded")) {
            AroundAttention layer = around(golden, "lightning");
            for (Decay decay :
                    new Decay[] {
                        Decay.none(),
                        Decay.alibi(),
                        // Three heads are no power of two, where the two conventions differ.
                        Decay.alibi(5, 8),
                        Decay.transformers(4, 8),
                        Decay.paper(5, 8)
                    }) {
                assertCaught(decay.toString(), error(golden, with(layer, decay, 1)));
            }
        }
        try (GoldenLayer golden = new GoldenLayer("ring")) {
            AroundAttention layer = around(golden, "ring");
            double scale = layer.config().scale();
            // Serving engines take l where the authors take l − 1.
            assertCaught("l for l − 1", error(golden, with(layer, Decay.alibi(2, 8), scale)));
        }
        try (GoldenLayer golden = new GoldenLayer("transnormer")) {
            AroundAttention layer = around(golden, "transnormer");
            assertCaught("no layer", error(golden, with(layer, Decay.alibi(), 1)));
            Decay ring = LightningLayer.ringDecay(1, 6, 4);
            assertCaught("Ring's", error(golden, with(layer, ring, 1)));
        }
    }

    /** A norm follows, so a scale shows by the ε alone: where activations are small. */
    @Test
    void theScale() {
        try (GoldenLayer golden = new GoldenLayer("lightning-padded")) {
            AroundAttention layer = around(golden, "lightning");
            Decay decay = layer.config().decay();
            assertCaught("1/√D", error(golden, with(layer, decay, 1 / Math.sqrt(8))));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lightning", "ring", "transnormer"})
    void theGateComesAfterTheNorm(String kind) {
        try (GoldenLayer golden = new GoldenLayer(kind)) {
            AroundAttention layer = around(golden, kind);
            assertTrue(gateError(golden, layer, true) <= GATE);
            assertCaught("gate before the norm", gateError(golden, layer, false));
        }
    }

    /** The layer with its last steps in one order or the other. */
    private static double gateError(GoldenLayer golden, AroundAttention layer, boolean normFirst) {
        PaddedBatch batch = golden.batch();
        Activations x = batch.pack(golden.tensor("hidden"));
        int tokens = x.rows() / golden.sequences();
        long[] positions = new long[x.rows()];
        Arrays.setAll(positions, i -> i % tokens);
        AroundAttention.Entered entered = layer.enter(x, positions);
        AttentionConfig config = layer.config();
        Activations o = new Activations(x.rows(), config.heads() * config.valueDim());
        long heads = config.heads();
        try (LightningAttention attention = LightningAttention.open(config, "cpu")) {
            attention.attend(
                    new AttentionInputs(
                            entered.q().tensor(1, x.rows(), heads, config.keyDim()),
                            entered.k().tensor(1, x.rows(), heads, config.keyDim()),
                            entered.v().tensor(1, x.rows(), heads, config.valueDim()),
                            batch.sequences(),
                            null),
                    o.tensor(1, x.rows(), heads, config.valueDim()));
        }
        UnaryOperator<Activations> gate =
                y -> {
                    if (layer.input().gate() == null) {
                        Gate.multiply(golden.compute(), entered.gate(), y);
                    } else {
                        Gate.sigmoid(golden.compute(), entered.gate(), y);
                    }
                    return y;
                };
        Activations weighed =
                normFirst ? gate.apply(layer.norm().apply(o)) : layer.norm().apply(gate.apply(o));
        return golden.error(batch.unpack(layer.output().apply(weighed)), "expected.output");
    }

    @Test
    void positionsOfRing() {
        try (GoldenLayer golden = new GoldenLayer("ring")) {
            AroundAttention layer = around(golden, "ring");
            assertCaught("no RoPE", error(golden, with(layer, encoded(layer, new NoPositions()))));
            Rope whole = new Rope(golden.compute(), 16, 16, 10_000);
            assertCaught("RoPE of all", error(golden, with(layer, encoded(layer, whole))));
            Rope theta = new Rope(golden.compute(), 16, 8, 9_000);
            assertCaught("θ", error(golden, with(layer, encoded(layer, theta))));
        }
    }

    private static Input encoded(AroundAttention layer, PositionEncoding encoding) {
        Input input = layer.input();
        return new Input(
                input.projection(),
                input.parts(),
                input.siluOnQueries(),
                input.siluOnValues(),
                input.norms(),
                encoding,
                input.gate());
    }

    /** A softmax layer with some weights replaced. */
    private static double softmaxError(
            GoldenLayer golden, String name, int rotaryDim, UnaryOperator<float[]> rows) {
        AroundSoftmax layer = ((SoftmaxLayer) golden.layer("softmax")).around();
        Tensor weight = golden.tensor(name);
        Projection changed =
                new Projection(
                        golden.compute(),
                        Tensor.ofFloats(rows.apply(weight.toFloatArray()), weight.shape()));
        Rope rope = new Rope(golden.compute(), 16, rotaryDim, 10_000);
        AroundSoftmax mutant =
                new AroundSoftmax(
                        layer.compute(),
                        name.equals("q_proj.weight") ? changed : layer.queryProjection(),
                        name.equals("k_proj.weight") ? changed : layer.keyProjection(),
                        layer.valueProjection(),
                        layer.output(),
                        rope,
                        layer.hidden(),
                        layer.heads(),
                        layer.keyValueHeads(),
                        layer.dim());
        try (LayerStates states = golden.open(new SoftmaxLayer(mutant))) {
            return golden.outputError(states);
        }
    }

    @Test
    void softmaxLayers() {
        try (GoldenLayer golden = new GoldenLayer("softmax-partial-rope")) {
            String q = "q_proj.weight";
            assertTrue(softmaxError(golden, q, 8, rows -> rows) <= GATE);
            assertCaught("RoPE of all", softmaxError(golden, q, 16, rows -> rows));
            assertCaught("no RoPE", softmaxError(golden, q, 0, rows -> rows));
            assertCaught(
                    "scale 1",
                    softmaxError(
                            golden,
                            q,
                            8,
                            rows -> {
                                for (int i = 0; i < rows.length; i++) {
                                    rows[i] *= 4;
                                }
                                return rows;
                            }));
            // Query heads 0 and 1 read key-value head 0, and 2 and 3 read 1; not 0, 1, 0, 1.
            assertCaught(
                    "key-value head h mod KV",
                    softmaxError(golden, q, 8, rows -> headsSwapped(rows, 24 * 16)));
        }
    }

    /** Heads 1 and 2 in each other's place. */
    private static float[] headsSwapped(float[] rows, int head) {
        float[] swapped = rows.clone();
        System.arraycopy(rows, head, swapped, 2 * head, head);
        System.arraycopy(rows, 2 * head, swapped, head, head);
        return swapped;
    }

    /** Neighbours 2i and 2i + 1 turned together are what i and i + R/2 are after a permutation. */
    @Test
    void thePairsOfRope() {
        for (String name : new String[] {"softmax", "softmax-partial-rope"}) {
            try (GoldenLayer golden = new GoldenLayer(name)) {
                int rotary = golden.number("rotary_dim");
                int hidden = golden.hidden();
                AroundSoftmax layer = ((SoftmaxLayer) golden.layer("softmax")).around();
                AroundSoftmax mutant =
                        new AroundSoftmax(
                                layer.compute(),
                                neighbours(golden, "q_proj.weight", rotary, hidden),
                                neighbours(golden, "k_proj.weight", rotary, hidden),
                                layer.valueProjection(),
                                layer.output(),
                                layer.encoding(),
                                hidden,
                                layer.heads(),
                                layer.keyValueHeads(),
                                layer.dim());
                try (LayerStates states = golden.open(new SoftmaxLayer(mutant))) {
                    assertCaught("pairs of neighbours", golden.outputError(states));
                }
            }
        }
    }

    private static Projection neighbours(GoldenLayer golden, String name, int rotary, int hidden) {
        Tensor weight = golden.tensor(name);
        float[] rows = weight.toFloatArray();
        float[] permuted = rows.clone();
        for (int head = 0; head < weight.shape(0) / 16; head++) {
            for (int i = 0; i < rotary / 2; i++) {
                int to = head * 16 * hidden;
                System.arraycopy(rows, to + 2 * i * hidden, permuted, to + i * hidden, hidden);
                System.arraycopy(
                        rows,
                        to + (2 * i + 1) * hidden,
                        permuted,
                        to + (i + rotary / 2) * hidden,
                        hidden);
            }
        }
        return new Projection(golden.compute(), Tensor.ofFloats(permuted, weight.shape()));
    }

    @Test
    void mixturesOfExperts() {
        try (GoldenLayer golden = new GoldenLayer("moe")) {
            PaddedBatch batch = golden.batch();
            for (int chosen : new int[] {1, 2, 3, 4}) {
                SparseMoe moe =
                        new SparseMoe(golden.compute(), golden.weights(), 24, 20, 4, chosen);
                double error =
                        golden.error(
                                batch.unpack(moe.apply(batch.pack(golden.tensor("hidden")))),
                                "expected.output");
                if (chosen == 2) {
                    assertTrue(error <= GATE);
                } else {
                    assertCaught(chosen + " experts", error);
                }
            }
        }
    }
}
