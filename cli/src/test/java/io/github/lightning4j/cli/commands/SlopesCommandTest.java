package io.github.lightning4j.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.Decay;
import io.github.lightning4j.cli.InProcess;
import io.github.lightning4j.cli.InProcess.Outcome;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.jr.ob.JSON;

import java.util.List;
import java.util.Map;

class SlopesCommandTest {
    @Test
    void jsonHasTheSlopesThatAPassComputesWith() throws Exception {
        Outcome outcome =
                InProcess.run("slopes", "--decay", "transformers:3/32", "-H", "6", "--json");
        assertEquals(0, outcome.exit(), outcome.err());
        Map<String, Object> listing = JSON.std.mapFrom(outcome.out());
        assertEquals("transformers:3/32", listing.get("decay"));
        assertEquals(6, listing.get("heads"));
        List<?> slopes = (List<?>) listing.get("slopes");
        List<?> lambdas = (List<?>) listing.get("lambdas");
        float[] expected = new Decay.Transformers(3, 32).slopes(6);
        assertEquals(expected.length, slopes.size());
        for (int h = 0; h < expected.length; h++) {
            float slope = Float.parseFloat(slopes.get(h).toString());
            assertEquals(expected[h], slope);
            assertEquals(Math.exp(-slope), ((Number) lambdas.get(h)).doubleValue());
        }
    }

    @Test
    void textHasALineForEachHead() {
        Outcome outcome = InProcess.run("slopes", "--decay", "none", "--heads", "3");
        assertEquals(0, outcome.exit(), outcome.err());
        List<String> lines = outcome.out().lines().toList();
        assertEquals(4, lines.size(), outcome.out());
        assertTrue(lines.get(3).matches("2 +0.0 +1.0"), lines.get(3));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--decay alib | is no decay",
                "--decay alibi:9/4 | layer is 9 of 4",
                "--decay 1,2 --heads 3 | decay has 2 slopes; there are 3 heads",
                "--heads 0 | heads is 0",
                "--heads 1099511627776 | heads is 1099511627776; it must be 1 ... 1048576"
            })
    void whatCannotBeIsExitCode2(String line, String why) {
        Outcome outcome = InProcess.run(("slopes " + line).split(" "));
        assertEquals(2, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains(why), outcome.err());
    }
}
