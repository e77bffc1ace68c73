package io.github.lightning4j.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.lightning4j.cli.results.SweepResults;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Pages and figures in the documents are what the committed results give, byte for byte. */
class CommittedResultsTest {
    private static final Path FOLDER = Path.of("..", "docs", "results");

    @TestFactory
    Stream<DynamicTest> pagesAndFiguresAreThoseOfTheirResults() throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(FOLDER)) {
            files = all.filter(file -> file.toString().endsWith(".json")).sorted().toList();
        }
        assertFalse(files.isEmpty(), "there are results in " + FOLDER);
        return files.stream()
                .map(file ->
                        DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)));
    }

    private static void check(Path file) throws IOException {
        SweepResults results = SweepResults.read(file);
        assertEquals(results.json(), Files.readString(file), "the file is as it was written");
        String name = file.getFileName().toString().replace(".json", "");
        assertEquals(
                SweepPage.of(results), Files.readString(file.resolveSibling(name + ".html")), name);
        Path figure = file.resolveSibling(name + ".svg");
        if (Files.exists(figure)) {
            String device = results.devices().getFirst();
            assertEquals(SweepPage.figure(results, device), Files.readString(figure), name);
        }
    }
}
