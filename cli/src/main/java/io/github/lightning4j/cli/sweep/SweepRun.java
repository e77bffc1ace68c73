package io.github.lightning4j.cli.sweep;

import io.github.lightning4j.cli.console.BuildInfo;
import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.console.Interruption;
import io.github.lightning4j.cli.options.DecayConverter;
import io.github.lightning4j.cli.options.DistinctFiles;
import io.github.lightning4j.cli.options.ModelOptions;
import io.github.lightning4j.cli.options.OutputFile;
import io.github.lightning4j.cli.options.SeriesArguments;
import io.github.lightning4j.cli.options.ShapeOptions;
import io.github.lightning4j.cli.options.SweepOptions;
import io.github.lightning4j.cli.report.SweepText;
import io.github.lightning4j.cli.results.Conditions;
import io.github.lightning4j.cli.results.Csv;
import io.github.lightning4j.cli.results.Differences;
import io.github.lightning4j.cli.results.Lengths;
import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.PointBudget;
import io.github.lightning4j.cli.results.Shape;
import io.github.lightning4j.cli.results.SweepResults;
import io.github.lightning4j.cli.text.Words;
import io.github.lightning4j.io.ReplacedFile;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
            ShapeOptions shape,
            String device,
            PointBudget budget,
            Interruption interruption)
            throws IOException, InterruptedException {
        checkOptions();
        OutputFile.check("--output", options.output());
        OutputFile.check("--csv", options.csv());
        new DistinctFiles(parsed.commandSpec())
                .and("--output", options.output())
                .and("--csv", options.csv());
        SweepResults before = before(shape(model, shape), budget);
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
            throw usage("--algorithm and a sweep exclude each other; write --algorithms");
        }
        checkTotalTokens();
        if (options.isResumed() && options.output() == null) {
            throw usage("--resume needs --output, the file to go on with");
        }
        if (options.devices().stream().anyMatch(String::isBlank)) {
            throw usage("--devices has an empty name; see 'lightning devices'");
        }
        if (!(options.pointSeconds() > 0) || Double.isInfinite(options.pointSeconds())) {
            throw usage("--point-time must be above 0, and finite");
        }
        if (threads() < 1) {
            throw usage(
                    String.format(
                            Locale.ROOT, "--threads is %s; it must be at least 1", threads()));
        }
        try {
            options.algorithms();
        } catch (TypeConversionException e) {
            throw usage("--algorithms: " + e.getMessage());
        }
    }

    private void checkTotalTokens() {
        Long total = options.totalTokens();
        if (total == null) {
            return;
        }
        if (parsed.hasMatchedOption("--batch")) {
            throw usage("--batch and --total-tokens exclude each other; the batch is T / N");
        }
        for (long tokens : options.lengths()) {
            if (tokens > total || total % tokens != 0) {
                throw usage(
                        String.format(
                                Locale.ROOT,
                                "--total-tokens is %s; it must be a multiple of every length, and"
                                        + " one is %s",
                                Lengths.inWords(total),
                                Lengths.inWords(tokens)));
            }
            if (total / tokens > Integer.MAX_VALUE) {
                throw usage(
                        String.format(
                                Locale.ROOT,
                                "--total-tokens is %s, a batch of %s at length %s; that must be"
                                        + " below 2^31",
                                Lengths.inWords(total),
                                total / tokens,
                                tokens));
            }
        }
    }

    private Shape shape(ModelOptions model, ShapeOptions shape) {
        if (shape.batchOrDefault() < 1) {
            throw usage(
                    String.format(
                            Locale.ROOT,
                            "--batch is %s; it must be at least 1",
                            shape.batchOrDefault()));
        }
        return new Shape(
                new Shape.Batches(
                        options.totalTokens() == null ? (long) shape.batchOrDefault() : null,
                        options.totalTokens()),
                model.heads(),
                model.keyDimOrDefault(),
                model.valueDimOrDefault(),
                Words.optionName(model.dtypeOrDefault()),
                Words.optionName(model.config().layout()),
                new Shape.Model(
                        DecayConverter.format(model.decayOrDefault()),
                        Words.optionName(model.featureMap),
                        model.scale()),
                shape.seed());
    }

    private SweepResults before(Shape shape, PointBudget budget) throws IOException {
        String system =
                String.format(
                        Locale.ROOT,
                        "%s %s, Java %s",
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
            throw usage(String.format(Locale.ROOT, "%s is no regular file", file));
        }
        if (Files.size(file) == 0) {
            return none;
        }
        if (!options.isResumed()) {
            throw usage(
                    String.format(
                            Locale.ROOT,
                            "%s is there already; add --resume to go on with it, or write another"
                                    + " file",
                            file));
        }
        SweepResults there = SweepResults.read(file);
        List<String> differences = new ArrayList<>();
        differences.addAll(
                Differences.between(
                        there.conditions().orThreads(threads()).fields(),
                        none.conditions().fields()));
        differences.addAll(Differences.between(there.shape().fields(), shape.fields()));
        differences.addAll(Differences.between(there.budget().fields(), budget.fields()));
        if (!differences.isEmpty()) {
            throw usage(
                    String.format(
                            Locale.ROOT,
                            "--resume needs the same version, system, threads, shape and budget; %s"
                                    + " has %s",
                            file,
                            String.join("; ", differences)));
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

    private ParameterException usage(String message) {
        return new ParameterException(parsed.commandSpec().commandLine(), message);
    }
}
