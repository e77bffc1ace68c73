package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.InProcess.Outcome;
import io.github.lightning4j.io.Safetensors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.jr.ob.JSON;

import java.nio.file.Path;
import java.util.Locale;

/** In languages with other digits and other rules for letters. */
class LocaleTest {
    private static final String SMALL = " -d cpu:scalar -t 1 -N 64 -H 2 -D 8";

    private static Outcome run(String language, String line) {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(language));
        try {
            return InProcess.run(line.split(" "));
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run -q -n 1 --warm-up 0 --backward" + SMALL,
                "bench -q --time 0 --warm-up 0 --decode --backward" + SMALL,
                "stream -q --warm-up 0 --chunk 8 -d cpu:scalar -N 64 -H 2 -D 8",
                "slopes --decay RETENTION -H 3",
                "devices"
            })
    void figuresAreAsciiInEveryLanguage(String line) {
        for (String language : new String[] {"ar-EG-u-nu-arab", "hi-IN-u-nu-deva"}) {
            Outcome outcome = run(language, line);
            assertEquals(0, outcome.exit(), outcome.err());
            String text = outcome.out();
            assertTrue(text.chars().noneMatch(c -> c > '9' && Character.isDigit(c)), text);
        }
    }

    @Test
    void optionsAreReadByTheirNamesInTurkish() {
        Outcome outcome =
                run(
                        "tr-TR",
                        "run -q -n 1 --warm-up 0 --feature-map IDENTITY -a LIGHTNING-2" + SMALL);
        assertEquals(0, outcome.exit(), outcome.err());
    }

    @Test
    void jsonAndFilesAreReadByPrograms(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("o.safetensors");
        Outcome outcome =
                run("ar-EG-u-nu-arab", "run -q -n 1 --warm-up 0 --json -o " + file + SMALL);
        assertEquals(0, outcome.exit(), outcome.err());
        assertEquals(64, JSON.std.mapFrom(outcome.out()).get("tokens"));
        try (Safetensors written = Safetensors.open(file)) {
            assertEquals(4, written.tensor("o").rank());
        }
    }
}
