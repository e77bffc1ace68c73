package io.github.lightning4j.cli.options;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A parsed command line written back for the commands that it starts: each option that they take
 * too goes with them, so that none can be forgotten.
 */
public final class SeriesArguments {
    /** Options that each series has of its own, or that only say how a result is printed. */
    private static final Set<String> NOT_HANDED_ON =
            Set.of(
                    "--device",
                    "--algorithm",
                    "--lengths",
                    "--json",
                    "--quiet",
                    "--color",
                    "--debug");

    private SeriesArguments() {}

    /**
     * Options as they were written, each in one word.
     *
     * @param parsed a command line
     * @param series the command that gets them
     */
    public static List<String> of(ParseResult parsed, CommandSpec series) {
        List<String> arguments = new ArrayList<>();
        for (OptionSpec option : parsed.matchedOptions()) {
            String name = option.longestName();
            if (series.findOption(name) == null || NOT_HANDED_ON.contains(name)) {
                continue;
            }
            if (option.arity().max() == 0) {
                arguments.add(name);
            } else {
                option.originalStringValues().forEach(value -> arguments.add(name + "=" + value));
            }
        }
        return arguments;
    }
}
