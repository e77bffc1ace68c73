package io.github.lightning4j.models.checkpoints;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.models.GoldenModel;
import io.github.lightning4j.models.HybridModel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/** Folders that are no models say what is wrong with them, all of it, and allocate nothing. */
class CheckpointTest {
    @TempDir private Path folder;

    private void copy(String file) throws IOException {
        Files.copy(GoldenModel.folder("tiny-moe").resolve(file), folder.resolve(file));
    }

    private Map<String, Object> config() throws IOException {
        return JSON.std.mapFrom(
                Files.readAllBytes(GoldenModel.folder("tiny-moe").resolve("config.json")));
    }

    private void write(Object config) throws IOException {
        Files.write(folder.resolve("config.json"), JSON.std.asBytes(config));
    }

    /** What the folder is refused with. */
    private String refusal() {
        MalformedDataException refused =
                assertThrows(
                        MalformedDataException.class,
                        () -> {
                            try (HybridModel model = HybridModel.open(folder, 1)) {
                                model.config();
                            }
                        });
        String message = String.valueOf(refused.getMessage());
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    private void assertRefused(String... parts) {
        String message = refusal();
        for (String part : parts) {
            assertTrue(message.contains(part), () -> part + " is not in: " + message);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "num_hidden_layers | 1000000000 | num_hidden_layers is 1000000000; it must be a"
                        + " whole number, 1 ... 10000",
                "num_hidden_layers | 100000000000000000000 | num_hidden_layers is 1000000000000",
                "num_hidden_layers | 4 | layer_types has 3 entries; num_hidden_layers is 4",
                "num_hidden_layers | 3.0 | num_hidden_layers is 3.0",
                "num_hidden_layers | true | num_hidden_layers is true",
                "hidden_size | -24 | hidden_size is -24; it must be a whole number",
                "hidden_size | \"24\" | hidden_size is \\\"24\\\"; it must be a whole number",
                "hidden_size | [24] | hidden_size is [24]",
                "hidden_size | null | has no hidden_size",
                "vocab_size | 0 | vocab_size is 0",
                "num_attention_heads | 1e3 | num_attention_heads is 1000.0",
                "num_key_value_heads | 3 | num_key_value_heads is 3; it must be a divisor",
                "head_dim | 2000 | head_dim is 2000; it must be a whole number, 1 ... 1024",
                "num_local_experts | 65537 | num_local_experts is 65537",
                "num_experts_per_tok | 5 | num_experts_per_tok is 5; it must be a whole number, 1"
                        + " ... 4",
                "rms_norm_eps | \"0.01\" | rms_norm_eps is",
                "rms_norm_eps | -1 | rms_norm_eps is -1",
                "layer_types | {} | layer_types is {}; it must be an array",
                "layer_types | [\"a\", \"b\", null] | layer_types is \\\"a\\\"; it must be linear",
                "attn_type_list | [0, 1, 0] | has both layer_types and attn_type_list",
                "model_type | \"llama\" | model_type is \\\"llama\\\"; it must be minimax",
                "hidden_act | \"gelu\" | hidden_act is \\\"gelu\\\"; it must be silu",
                "sliding_window | 128 | sliding_window is 128; it must be null",
                "rope_parameters | {\"rope_type\": \"yarn\"} | rope_type is \\\"yarn\\\"",
                "rope_parameters | [1] | rope_parameters must be an object",
                "rope_scaling | {\"factor\": 4} | rope_scaling is {factor=4}",
                "rotary_dim | 3 | rotary_dim is 3; it must be even",
                "linear_attn_alpha_factor | \"x\" | linear_attn_alpha_factor is",
                "tie_word_embeddings | 1 | tie_word_embeddings is 1; it must be true or false",
                "quantization_config | {} | quantization_config is",
                "eos_token_id | 61 | eos_token_id is 61; it must be a whole number, 0 ... 60",
                "eos_token_id | [1, \"2\"] | eos_token_id is"
            })
    void aFieldThatCannotBeIsNamed(String field, String value, String message) throws IOException {
        copy("model.safetensors");
        Map<String, Object> config = config();
        config.put(field, JSON.std.anyFrom(value));
        write(config);
        assertRefused("config.json", message.replace("\\\"", "\""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "null", "{\"model_type\":", "{} {}x", "\u0000", "[[[["})
    void whatIsNoJsonObjectIsRefused(String text) throws IOException {
        copy("model.safetensors");
        Files.writeString(folder.resolve("config.json"), text);
        assertRefused("config.json");
    }

    @Test
    void deepNestingIsRefused() throws IOException {
        copy("model.safetensors");
        Files.writeString(
                folder.resolve("config.json"),
                "{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000));
        assertRefused("config.json");
    }

    @Test
    void aFolderWithoutAModelSaysWhatIsMissing() throws IOException {
        assertRefused(
                "is no folder of a model: there is no config.json, no model.safetensors or"
                        + " model.safetensors.index.json");
        copy("config.json");
        assertRefused("there is no model.safetensors or");
        folder = folder.resolve("elsewhere");
        assertRefused("elsewhere: there is no such folder");
    }

    @Test
    void allThatDoesNotFitIsInOneError() throws IOException {
        copy("model.safetensors");
        Map<String, Object> config = config();
        config.put("num_experts_per_tok", 1);
        config.put("num_local_experts", 5);
        config.put("vocab_size", 62);
        config.put(
                "layer_types",
                new String[] {"linear_attention", "linear_attention", "full_attention"});
        write(config);
        assertRefused(
                "missing: model.layers.0.block_sparse_moe.experts.4.w1.weight, ",
                "model.layers.1.self_attn.qkv_proj.weight",
                "model.layers.2.self_attn.q_proj.weight",
                "of another shape or type: model.embed_tokens.weight is BF16[61, 24], must be [62,"
                        + " 24], ",
                "model.layers.0.block_sparse_moe.gate.weight is BF16[4, 24], must be [5, 24]",
                "lm_head.weight is BF16[61, 24], must be [62, 24]",
                "not of this model: model.layers.1.self_attn.k_proj.weight, ",
                "model.layers.2.self_attn.slope_rate");
    }

    @Test
    void aFileThatIsCutIsRefused() throws IOException {
        copy("config.json");
        byte[] whole =
                Files.readAllBytes(GoldenModel.folder("tiny-moe").resolve("model.safetensors"));
        Files.write(folder.resolve("model.safetensors"), Arrays.copyOf(whole, 60_000));
        assertRefused("model.safetensors");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../model.safetensors",
                "/etc/model.safetensors",
                "a/b.safetensors",
                "a\\\\b.safetensors",
                "..",
                "",
                "model.bin",
                ".hidden.safetensors",
                "C:model.safetensors"
            })
    void anIndexThatLeavesTheFolderIsRefused(String shard) throws IOException {
        copy("config.json");
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\": {\"lm_head.weight\": \"" + shard + "\"}}");
        assertRefused(
                "weight_map: lm_head.weight is",
                "it must be the name of a .safetensors file in the same folder");
    }

    @Test
    void filesOfAnIndexThatAreMissingAreListed() throws IOException {
        copy("config.json");
        Path index = folder.resolve("model.safetensors.index.json");
        Files.writeString(
                index,
                "{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"two.safetensors\"}}");
        assertRefused("lacks files that its index names: \"one.safetensors\", \"two.safetensors\"");
        Files.writeString(index, "{\"weight_map\": {}}");
        assertRefused("names 0 files; it must name 1 ... 10000");
        Files.writeString(index, "{\"weight_map\": [1]}");
        assertRefused("weight_map must be an object");
        Files.writeString(index, "{\"weight_map\": {\"a\": 1}}");
        assertRefused("weight_map: a is 1; it must be a string");
    }

    @Test
    void bothDialectsSayTheSame() throws IOException {
        Map<String, Object> config = config();
        write(config);
        MiniMaxConfig theirs = miniMax();
        config.put("model_type", "minimax_text_01");
        config.remove("layer_types");
        config.put("attn_type_list", new int[] {0, 1, 0});
        config.put("layernorm_linear_attention_alpha", 3.5);
        config.put("layernorm_full_attention_alpha", 3.5);
        config.put("layernorm_mlp_alpha", 3.5);
        config.remove("rope_parameters");
        config.put("rope_theta", 10_000);
        config.put("rotary_dim", 8);
        config.put("postnorm", true);
        write(config);
        MiniMaxConfig own = miniMax();
        assertAll(
                () -> assertEquals(MiniMaxConfig.Dialect.MINIMAX_AI, own.dialect()),
                () -> assertEquals(theirs.softmax(), own.softmax()),
                () -> assertEquals(new Residual(3.5, 1), own.lightningResidual()),
                () -> assertEquals(theirs.softmaxResidual(), own.softmaxResidual()),
                () -> assertEquals(theirs.expertsResidual(), own.expertsResidual()),
                () -> assertEquals(theirs.theta(), own.theta()),
                () -> assertEquals(theirs.rotaryDim(), own.rotaryDim()),
                () -> assertEquals("AlibiLayer[layer=2, layers=3]", own.decay(2).toString()),
                () -> assertEquals("Transformers[layer=2, layers=3]", theirs.decay(2).toString()));
        config.remove("postnorm");
        write(config);
        assertEquals(false, miniMax().residualAfterNorm());
    }

    private MiniMaxConfig miniMax() throws IOException {
        return assertInstanceOf(
                MiniMaxConfig.class, ModelConfig.read(folder.resolve("config.json")));
    }

    @Test
    void stopTokensAreThoseOfGenerationFirst() throws IOException {
        copy("model.safetensors");
        Map<String, Object> config = config();
        config.put("eos_token_id", 5);
        write(config);
        assertEquals(Set.of(5), stops());
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [7, 9]}");
        assertEquals(Set.of(7, 9), stops());
        Files.writeString(folder.resolve("generation_config.json"), "{}");
        assertEquals(Set.of(5), stops());
    }

    private Set<Integer> stops() throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(folder)) {
            return checkpoint.stopTokens();
        }
    }
}
