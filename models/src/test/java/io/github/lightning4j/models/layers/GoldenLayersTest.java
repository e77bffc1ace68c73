package io.github.lightning4j.models.layers;

import static io.github.lightning4j.models.layers.GoldenLayer.GATE;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.InsufficientMemoryException;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.models.layers.AroundAttention.Entered;
import io.github.lightning4j.reference.RelativeError;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;

/** Layers give the float64 answers, however their tokens come. */
class GoldenLayersTest {
    private static void assertWithin(String what, double error) {
        assertTrue(error <= GATE, () -> what + " is off by " + error);
    }

    @ParameterizedTest
    @CsvSource({
        "lightning, lightning",
        "lightning-long, lightning",
        "lightning-padded, lightning",
        "ring, ring",
        "transnormer, transnormer"
    })
    void lightningLayersGiveTheAnswersAndStates(String name, String kind) {
        try (GoldenLayer golden = new GoldenLayer(name);
                LayerStates states = golden.open(golden.layer(kind))) {
            assertWithin("output", golden.outputError(states));
            assertWithin("state", golden.stateError(states, "expected.state"));
            assertWithin("decode", golden.error(golden.decode(states), "expected.decode.output"));
            assertWithin("state", golden.stateError(states, "expected.decode.state"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"softmax", "softmax-partial-rope"})
    void softmaxLayersGiveTheAnswersAndCaches(String name) {
        try (GoldenLayer golden = new GoldenLayer(name);
                SoftmaxStates states = (SoftmaxStates) golden.open(golden.layer("softmax"))) {
            assertWithin("output", golden.outputError(states));
            Tensor keys = golden.tensor("expected.keys");
            Tensor values = golden.tensor("expected.values");
            float[][] cached = cached(states, keys);
            assertWithin(
                    "keys",
                    golden.error(Tensor.ofFloats(cached[0], keys.shape()), "expected.keys"));
            assertWithin(
                    "values",
                    golden.error(Tensor.ofFloats(cached[1], values.shape()), "expected.values"));
            assertWithin("decode", golden.error(golden.decode(states), "expected.decode.output"));
        }
    }

    /** Keys and values of the caches, [B, KV, N, D]. */
    private static float[][] cached(SoftmaxStates states, Tensor shape) {
        float[][] all = new float[2][(int) shape.size()];
        int at = 0;
        int heads = (int) shape.shape(1);
        int dim = (int) shape.shape(3);
        for (int b = 0; b < shape.shape(0); b++) {
            for (int h = 0; h < heads; h++) {
                for (int n = 0; n < shape.shape(2); n++) {
                    int page = n / KeyValueCache.PAGE;
                    int row = n % KeyValueCache.PAGE;
                    for (int d = 0; d < dim; d++, at++) {
                        all[0][at] =
                                states.cache(b)
                                        .keys(page)[(h * KeyValueCache.PAGE + row) * dim + d];
                        all[1][at] =
                                states.cache(b)
                                        .values(page)[(h * dim + d) * KeyValueCache.PAGE + row];
                    }
                }
            }
        }
        return all;
    }

    @Test
    void whatEntersAttentionAndLeavesItIsAsInTheModel() {
        try (GoldenLayer golden = new GoldenLayer("lightning")) {
            LightningLayer layer = (LightningLayer) golden.layer("lightning");
            Tensor inner = golden.tensor("inner.q");
            PaddedBatch batch = golden.batch();
            long[] positions = new long[(int) batch.sequences().totalTokens()];
            Entered entered = layer.around().enter(batch.pack(golden.tensor("hidden")), positions);
            assertWithin("q", golden.error(headsFirst(entered.q(), inner), "inner.q"));
            assertWithin("k", golden.error(headsFirst(entered.k(), inner), "inner.k"));
            assertWithin("v", golden.error(headsFirst(entered.v(), inner), "inner.v"));
            assertArrayEquals(
                    golden.tensor("slopes").toFloatArray(), layer.config().slopes(), 1e-7f);
        }
    }

    /** Rows [B · N, H · D] in the order [B, H, N, D]. */
    private static Tensor headsFirst(Activations x, Tensor shape) {
        Tensor result = Tensor.allocate(DType.F32, shape.shape());
        int heads = (int) shape.shape(1);
        int tokens = (int) shape.shape(2);
        int dim = (int) shape.shape(3);
        for (int i = 0; i < result.size(); i++) {
            int d = i % dim;
            int n = i / dim % tokens;
            int h = i / dim / tokens % heads;
            int b = i / dim / tokens / heads;
            result.setDouble(i, x.values()[((b * tokens + n) * heads + h) * dim + d]);
        }
        return result;
    }

    @ParameterizedTest
    @CsvSource({
        "lightning, lightning",
        "lightning-padded, lightning",
        "ring, ring",
        "transnormer, transnormer",
        "softmax, softmax",
        "softmax-partial-rope, softmax"
    })
    void tokensMayComeInAnyParts(String name, String kind) {
        try (GoldenLayer golden = new GoldenLayer(name)) {
            AttentionLayer layer = golden.layer(kind);
            Tensor expected = golden.tensor("expected.output");
            PaddedBatch batch = golden.batch();
            Activations x = batch.pack(golden.tensor("hidden"));
            Activations answers = batch.pack(expected);
            PackedSequences lengths = batch.sequences();
            try (LayerStates states = golden.open(layer)) {
                for (int r = 0; r < lengths.count(); r++) {
                    int start = (int) lengths.start(r);
                    int end = start + (int) lengths.length(r);
                    int step = 1;
                    for (int from = start; from < end; from += step, step = step % 7 + 3) {
                        int to = Math.min(end, from + step);
                        Activations part =
                                states.append(
                                        new int[] {r},
                                        PackedSequences.ofLengths(to - from),
                                        rows(golden, x, from, to));
                        Activations answer = rows(golden, answers, from, to);
                        assertWithin("tokens " + from + " to " + to, golden(part, answer));
                    }
                    assertEquals(lengths.length(r), states.tokens(r));
                }
            }
        }
    }

    private static double golden(Activations actual, Activations expected) {
        return RelativeError.of(
                actual.tensor(actual.rows(), actual.width()),
                expected.tensor(expected.rows(), expected.width()));
    }

    private static Activations rows(GoldenLayer golden, Activations x, int from, int to) {
        int[] which = new int[to - from];
        Arrays.setAll(which, i -> from + i);
        return golden.compute().pick(x, which, which.length);
    }

    @ParameterizedTest
    @CsvSource({
        "lightning, lightning",
        "ring, ring",
        "transnormer, transnormer",
        "softmax, softmax"
    })
    void tokensTakenBackLeaveNothing(String name, String kind) {
        try (GoldenLayer golden = new GoldenLayer(name);
                LayerStates states = golden.open(golden.layer(kind))) {
            Tensor first = golden.forward(states);
            long tokens = states.tokens(0);
            float[] decoded = golden.decode(states).toFloatArray();
            for (int r : golden.all()) {
                states.truncate(r, tokens);
            }
            assertArrayEquals(decoded, golden.decode(states).toFloatArray());
            for (int r : golden.all()) {
                states.clear(r);
            }
            assertArrayEquals(first.toFloatArray(), golden.forward(states).toFloatArray());
        }
    }

    @Test
    void theMixtureOfExpertsChoosesAndWeighsAsInTheModel() {
        try (GoldenLayer golden = new GoldenLayer("moe")) {
            Weights weights = golden.weights();
            int inner = (int) golden.tensor("experts.0.w1.weight").shape(0);
            int chosen = golden.number("experts_per_token");
            SparseMoe moe =
                    new SparseMoe(
                            golden.compute(),
                            weights,
                            golden.hidden(),
                            inner,
                            golden.number("experts"),
                            chosen);
            PaddedBatch batch = golden.batch();
            Activations x = batch.pack(golden.tensor("hidden"));
            SparseMoe.Choice choice = moe.choose(x);
            Tensor experts = golden.tensor("expected.experts");
            Tensor shares = golden.tensor("expected.weights");
            for (int row = 0; row < x.rows(); row++) {
                for (int i = 0; i < chosen; i++) {
                    assertEquals(experts.getLong(row * chosen + i), choice.experts()[row][i]);
                    assertEquals(
                            shares.getDouble(row * chosen + i), choice.weights()[row][i], 1e-6);
                }
            }
            assertWithin("output", golden.error(batch.unpack(moe.apply(x)), "expected.output"));
        }
    }

    @Test
    void aCacheThatWouldPassItsLimitIsRefusedAndNothingIsAppended() {
        try (GoldenLayer golden = new GoldenLayer("softmax")) {
            SoftmaxLayer layer = (SoftmaxLayer) golden.layer("softmax");
            int page = 2 * 2 * 16 * KeyValueCache.PAGE * Float.BYTES;
            StateOptions options =
                    new StateOptions(2, "cpu", 1, PoolOptions.DEFAULT, new CacheBudget(3L * page));
            try (LayerStates states = layer.openStates(options)) {
                golden.forward(states);
                assertEquals(2L * page, states.bytes());
                Activations more = new Activations(28 + KeyValueCache.PAGE, layer.hidden());
                InsufficientMemoryException refused =
                        assertThrows(
                                InsufficientMemoryException.class,
                                () ->
                                        states.append(
                                                new int[] {1},
                                                PackedSequences.ofLengths(more.rows()),
                                                more));
                assertTrue(
                        refused.getMessage().contains("the limit is 49,152"), refused::getMessage);
                assertEquals(37, states.tokens(1));
                assertEquals(2L * page, states.bytes());
                assertWithin(
                        "decode", golden.error(golden.decode(states), "expected.decode.output"));
                states.clear(0);
                assertEquals(page, options.budget().used());
            }
            assertEquals(0, options.budget().used());
        }
    }

    @Test
    void paddingBehindTokensIsRefused() {
        Tensor mask = Tensor.allocate(DType.I64, 2, 3);
        for (int i : new int[] {1, 2, 3, 4}) {
            mask.setDouble(i, 1);
        }
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> PaddedBatch.of(mask));
        assertTrue(
                refused.getMessage().startsWith("attention_mask is 0 at token 2 of row 1"),
                refused::getMessage);
    }

    @Test
    void allThatIsWrongWithWeightsIsInOneError() {
        try (GoldenLayer golden = new GoldenLayer("softmax")) {
            Weights weights = golden.weights();
            new SoftmaxLayer(golden.compute(), weights, 32, 4, 4, 16, new NoPositions());
            new Mlp(golden.compute(), weights, 32, 64);
            MalformedDataException wrong =
                    assertThrows(MalformedDataException.class, () -> weights.check("the file"));
            String message = String.valueOf(wrong.getMessage());
            for (String part :
                    new String[] {
                        "the file does not fit: missing: w1.weight, w2.weight, w3.weight;",
                        "k_proj.weight is F32[32, 32], must be [64, 32]",
                        "v_proj.weight is F32[32, 32], must be [64, 32]",
                        "not of this model: decode.hidden, "
                    }) {
                assertTrue(message.contains(part), message);
            }
        }
    }
}
