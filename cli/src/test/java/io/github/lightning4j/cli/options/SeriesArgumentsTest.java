package io.github.lightning4j.cli.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.LightningCommand;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

class SeriesArgumentsTest {
    /** What a sweep tells each series itself, and what says how to print. */
    private static final Set<String> OWN =
            Set.of(
                    "--device",
                    "--algorithm",
                    "--lengths",
                    "--json",
                    "--quiet",
                    "--color",
                    "--debug",
                    "--help",
                    "--version");

    /** Values of options, where {@code 3} is none. */
    private static final Map<String, String> VALUES =
            Map.of(
                    "--decay", "alibi:3/32",
                    "--dtype", "bf16",
                    "--feature-map", "silu",
                    "--layout", "tokens-first");

    private static List<String> of(String... args) {
        CommandLine root = LightningCommand.commandLine(args);
        return SeriesArguments.of(
                root.parseArgs(args).subcommand(),
                root.getSubcommands().get("series").getCommandSpec());
    }

    @Test
    void everyOptionOfABenchThatASeriesTakesIsHandedOn() {
        CommandLine root = LightningCommand.commandLine();
        CommandLine bench = root.getSubcommands().get("bench");
        Set<String> tried = new TreeSet<>();
        for (OptionSpec option : root.getSubcommands().get("series").getCommandSpec().options()) {
            String name = option.longestName();
            if (OWN.contains(name) || bench.getCommandSpec().findOption(name) == null) {
                continue;
            }
            String word =
                    option.arity().max() == 0 ? name : name + "=" + VALUES.getOrDefault(name, "3");
            assertEquals(List.of(word), of("bench", word));
            tried.add(name);
        }
        assertTrue(
                tried.containsAll(
                        Set.of("--heads", "--decay", "--scale", "--seed", "--time", "--warm-up")),
                tried.toString());
    }

    @Test
    void whatASeriesDoesNotTakeStays() {
        assertEquals(
                List.of("--heads=4"),
                of("bench", "--lengths", "1k", "-d", "cpu", "-q", "-o", "f.json", "-H", "4"));
    }
}
