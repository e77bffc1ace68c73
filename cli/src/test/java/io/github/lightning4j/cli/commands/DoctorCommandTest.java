package io.github.lightning4j.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.InProcess;
import io.github.lightning4j.cli.InProcess.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class DoctorCommandTest {
    private static final Path MODEL =
            Path.of("..", "models", "src", "test", "resources", "tiny-moe");

    private static Outcome doctor(Path folder, String... more) {
        List<String> line = new ArrayList<>(List.of("doctor", "--checkpoint", folder.toString()));
        line.addAll(List.of(more));
        return InProcess.run(line.toArray(String[]::new));
    }

    /** The same weights under a configuration in which some text was replaced. */
    private static void copy(Path folder, String from, String to) throws IOException {
        Files.copy(MODEL.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        String config = Files.readString(MODEL.resolve("config.json"));
        assertTrue(config.contains(from));
        Files.writeString(folder.resolve("config.json"), config.replace(from, to));
    }

    @Test
    void textSaysWhatItIsAndHowFarEachConventionIs() {
        Outcome outcome = doctor(MODEL);
        assertEquals(0, outcome.exit(), outcome.err());
        for (String part :
                List.of(
                        "MiniMax, in Hugging Face's dialect",
                        "3: 2 lightning, 1 softmax",
                        "58 KiB in 68 tensors of BF16",
                        "of 1,000 tokens: 18 KiB of states, 128 KiB of key-value caches",
                        "transformers:l/N (used)         1.4e-03      2",
                        "alibi:l/N                       3.3e-01      2",
                        "2      BF16  BF16",
                        "Nothing is wrong.")) {
            assertTrue(outcome.out().contains(part), outcome.out());
        }
    }

    @Test
    void jsonHasTheSame() throws IOException {
        Outcome outcome = doctor(MODEL, "--json");
        assertEquals(0, outcome.exit(), outcome.err());
        Map<String, Object> report = JSON.std.mapFrom(outcome.out());
        assertEquals("transformers:l/N", report.get("decay"));
        assertEquals(Map.of("BF16", Map.of("tensors", 68, "bytes", 59_136)), report.get("weights"));
        assertEquals(2, ((List<?>) report.get("slopes")).size());
        assertEquals(List.of(), report.get("misfits"));
        assertEquals(true, report.get("sound"));
    }

    @Test
    void whatDoesNotFitIsListedAndExitCode1(@TempDir Path folder) throws IOException {
        copy(folder, "\"vocab_size\": 61", "\"vocab_size\": 62");
        Outcome outcome = doctor(folder);
        assertEquals(1, outcome.exit(), outcome.err());
        assertTrue(
                outcome.out()
                        .contains(
                                "of another shape or type: lm_head.weight is BF16[61, 24], must be"
                                        + " [62, 24]"),
                outcome.out());
        assertTrue(outcome.out().contains("This model cannot be run."), outcome.out());
    }

    @Test
    void slopesOfAnotherLayerAreExitCode1(@TempDir Path folder) throws IOException {
        // The same weights in the authors' dialect, whose slopes differ in the last layer.
        copy(
                folder,
                "\"layer_types\"",
                "\"attn_type_list\": [0, 1, 0], \"postnorm\": true, \"other\"");
        Outcome outcome = doctor(folder);
        assertEquals(1, outcome.exit(), outcome.err());
        assertTrue(
                outcome.out().contains("Slopes of layer 2 are not those of the configuration."),
                outcome.out());
    }

    @Test
    void aFolderThatIsNoModelIsOneLineAndExitCode4(@TempDir Path folder) throws IOException {
        Outcome empty = doctor(folder);
        assertEquals(4, empty.exit());
        assertEquals(1, empty.err().lines().count(), empty.err());
        assertTrue(empty.err().contains("there is no config.json"), empty.err());
        copy(folder, "\"minimax\"", "\"llama\\u001b[31m\"");
        Outcome other = doctor(folder);
        assertEquals(4, other.exit());
        assertEquals(1, other.err().lines().count(), other.err());
        assertTrue(other.err().contains("model_type is \"llama\\u001b[31m\""), other.err());
        Outcome without = InProcess.run("doctor");
        assertEquals(2, without.exit());
    }
}
