package io.github.lightning4j.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.cli.options.DeviceOptions;
import io.github.lightning4j.cli.options.ModelOptions;
import io.github.lightning4j.cli.options.SweepOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;

import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** What shells offer, options accept. */
class CompletionCommandTest {
    @TempDir private Path folder;

    @Command(name = "all")
    private static final class All {
        @Mixin private ModelOptions model = new ModelOptions();
        @Mixin private DeviceOptions device = new DeviceOptions();
        @Mixin private SweepOptions sweep = new SweepOptions();
    }

    @Test
    void everyCandidateIsAcceptedByItsOption() {
        List<String> offered = new ArrayList<>();
        for (OptionSpec option : new CommandLine(new All()).getCommandSpec().options()) {
            Iterable<String> candidates = option.completionCandidates();
            if (candidates != null) {
                for (String candidate : candidates) {
                    All all = new All();
                    new CommandLine(all).parseArgs(option.longestName() + "=" + candidate);
                    if (option.longestName().equals("--algorithms")) {
                        assertFalse(all.sweep.algorithms().isEmpty(), candidate);
                    }
                    offered.add(option.longestName() + "=" + candidate);
                }
            }
        }
        assertTrue(
                offered.containsAll(
                        List.of(
                                "--dtype=bf16",
                                "--layout=heads-first",
                                "--feature-map=elu-plus-one",
                                "--algorithm=lightning-2",
                                "--algorithms=all",
                                "--decay=retention",
                                "--device=auto",
                                "--device=tornado",
                                "--devices=all")),
                offered.toString());
    }

    /** No type of attention, and names as the JVM has them. */
    @ParameterizedTest
    @ValueSource(strings = {"F64", "f64", "F32", "HEADS_FIRST", "LIGHTNING_2", "ELU_PLUS_ONE"})
    void whatNoOptionTakesIsNotOffered(String word) {
        String script = AutoComplete.bash("all", new CommandLine(new All()));
        assertNotNull(script);
        assertTrue(script.contains("\"heads-first\""), script);
        assertFalse(script.contains('"' + word + '"'), word);
    }

    @Test
    void oneShortOptionHasOneLongNameInAllCommandsAndAnOldOneStaysUnseen() {
        CommandLine run = new CommandLine(new RunCommand());
        CommandLine bench = new CommandLine(new BenchCommand());
        for (OptionSpec option : run.getCommandSpec().options()) {
            OptionSpec other = bench.getCommandSpec().findOption(option.shortestName());
            if (other != null) {
                assertEquals(other.longestName(), option.longestName(), option.shortestName());
            }
        }
        run.parseArgs("--repetitions=3");
        assertFalse(run.getUsageMessage().contains("repetitions"), "it is hidden");
        assertFalse(AutoComplete.bash("run", run).contains("repetitions"), "it is hidden");
    }

    @Command(
            name = "lightning",
            subcommands = {RunCommand.class, CompletionCommand.class})
    private static final class Root {}

    /** Words as bash splits them, the last of which is being typed. */
    @ParameterizedTest
    @CsvSource({
        "run --layout t, tokens-first",
        "run -d c, cpu cpu:vector cpu:scalar",
        "run -d cpu :, vector scalar",
        "run -d cpu : s, scalar",
        "run --device tornado : o, opencl",
        "run -d cpu : scalar --decay r, retention"
    })
    void bashCompletesIdsWithColons(String words, String completions) throws Exception {
        String asked =
                """
                compopt() { :; }
                COMP_WORDS=(lightning %s)
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                _complete_lightning_ids
                echo "${COMPREPLY[*]}"
                """;
        assertEquals(completions, offered(asked.formatted(words), "bash", "-s"));
    }

    /** Ids are one word there. What Tab runs is asked, which offers {@code compadd} its words. */
    @ParameterizedTest
    @CsvSource({
        "run --layout t, tokens-first",
        "run -d c, cpu cpu:vector cpu:scalar",
        "run --device tornado:o, tornado:opencl",
        "run -d cpu:scalar --decay r, retention"
    })
    void zshCompletesTheSame(String words, String completions) throws Exception {
        assumeTrue(isInstalled("zsh"), "there is no zsh here");
        String asked =
                """
                words=(lightning %s)
                CURRENT=$#words
                compadd() { print -r -- ${(M)@:#$words[CURRENT]*} }
                eval $_comps[lightning]
                """;
        assertEquals(completions, offered(asked.formatted(words), "zsh", "-f", "-s"));
    }

    private static boolean isInstalled(String shell) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, shell)));
    }

    /** What a shell prints that has read the completion script. */
    private String offered(String asked, String... shell) throws Exception {
        StringWriter script = new StringWriter();
        new CommandLine(new Root()).setOut(new PrintWriter(script)).execute("completion");
        script.write(asked);
        ProcessBuilder builder =
                new ProcessBuilder(shell).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("ZDOTDIR", folder.toString()); // where zsh writes what it knows
        Process process = builder.start();
        try (Writer in = process.outputWriter(StandardCharsets.UTF_8)) {
            in.write(script.toString());
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(5, TimeUnit.MINUTES));
        return output.strip();
    }
}
