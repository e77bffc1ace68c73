package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.InProcess.Outcome;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.results.SweepResults;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import tools.jackson.jr.ob.JSON;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What is written under a locale is read under every other: Arabic of Egypt has digits of its own,
 * and Turkish another small letter for I.
 */
class LocaleIT {
    private static final String SWEEP =
            "bench -q -H 1 -D 8 -n 2 --time 1 --warm-up 0 --point-time 1000 --devices cpu:scalar"
                    + " --algorithms lightning-2 ";

    @TempDir private Path folder;

    private static Outcome under(String locale, String line) throws Exception {
        ProcessBuilder builder = LightningProcess.builder(line.split(" "));
        Locale named = Locale.forLanguageTag(locale);
        builder.environment()
                .merge(
                        LightningProcess.OPTIONS,
                        "-Duser.language=%s -Duser.country=%s"
                                .formatted(named.getLanguage(), named.getCountry()),
                        (all, more) -> all + " " + more);
        Outcome outcome = LightningProcess.run(builder);
        assertEquals(0, outcome.exit(), line + ": " + outcome.err());
        return outcome;
    }

    private static void assertDigitsOfPrograms(String text) {
        assertTrue(
                text.chars().filter(Character::isDigit).allMatch(c -> c >= '0' && c <= '9'), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "tr-TR"})
    void tensorsAreReadBack(String locale) throws Exception {
        Path input = CommandsIT.golden("initial_state", folder);
        Path output = folder.resolve("o.safetensors");
        Outcome outcome =
                under(
                        locale,
                        "run --warm-up 0 --json -d cpu:scalar -n 1 -i " + input + " -o " + output);
        JSON.std.mapFrom(outcome.out());
        assertDigitsOfPrograms(outcome.out());
        assertDigitsOfPrograms(outcome.err());
        try (Safetensors file = Safetensors.open(output)) {
            assertTrue(file.names().contains("o"), file.names().toString());
            for (String value : file.metadata().values()) {
                assertDigitsOfPrograms(value);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = "ar-EG")
    void aSweepGoesOnUnderAnotherLocaleAndComparesWithItself(String locale) throws Exception {
        String files = "-o " + folder.resolve("r.json") + " --csv " + folder.resolve("r.csv") + " ";
        assertEquals(0, InProcess.run((SWEEP + files + "--lengths 64").split(" ")).exit());
        Outcome outcome = under(locale, SWEEP + files + "--lengths 64,128 --resume");
        assertDigitsOfPrograms(outcome.out());
        Path results = folder.resolve("r.json");
        assertTrue(SweepResults.read(results).complete());
        assertEquals(2, SweepResults.read(results).points().size());
        assertDigitsOfPrograms(Files.readString(results));
        assertDigitsOfPrograms(Files.readString(folder.resolve("r.csv")));

        outcome = under(locale, "compare " + results + " " + results);
        assertFalse((outcome.out() + outcome.err()).contains("other hardware"), outcome.out());
        assertDigitsOfPrograms(outcome.out());
        under(locale, "report -q " + results + " -o " + folder.resolve("r.html"));
        assertDigitsOfPrograms(Files.readString(folder.resolve("r.html")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "tr-TR"})
    void benchPrintsWhatProgramsRead(String locale) throws Exception {
        String line = "bench -q -d cpu:scalar -N 64 -H 2 -D 8 -n 1 --time 0 --warm-up 0 --backward";
        assertDigitsOfPrograms(under(locale, line).out());
        Outcome outcome = under(locale, line + " --json");
        assertDigitsOfPrograms(outcome.out());
        assertEquals(64, JSON.std.mapFrom(outcome.out()).get("tokens"));
    }
}
