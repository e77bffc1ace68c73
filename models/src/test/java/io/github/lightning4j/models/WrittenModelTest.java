package io.github.lightning4j.models;

import static io.github.lightning4j.models.GoldenModel.GATE;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.SafetensorsWriter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The tiny models, written as other checkpoints are. */
class WrittenModelTest {
    @TempDir private Path folder;

    private final WrittenModel written = new WrittenModel();
    private final Map<String, Object> config = written.config;
    private final Map<String, Tensor> tensors = written.tensors;

    private void load(String name) throws IOException {
        written.load(name);
    }

    private void write() throws IOException {
        written.write(folder);
    }

    private double promptError(String name) {
        try (GoldenModel golden = new GoldenModel(name, folder)) {
            return golden.promptError();
        }
    }

    @Test
    void severalFilesWithAnIndexAreOneModel() throws IOException {
        load("tiny-moe");
        Map<String, String> index = new LinkedHashMap<>();
        List<String> names = List.copyOf(tensors.keySet());
        for (int i = 0; i < 3; i++) {
            Map<String, Tensor> part = new LinkedHashMap<>();
            String file = "model-0000" + (i + 1) + "-of-00003.safetensors";
            for (int t = i; t < names.size(); t += 3) {
                part.put(names.get(t), tensors.get(names.get(t)));
                index.put(names.get(t), file);
            }
            SafetensorsWriter.write(folder.resolve(file), part, Map.of());
        }
        Files.write(
                folder.resolve("model.safetensors.index.json"),
                JSON.std.asBytes(Map.of("metadata", Map.of(), "weight_map", index)));
        written.writeConfig(folder);
        assertTrue(promptError("tiny-moe") <= GATE);
    }

    /** Slopes come from the configuration: what a file holds of them is rounded, or wrong. */
    @Test
    void buffersOfSlopesAreIgnored() throws IOException {
        load("tiny-moe");
        tensors.keySet().removeIf(name -> name.endsWith("_decay"));
        tensors.forEach((name, tensor) -> {
            if (name.endsWith("slope_rate")) {
                for (long i = 0; i < tensor.size(); i++) {
                    tensor.setDouble(i, 100);
                }
            }
        });
        write();
        assertTrue(promptError("tiny-moe") <= GATE);
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16", "F32"})
    void weightsOfEveryTypeAreReadInPlace(DType dtype) throws IOException {
        load("tiny-dense");
        Map<String, Tensor> rounded = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            Tensor narrow = Tensor.allocate(dtype, tensor.shape());
            narrow.copyFrom(tensor);
            rounded.put(name, narrow);
        });
        tensors.putAll(rounded);
        write();
        float[] narrow = logits();
        // The same numbers in 32 bits give the same bits.
        rounded.forEach((name, tensor) -> {
            Tensor wide = Tensor.allocate(DType.F32, tensor.shape());
            wide.copyFrom(tensor);
            tensors.put(name, wide);
        });
        write();
        assertArrayEquals(logits(), narrow);
        double error = promptError("tiny-dense");
        assertTrue(dtype == DType.F32 ? error <= GATE : error > GATE, () -> "off by " + error);
    }

    private float[] logits() throws IOException {
        try (HybridModel model = HybridModel.open(folder, 1);
                Conversations conversations =
                        Conversations.open(
                                model,
                                ConversationOptions.of(1).withDevice("cpu").withThreads(1))) {
            return conversations.append(conversations.acquire(), 3, 1, 4, 1, 5, 9, 2, 6);
        }
    }

    @Test
    void tiedEmbeddingsAreTheLastProjection() throws IOException {
        load("tiny-dense");
        tensors.put("lm_head.weight", tensors.get("model.embed_tokens.weight"));
        write();
        float[] expected = logits();
        tensors.remove("lm_head.weight");
        config.put("tie_word_embeddings", true);
        write();
        assertArrayEquals(expected, logits());
    }

    /** Its slopes differ from Hugging Face's by a millionth here. */
    @Test
    void theAuthorsDialectGivesTheSameTokens() throws IOException {
        load("tiny-moe");
        config.put("model_type", "minimax_text_01");
        config.remove("layer_types");
        config.put("attn_type_list", new int[] {0, 1, 0});
        for (String part : List.of("linear_attention", "full_attention", "mlp")) {
            config.put("layernorm_" + part + "_alpha", 3.5);
            config.put("layernorm_" + part + "_beta", 1);
        }
        config.put("postnorm", true);
        write();
        try (GoldenModel golden = new GoldenModel("tiny-moe", folder);
                Conversations conversations = golden.open(1)) {
            Generation generation = new Generation(16, Sampling.GREEDY, Set.of());
            int[] ids =
                    generation.run(
                            conversations, conversations.acquire(), golden.prompts().getFirst());
            assertArrayEquals(golden.generated().getFirst(), ids);
            assertEquals(16, ids.length);
            double error = golden.promptError();
            assertTrue(error < 1e-4, () -> "off by " + error);
        }
    }

    @Test
    void mutantsOfTheModelAreCaught() throws IOException {
        Map<String, Map<String, Object>> mutants =
                Map.of(
                        "ε of the norms", Map.of("rms_norm_eps", 0.011),
                        "residual of lightning", Map.of("linear_attn_alpha_factor", 3.6),
                        "residual of softmax", Map.of("full_attn_beta_factor", 1.1),
                        "residual of the experts", Map.of("mlp_alpha_factor", 1),
                        "experts of a token", Map.of("num_experts_per_tok", 1),
                        "θ", Map.of("rope_parameters", Map.of("rope_theta", 9000)),
                        "turned part", Map.of("rotary_dim", 4));
        for (Map.Entry<String, Map<String, Object>> mutant : mutants.entrySet()) {
            load("tiny-moe");
            config.putAll(mutant.getValue());
            write();
            double error = promptError("tiny-moe");
            assertTrue(!(error <= 5 * GATE), () -> mutant.getKey() + " is off by " + error);
        }
    }

    @Test
    void aResidualFromBeforeTheNormIsCaught() throws IOException {
        load("tiny-dense");
        config.put("model_type", "minimax_text_01");
        config.remove("layer_types");
        config.put("attn_type_list", new int[] {0, 0, 1, 0});
        config.put("postnorm", true);
        write();
        double right = promptError("tiny-dense");
        config.put("postnorm", false);
        write();
        double wrong = promptError("tiny-dense");
        assertTrue(
                right < 1e-4 && wrong > 0.01, () -> Arrays.toString(new double[] {right, wrong}));
    }
}
