package io.github.lightning4j.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.CommandLine;
import picocli.CommandLine.Command;

import java.util.Arrays;
import java.util.List;

class ExamplesTest {
    private static final String LONG =
            "  lightning bench --lengths 1k..256k --point-time 7 -o some-results.json    and said";

    @Command(
            name = "some",
            footerHeading = "%nExamples:%n",
            footer = {"  some --tolerance 10%%", LONG})
    private static final class Some {}

    @Test
    void whatFitsStaysAsItIs() {
        assertEquals(List.of(LONG), Examples.lines(LONG, LONG.length()));
    }

    @Test
    void whatDoesNotGoesOnBehindABackslashAndItsExplanationBelow() {
        assertEquals(
                List.of(
                        "  lightning bench --lengths 1k..256k --point-time 7 -o \\",
                        "      some-results.json",
                        "      and said"),
                Examples.lines(LONG, 70));
    }

    /** Read back as a shell reads it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 20, 30, 40, 55, 60, 80})
    void noWordIsCut(int columns) {
        List<String> lines = Examples.lines(LONG, columns);
        String again = String.join("\n", lines).replace(" \\\n", "").replaceAll("\\s+", " ");
        assertEquals(LONG.replaceAll("\\s+", " "), again);
        int longest =
                Arrays.stream(LONG.split(" ", -1)).mapToInt(String::length).max().orElseThrow();
        for (String line : lines) {
            assertTrue(line.length() <= Math.max(columns, longest + 8), line);
        }
    }

    @Test
    void helpHasThemUnderTheirHeading() {
        CommandLine line = new CommandLine(new Some());
        line.setUsageHelpWidth(60);
        Examples.install(line);
        String help = line.getUsageMessage(CommandLine.Help.Ansi.OFF);
        assertTrue(
                help.endsWith(
                        String.format(
                                "%nExamples:%n  some --tolerance 10%%%n  lightning bench --lengths"
                                    + " 1k..256k --point-time 7 -o \\%n      some-results.json%n   "
                                    + "   and said%n")),
                help);
    }
}
