package io.github.lightning4j.models;

import static io.github.lightning4j.models.GoldenModel.GATE;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.models.checkpoints.TransNormerConfig;
import io.github.lightning4j.reference.RelativeError;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** A whole TransNormerLLM model gives what its equations in float64 give. */
class TransNormerModelTest {
    private static final int HIDDEN = 20;
    private static final int HEADS = 3;
    private static final int INNER = 24;
    private static final int GLU = 28;
    private static final int VOCABULARY = 31;
    private static final int TOKENS = 75;

    @TempDir private Path folder;

    private final WrittenModel written = new WrittenModel();
    private final Map<String, Object> config = written.config;
    private final Map<String, Tensor> tensors = written.tensors;
    private final SplittableRandom random = new SplittableRandom(25);

    @BeforeEach
    void makeWeights() {
        config.put("model_type", "transnormer");
        config.put("decoder_layers", 3);
        config.put("decoder_embed_dim", HIDDEN);
        config.put("decoder_attention_heads", HEADS);
        config.put("hidden_dim", INNER);
        config.put("glu_dim", GLU);
        config.put("vocab_size", VOCABULARY);
        config.put("linear_use_lrpe_list", new int[] {1, 0, 1});
        config.put("linear_act_fun", "swish");
        config.put("norm_type", "simplermsnorm");
        config.put("tie_word_embeddings", false);
        add("model.embed_tokens.weight", VOCABULARY, HIDDEN);
        add("lm_head.weight", VOCABULARY, HIDDEN);
        for (int l = 0; l < 3; l++) {
            String layer = "model.layers." + l + ".";
            add(layer + "token_mixer.qkvu_proj.weight", 4 * INNER, HIDDEN);
            add(layer + "token_mixer.out_proj.weight", HIDDEN, INNER);
            if (l != 1) {
                add(layer + "token_mixer.lrpe.theta", HEADS, 1, INNER / HEADS);
            }
            add(layer + "channel_mixer.l1.weight", GLU, HIDDEN);
            add(layer + "channel_mixer.l2.weight", GLU, HIDDEN);
            add(layer + "channel_mixer.l3.weight", HIDDEN, GLU);
        }
    }

    private void add(String name, long... shape) {
        Tensor tensor = Tensor.allocate(DType.BF16, shape);
        double scale = 2 / Math.sqrt(shape[shape.length - 1]);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, (random.nextDouble() * 2 - 1) * scale);
        }
        tensors.put(name, tensor);
    }

    private void write() throws IOException {
        written.write(folder);
    }

    private static int[] prompt() {
        int[] ids = new int[TOKENS];
        Arrays.setAll(ids, i -> (7 * i + i * i) % VOCABULARY);
        return ids;
    }

    private static Conversations open(HybridModel model) {
        return Conversations.open(
                model,
                ConversationOptions.of(2)
                        .withDevice("cpu")
                        .withThreads(1)
                        .withPool(PoolOptions.DEFAULT.withRollback(64)));
    }

    private NaiveTransNormer naive() {
        boolean tied = (Boolean) config.getOrDefault("tie_word_embeddings", true);
        boolean scaled = !config.containsKey("no_scale_embedding");
        return new NaiveTransNormer(
                tensors,
                HEADS,
                new boolean[] {true, false, true},
                scaled ? Math.sqrt(HIDDEN) : 1,
                tied);
    }

    private double error() throws IOException {
        return error(naive());
    }

    private double error(NaiveTransNormer naive) throws IOException {
        RelativeError error = new RelativeError();
        try (HybridModel model = HybridModel.open(folder, 2);
                Conversations conversations = open(model)) {
            float[] logits =
                    conversations
                            .score(List.of(conversations.acquire()), List.of(prompt()))
                            .values();
            for (int i = 0; i < TOKENS; i++) {
                double[] expected = naive.next(prompt()[i]);
                for (int id = 0; id < VOCABULARY; id++) {
                    error.add(logits[i * VOCABULARY + id], expected[id]);
                }
            }
        }
        return error.value();
    }

    private void assertRight() throws IOException {
        double error = error();
        assertTrue(error <= GATE, () -> "off by " + error);
    }

    @Test
    void logitsAreThoseOfTheEquations() throws IOException {
        write();
        assertRight();
    }

    @Test
    void whatTheConfigurationLeavesOutIsAsTheAuthorsHaveIt() throws IOException {
        // Embeddings are tied and multiplied by √hidden, and the class is named instead of a type.
        config.remove("tie_word_embeddings");
        config.remove("norm_type");
        config.remove("linear_act_fun");
        config.remove("model_type");
        config.put("architectures", List.of("TransnormerForCausalLM"));
        write();
        assertRight();
        tensors.remove("lm_head.weight");
        write();
        assertRight();
    }

    @Test
    void embeddingsMayBeUnscaled() throws IOException {
        config.put("no_scale_embedding", true);
        write();
        assertRight();
        NaiveTransNormer scaled =
                new NaiveTransNormer(
                        tensors,
                        HEADS,
                        new boolean[] {true, false, true},
                        Math.sqrt(HIDDEN),
                        false);
        double error = error(scaled);
        assertTrue(error > 100 * GATE, () -> "a wrong scale is off by " + error);
    }

    @Test
    void layersWithoutLrpeAreOthers() throws IOException {
        write();
        NaiveTransNormer without =
                new NaiveTransNormer(tensors, HEADS, new boolean[3], Math.sqrt(HIDDEN), false);
        double error = error(without);
        assertTrue(error > 100 * GATE, () -> "no LRPE is off by " + error);
    }

    @Test
    void decodingGoesOnWhereThePromptEndedAfterAForkAndATruncation() throws IOException {
        write();
        try (HybridModel model = HybridModel.open(folder, 1);
                Conversations conversations = open(model)) {
            assertInstanceOf(TransNormerConfig.class, model.config());
            NaiveTransNormer naive = naive();
            double[] expected = {};
            for (int id : prompt()) {
                expected = naive.next(id);
            }
            int[] greedy = new int[12];
            for (int i = 0; i < greedy.length; i++) {
                for (int id = 1; id < VOCABULARY; id++) {
                    greedy[i] = expected[id] > expected[greedy[i]] ? id : greedy[i];
                }
                expected = naive.next(greedy[i]);
            }
            Conversation conversation = conversations.acquire();
            conversations.append(conversation, Arrays.copyOf(prompt(), 40));
            conversations.append(conversation, 1, 2, 3);
            conversations.truncate(conversation, 40);
            Conversation fork = conversations.copy(conversation);
            int[] rest = Arrays.copyOfRange(prompt(), 40, TOKENS);
            Generation generation = new Generation(12, Sampling.GREEDY, Set.of());
            assertArrayEquals(greedy, generation.run(conversations, fork, rest));
            assertArrayEquals(greedy, generation.run(conversations, conversation, rest));
            assertEquals(0, conversations.memory().caches());
        }
    }

    @Test
    void aReportSaysWhatItIs() throws IOException {
        write();
        CheckpointReport report = CheckpointReport.of(folder);
        assertEquals("TransNormerLLM", report.config().family());
        assertEquals(DecayConvention.ALIBI_LAYER, report.convention());
        assertEquals(0, report.softmaxLayers());
        assertEquals(List.of(), report.slopes());
        assertTrue(report.isSound(), () -> report.misfits().toString());
        // Keys of two layers are twice as wide.
        long floats = HEADS * (8 * 8 + 32 * (8 + 8) + 2 * (16 * 8 + 32 * (16 + 8)));
        assertEquals(4 * floats, report.memory().getFirst().states());
        assertEquals(0, report.memory().getLast().caches());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "norm_type | \"layernorm\" | norm_type is \"layernorm\"; it must be simplermsnorm",
                "linear_act_fun | \"relu\" | linear_act_fun is \"relu\"; it must be silu",
                "bias | true | bias is true; it must be false",
                "glu_dim | 0 | glu_dim is 0; it must be -1 or above 0",
                "glu_dim | \"x\" | glu_dim is \"x\"; it must be a whole number",
                "hidden_dim | 25 | hidden_dim is 25; it must be a multiple of the heads, 3",
                "hidden_dim | 1539 | hidden_dim is 1539; it must be a multiple of the heads, 3, of"
                        + " at most 512 each",
                "decoder_layers | 1000000000 | decoder_layers is 1000000000",
                "decoder_layers | 4 | linear_use_lrpe_list has 3 entries; decoder_layers is 4",
                "linear_use_lrpe_list | [1, 2, 0] | linear_use_lrpe_list is 2; it must be 0 or 1",
                "linear_use_lrpe_list | null | linear_use_lrpe_list has 0 entries",
                "decoder_attention_types | [2, 2, 2] | decoder_attention_types is [2, 2, 2]; it"
                        + " must be absent",
                "quantization_config | {} | quantization_config is {}; it must be absent",
                "linear_use_lrpe_list | [1, 1, 1] | missing: model.layers.1.token_mixer.lrpe.theta",
                "linear_use_lrpe_list | [true, false, false] | not of this model:"
                        + " model.layers.2.token_mixer.lrpe.theta",
                "decoder_attention_heads | 6 | lrpe.theta is BF16[3, 1, 8], must be [6, 1, 4]"
            })
    void whatDoesNotFitIsNamed(String field, String value, String message) throws IOException {
        config.put(field, JSON.std.anyFrom(value));
        write();
        MalformedDataException refused =
                assertThrows(MalformedDataException.class, () -> HybridModel.open(folder, 1));
        String said = String.valueOf(refused.getMessage());
        assertTrue(said.contains(message), said);
        assertEquals(1, said.lines().count(), said);
    }
}
