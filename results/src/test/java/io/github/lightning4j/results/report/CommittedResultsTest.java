package io.github.lightning4j.results.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.lightning4j.results.DeviceResults;
import io.github.lightning4j.results.SweepResults;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

    private static @Nullable Object withoutNulls(@Nullable Object json) {
        return switch (json) {
            case Map<?, ?> map -> {
                Map<Object, @Nullable Object> some = new TreeMap<>();
                map.forEach((name, value) -> {
                    if (value != null) {
                        some.put(name, withoutNulls(value));
                    }
                });
                yield some;
            }
            case List<?> list -> list.stream().map(CommittedResultsTest::withoutNulls).toList();
            case null, default -> json;
        };
    }

    private static void check(Path file) throws IOException {
        SweepResults results = SweepResults.read(file);
        assertEquals(
                withoutNulls(JSON.std.anyFrom(Files.readString(file))),
                withoutNulls(JSON.std.anyFrom(results.json())),
                "the file is as it was written, but for properties that came later");
        String name = file.getFileName().toString().replace(".json", "");
        assertEquals(
                SweepPage.of(results), Files.readString(file.resolveSibling(name + ".html")), name);
        Path figure = file.resolveSibling(name + ".svg");
        if (Files.exists(figure)) {
            DeviceResults device = results.byDevice().getFirst();
            assertEquals(SweepPage.figure(results, device), Files.readString(figure), name);
        }
    }
}
