package io.github.lightning4j.cli.sweep;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cli.console.BuildInfo;
import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.console.Interruption;
import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.cli.options.CommandFiles;
import io.github.lightning4j.cli.options.DecayConverter;
import io.github.lightning4j.cli.options.ModelOptions;
import io.github.lightning4j.cli.options.SeriesArguments;
import io.github.lightning4j.cli.options.SweepOptions;
import io.github.lightning4j.cli.options.SyntheticOptions;
import io.github.lightning4j.io.ReplacedFile;
import io.github.lightning4j.results.Conditions;
import io.github.lightning4j.results.Csv;
import io.github.lightning4j.results.Differences;
import io.github.lightning4j.results.Lengths;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.PointBudget;
import io.github.lightning4j.results.Shape;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.report.SweepText;
import io.github.lightning4j.results.text.Words;

import picocli.CommandLine;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A sweep from its command line to what is printed. */
public final class SweepRun {
    private final Console console;
    private final SweepOptions options;
    private final ParseResult parsed;

    public SweepRun(Console console, SweepOptions options, ParseResult parsed) {
        this.console = console;
        this.options = options;
        this.parsed = parsed;
    }

    /** Measures, writes, prints. */
    public int run(
            ModelOptions model,
            SyntheticOptions tensors,
            String device,
            PointBudget budget,
            Interruption interruption)
            throws IOException, InterruptedException {
        checkOptions();
        new CommandFiles().writing("--output", options.output()).writing("--csv", options.csv());
        SweepResults before = before(shape(model, tensors), budget);
        List<String> devices =
                SweepDevices.of(
                        options.devices().isEmpty() ? List.of(device) : options.devices(), console);
        SweepResults results =
                new Sweep(console, options, arguments(), devices, before, interruption::isRequested)
                        .run();
        console.print(console.isJson() ? results.json() : SweepText.of(results, console.columns()));
        Path csv = options.csv();
        if (csv != null) {
            ReplacedFile.writeString(csv, Csv.of(results));
        }
        return code(results);
    }

    private int code(SweepResults results) {
        if (!results.passed()) {
            return ExitCode.CHECK_FAILED;
        }
        if (results.points().stream().noneMatch(Point::hasFigures)
                && results.points().stream().anyMatch(p -> p.outcome().equals(Point.REFUSED))) {
            console.notice(
                    "nothing could be measured; 'lightning devices' says which devices there are");
            return ExitCode.DEVICE;
        }
        if (!results.complete()) {
            console.notice("a series was interrupted; --resume goes on with it");
            return ExitCode.CHECK_FAILED;
        }
        return ExitCode.OK;
    }

    private void checkOptions() {
        if (parsed.hasMatchedOption("--algorithm")) {
            throw new UsageException(
                    "--algorithm and a sweep exclude each other; write --algorithms");
        }
        checkTotalTokens();
        if (options.isResumed() && options.output() == null) {
            throw new UsageException("--resume needs --output, the file to go on with");
        }
        if (options.devices().stream().anyMatch(String::isBlank)) {
            throw new UsageException("--devices has an empty name; see 'lightning devices'");
        }
        if (threads() < 1) {
            throw new UsageException("--threads is %s; it must be at least 1".formatted(threads()));
        }
        try {
            options.algorithms();
        } catch (TypeConversionException e) {
            throw new UsageException("--algorithms: " + e.getMessage());
        }
    }

    private void checkTotalTokens() {
        Long total = options.lengths().totalTokens();
        if (total == null) {
            return;
        }
        if (parsed.hasMatchedOption("--batch")) {
            throw new UsageException(
                    "--batch and --total-tokens exclude each other; the batch is T / N");
        }
        String is = "--total-tokens is " + Lengths.inWords(total);
        for (long tokens : options.lengths().lengths()) {
            if (tokens > total || total % tokens != 0) {
                throw new UsageException(
                        "%s; it must be a multiple of every length, and one is %s"
                                .formatted(is, Lengths.inWords(tokens)));
            }
            if (total / tokens > Integer.MAX_VALUE) {
                throw new UsageException(
                        "%s, a batch of %s at length %s; that must be below 2^31"
                                .formatted(is, total / tokens, tokens));
            }
        }
    }

    private Shape shape(ModelOptions model, SyntheticOptions tensors) {
        AttentionConfig config = model.config();
        return new Shape(
                options.lengths().batches(tensors.batch()),
                config.heads(),
                config.keyDim(),
                config.valueDim(),
                Words.optionName(model.dtype()),
                Words.optionName(config.layout()),
                new Shape.Model(
                        DecayConverter.format(config.decay()),
                        Words.optionName(config.featureMap()),
                        model.scale()),
                tensors.seed());
    }

    private SweepResults before(Shape shape, PointBudget budget) throws IOException {
        String system =
                "%s %s, Java %s"
                        .formatted(
                                System.getProperty("os.name"),
                                System.getProperty("os.arch"),
                                Runtime.version());
        SweepResults none =
                new SweepResults(
                        new Conditions(BuildInfo.version(), system, threads()),
                        LocalDate.now(ZoneOffset.UTC).toString(),
                        shape,
                        budget,
                        false,
                        List.of());
        Path file = options.output();
        if (file == null || !Files.exists(file)) {
            return none;
        }
        if (!Files.isRegularFile(file)) {
            throw new UsageException("%s is no regular file".formatted(file));
        }
        if (Files.size(file) == 0) {
            return none;
        }
        if (!options.isResumed()) {
            throw new UsageException(
                    "%s is there already; add --resume to go on with it, or write another file"
                            .formatted(file));
        }
        SweepResults there = SweepResults.read(file);
        List<String> differences = new ArrayList<>();
        differences.addAll(
                Differences.between(there.conditions().orThreads(threads()), none.conditions()));
        differences.addAll(Differences.between(there.shape(), shape));
        differences.addAll(Differences.between(there.budget(), budget));
        if (!differences.isEmpty()) {
            throw new UsageException(
                    "--resume needs the same version, system, threads, shape and budget; %s has %s"
                            .formatted(file, String.join("; ", differences)));
        }
        return there;
    }

    /** The threads of the CPU backend. */
    private int threads() {
        int given = parsed.matchedOptionValue("--threads", 0);
        return given == 0 ? Runtime.getRuntime().availableProcessors() : given;
    }

    /** The options of the command line that concern every series, as they were written. */
    private List<String> arguments() {
        Map<String, CommandLine> commands = parsed.commandSpec().parent().subcommands();
        CommandLine series = Objects.requireNonNull(commands.get("series"));
        return SeriesArguments.of(parsed, series.getCommandSpec());
    }
}
