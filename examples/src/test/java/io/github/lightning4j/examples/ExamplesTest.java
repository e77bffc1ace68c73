package io.github.lightning4j.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Every example runs and does what it says. */
class ExamplesTest {
    @Test
    void aPromptHasAnOutputForEachTokenAndOneState() throws IOException {
        List<String> lines = run(() -> Prompt.main(new String[0]));
        assertTrue(
                lines.getFirst().startsWith("output F32[1, 8, 1000, 64] on cpu:"), lines::toString);
        assertEquals("state F32[1, 8, 64, 64]", lines.getLast());
    }

    @Test
    void decodingGoesOnWherePrefillEnded() throws IOException {
        assertEquals(
                List.of(
                        "prefilled F32[1, 8, 500, 64]",
                        "decoded F32[1, 8, 1, 64], 600 tokens in all"),
                run(() -> Decoding.main(new String[0])));
    }

    @Test
    void aPackedSequenceIsComputedAsIfAlone() throws IOException {
        List<String> lines = run(() -> PackedBatch.main(new String[0]));
        assertEquals("states F32[3, 4, 32, 32]", lines.getFirst());
        assertTrue(numberAtEnd(lines.getLast()) < 1e-3, lines::toString);
    }

    @Test
    void aRestoredSessionGoesOnAsTheSavedOne() throws IOException {
        List<String> lines = run(() -> SavedSession.main(new String[0]));
        assertEquals("restored at token 200", lines.get(1));
        assertTrue(numberAtEnd(lines.getLast()) < 1e-3, lines::toString);
    }

    @Test
    void conversationsShareAPoolAndDraftsLeaveNoTrace() throws IOException {
        assertEquals(
                List.of(
                        "anna 121, ben 46, clara 300 tokens",
                        "2 of 4 drafts kept, 123 tokens; the state is the same in bits",
                        "free slots: 1"),
                run(() -> Conversations.main(new String[0])));
    }

    @Test
    void trainingLowersTheLossInEveryStep() throws IOException {
        double[] losses =
                run(() -> TrainingStep.main(new String[0])).stream()
                        .mapToDouble(ExamplesTest::numberAtEnd)
                        .toArray();
        assertEquals(5, losses.length);
        for (int step = 1; step < losses.length; step++) {
            assertTrue(losses[step] < losses[step - 1], "step " + step);
        }
    }

    @Test
    void theReadmeNamesEveryExample() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        try (Stream<Path> sources =
                Files.list(Path.of("src/main/java/io/github/lightning4j/examples"))) {
            List<String> unnamed =
                    sources.map(source -> source.getFileName().toString().replace(".java", ""))
                            .filter(name -> isExample(name) && !readme.contains("`" + name + "`"))
                            .toList();
            assertEquals(List.of(), unnamed);
        }
    }

    private static boolean isExample(String name) {
        return !name.equals("package-info") && !name.equals("RandomTensors");
    }

    private interface Example {
        void run() throws IOException;
    }

    private static List<String> run(Example example) throws IOException {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            example.run();
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static double numberAtEnd(String line) {
        return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
    }
}
