package io.github.lightning4j.examples.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.util.Platform;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A tiny model answers in words of a tiny tokenizer. */
class GenerateTest {
    private static final Path MODEL =
            Path.of("..", "models", "src", "test", "resources", "tiny-dense");
    private static final int VOCABULARY = 61;

    @TempDir private Path folder;

    /** The library for this system must be in the jar: none is downloaded. */
    @BeforeAll
    static void nothingIsDownloaded() {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("RUST_FLAVOR", "cpu");
        System.setProperty("DJL_CACHE_DIR", Path.of("target", "djl").toAbsolutePath().toString());
        String system = Platform.fromSystem("tokenizers").getClassifier();
        assumeTrue(
                Platform.class.getResource("/native/lib/" + system + "/cpu") != null,
                () -> "DJL has no tokenizers for " + system);
    }

    @BeforeEach
    void copyModel() throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(MODEL.resolve(file), folder.resolve(file));
        }
    }

    /** Word i is id i. */
    private void writeTokenizer() throws IOException {
        List<String> words = new ArrayList<>();
        for (int id = 0; id < VOCABULARY; id++) {
            words.add("\"w" + id + "\": " + id);
        }
        Files.writeString(
                folder.resolve("tokenizer.json"),
                """
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
                 "normalizer": null, "pre_tokenizer": {"type": "Whitespace"},
                 "post_processor": null, "decoder": null,
                 "model": {"type": "WordLevel", "vocab": {%s}, "unk_token": "w0"}}
                """
                        .formatted(String.join(", ", words)));
    }

    private String generate(String text, int tokens) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int chosen =
                Generate.generate(
                        folder, text, tokens, new PrintStream(out, true, StandardCharsets.UTF_8));
        assertEquals(tokens, chosen);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void textGoesInAndWordsComeOut() throws IOException {
        writeTokenizer();
        String answer = generate("w3 w1 w4 w1 w5", 12);
        List<String> words = List.of(answer.split(" "));
        assertEquals(12, words.size(), answer);
        assertTrue(words.stream().allMatch(word -> word.matches("w([1-5]?[0-9]|60)")), answer);
    }

    /** Longer than DJL's own limit, at which it would cut. */
    @Test
    void aLongPromptIsNotCut() throws IOException {
        writeTokenizer();
        try (HuggingFaceTokenizer tokenizer = Generate.tokenizer(folder)) {
            int[] ids = Generate.ids(tokenizer, "w3" + " w7".repeat(1_000) + " w9");
            assertEquals(1_002, ids.length);
            assertEquals(9, ids[1_001]);
        }
    }

    @Test
    void aFolderWithoutATokenizerIsSaid() {
        NoSuchFileException absent =
                assertThrows(NoSuchFileException.class, () -> generate("w1", 1));
        assertTrue(String.valueOf(absent.getMessage()).endsWith("tokenizer.json"));
    }
}
