package io.github.lightning4j.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.InProcess;
import io.github.lightning4j.cli.InProcess.Outcome;
import io.github.lightning4j.io.Safetensors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

class GenerateCommandTest {
    private static final Path MODEL =
            Path.of("..", "models", "src", "test", "resources", "tiny-dense");

    private static List<Integer> answers(String name) throws IOException {
        try (Safetensors file = Safetensors.open(MODEL.resolve("golden.safetensors"))) {
            Tensor ids = file.tensor(name);
            List<Integer> first = new ArrayList<>();
            for (int i = 0; i < ids.shape(1); i++) {
                first.add((int) ids.getLong(i));
            }
            return first;
        }
    }

    private static String prompt() throws IOException {
        return answers("input_ids").stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    private static Outcome generate(String... more) throws IOException {
        List<String> line =
                new ArrayList<>(
                        List.of(
                                "generate",
                                "--model",
                                MODEL.toString(),
                                "--ids",
                                prompt(),
                                "--device",
                                "cpu"));
        line.addAll(List.of(more));
        return InProcess.run(line.toArray(String[]::new));
    }

    @Test
    void jsonHasTheIdsThatTheModelChoosesAndWhatItTakes() throws IOException {
        Outcome outcome = generate("--tokens", "16", "--repeat", "2", "--json");
        assertEquals(0, outcome.exit(), outcome.err());
        Map<String, Object> report = JSON.std.mapFrom(outcome.out());
        assertEquals(answers("expected.generated"), report.get("ids"));
        assertEquals(23, report.get("promptTokens"));
        assertTrue(((Number) report.get("prefillTokensPerSecond")).doubleValue() > 0);
        assertTrue(((Number) report.get("decodeTokensPerSecond")).doubleValue() > 0);
        // A page of 64 tokens of 2 heads of 8, keys and values.
        assertEquals(64 * 2 * 8 * 2 * 4, report.get("cacheBytes"));
        assertTrue(((Number) report.get("stateBytes")).longValue() > 0);
        assertTrue(((Number) report.get("weightBytes")).longValue() > 80_000);
        assertTrue(report.get("device").toString().startsWith("cpu:"), report::toString);
    }

    @Test
    void textBeginsWithTheIds() throws IOException {
        Outcome outcome = generate("--tokens", "3");
        assertEquals(0, outcome.exit(), outcome.err());
        List<Integer> ids = answers("expected.generated");
        assertEquals(
                ids.get(0) + "," + ids.get(1) + "," + ids.get(2),
                outcome.out().lines().findFirst().orElse(""));
        for (String row : List.of("prefill", "decode", "weights", "states", "caches")) {
            assertTrue(outcome.out().contains(row), outcome.out());
        }
    }

    @Test
    void theSameSeedDrawsTheSame() throws IOException {
        String[] options = {"--temperature", "2", "--top-k", "40", "--seed", "3", "--tokens", "9"};
        String first = generate(options).out().lines().findFirst().orElse("");
        assertEquals(9, first.split(",").length, first);
        assertEquals(first, generate(options).out().lines().findFirst().orElse(""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--tokens 0 | --tokens is 0; it must be at least 1",
                "--repeat 0 | --repeat is 0; it must be at least 1",
                "--temperature -1 | temperature is -1.0",
                "--top-p 0 | topP is 0.0",
                "--top-k -2 | topK is -2",
                "--ids 1 --prompt-file x | --ids and --prompt-file exclude each other",
                "--prompt-file | '--prompt-file'",
                "--ids 61 | id is 61; it must be 0 ... 60",
                "--ids x | '--ids'"
            })
    void whatCannotBeIsExitCode2(String options, String why) {
        String line = "generate --device cpu --model " + MODEL;
        String ids = options.matches("--(ids|prompt).*") ? "" : " --ids 1";
        Outcome outcome = InProcess.run((line + ids + " " + options).split(" "));
        assertEquals(2, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains(why), outcome.err());
    }

    @Test
    void aPromptMustBeThere() {
        Outcome outcome = InProcess.run("generate", "--model", MODEL.toString());
        assertEquals(2, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains("there is no prompt; give --ids or"), outcome.err());
    }

    @Test
    void aPromptFileIsTheSameAsIds(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("prompt.txt");
        // A comma, a line break of either kind and several spaces.
        Files.writeString(file, "\n " + prompt().replaceFirst(",", "\r\n").replace(",", " ,  "));
        String expected = generate("--tokens", "3").out().lines().findFirst().orElse("");
        assertEquals(expected, prompted(file.toString()).out().lines().findFirst().orElse(""));
        InputStream in = System.in;
        try {
            System.setIn(Files.newInputStream(file));
            assertEquals(expected, prompted("-").out().lines().findFirst().orElse(""));
        } finally {
            System.setIn(in);
        }
    }

    private static Outcome prompted(String file) {
        String line = "generate --device cpu --tokens 3 --model " + MODEL + " --prompt-file";
        List<String> words = new ArrayList<>(List.of(line.split(" ")));
        words.add(file);
        return InProcess.run(words.toArray(String[]::new));
    }

    static Stream<Arguments> prompts() {
        return Stream.of(
                arguments("1 2\n3 x4\n", ", line 2: \"x4\" is no id; ids are whole numbers"),
                arguments("1,\n\n-2", ", line 3: \"-2\" is no id"),
                arguments("[1, 2]", ", line 1: \"[1\" is no id"),
                arguments("1.0", ", line 1: \"1.0\" is no id"),
                arguments("\u0661", ", line 1: \"\u0661\" is no id"),
                arguments("1\u001b[31m", ", line 1: \"1\\u001b[31m\" is no id"),
                arguments("1\n" + "7".repeat(9_000), ", line 2: \"7777777777"),
                arguments("4294967297", ", line 1: id 4294967297 is too large"),
                arguments(" ,\n", " has no ids; a prompt needs one"));
    }

    @ParameterizedTest
    @MethodSource("prompts")
    void aPromptFileThatIsNoneIsOneLineAndExitCode4(String text, String why, @TempDir Path folder)
            throws IOException {
        Path file = folder.resolve("prompt.txt");
        Files.writeString(file, text);
        Outcome outcome = prompted(file.toString());
        assertEquals(4, outcome.exit(), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertTrue(outcome.err().contains("prompt.txt" + why), outcome.err());
        assertTrue(outcome.err().length() < 400, outcome.err());
        Outcome absent = prompted(folder.resolve("absent").toString());
        assertEquals(4, absent.exit(), absent.err());
        assertTrue(absent.err().contains("absent: there is no such file"), absent.err());
        Outcome other = prompted(folder.toString());
        assertEquals(4, other.exit(), other.err());
        assertTrue(other.err().contains(folder + " is a folder, not a prompt"), other.err());
    }

    @Test
    void aSavedConversationGoesOnAsIfItHadNotEnded(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("chat.safetensors");
        String[] drawn = {"--temperature", "1", "--seed", "5", "--json", "--tokens"};
        List<?> whole = ids(generate(with(drawn, "12")));
        List<Object> parts =
                new ArrayList<>(ids(generate(with(drawn, "5", "--save", file.toString()))));
        String line = "generate --device cpu --model " + MODEL + " --repeat 2 ";
        String[] resumed =
                with((line + String.join(" ", drawn)).split(" "), "7", "--resume", file.toString());
        Outcome outcome = InProcess.run(with(resumed, "--save", file.toString()));
        parts.addAll(ids(outcome));
        assertEquals(whole, parts);
        Map<String, Object> report = JSON.std.mapFrom(outcome.out());
        assertEquals(23 + 4, report.get("resumedTokens"));
        assertEquals(1, report.get("promptTokens"));
    }

    private static String[] with(String[] line, String... more) {
        return Stream.of(line, more).flatMap(Stream::of).toArray(String[]::new);
    }

    private static List<?> ids(Outcome outcome) throws IOException {
        assertEquals(0, outcome.exit(), outcome.err());
        return (List<?>) JSON.std.mapFrom(outcome.out()).get("ids");
    }

    @Test
    void filesOfConversationsThatCannotBeAreOneLine(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("chat.safetensors");
        Files.writeString(file, "hello");
        Outcome torn = generate("-q", "--resume", file.toString());
        assertEquals(4, torn.exit(), torn.err());
        assertEquals(1, torn.err().lines().count(), torn.err());
        Outcome unread = generate("--resume", file.toString());
        assertFalse(unread.err().contains("reading"), unread.err());
        Outcome absent = generate("-q", "--save", folder.resolve("no").resolve("x").toString());
        assertEquals(4, absent.exit(), absent.err());
        assertTrue(absent.err().contains("its folder does not exist"), absent.err());
    }

    @Test
    void readingTheWeightsIsSaidUnlessQuiet() throws IOException {
        assertTrue(generate("--tokens", "1").err().contains("KiB of weights"));
        assertEquals("", generate("--tokens", "1", "-q").err());
    }

    @Test
    void aFolderThatIsNoModelIsOneLineAndExitCode4(@TempDir Path folder) throws IOException {
        Outcome empty = InProcess.run("generate", "--model", folder.toString(), "--ids", "1");
        assertEquals(4, empty.exit());
        assertEquals(1, empty.err().lines().count(), empty.err());
        assertTrue(
                empty.err().contains("is no folder of a model: there is no config.json"),
                empty.err());
        Files.copy(MODEL.resolve("model.safetensors"), folder.resolve("model.safetensors"));
        String config = Files.readString(MODEL.resolve("config.json"));
        Files.writeString(
                folder.resolve("config.json"),
                config.replace("\"vocab_size\": 61", "\"vocab_size\": 62"));
        Outcome misshapen = InProcess.run("generate", "--model", folder.toString(), "--ids", "1");
        assertEquals(4, misshapen.exit());
        assertEquals(1, misshapen.err().lines().count(), misshapen.err());
        assertTrue(
                misshapen.err().contains("lm_head.weight is F32[61, 24], must be [62, 24]"),
                misshapen.err());
    }
}
