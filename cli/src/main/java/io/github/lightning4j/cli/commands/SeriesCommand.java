package io.github.lightning4j.cli.commands;

import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.options.DeviceOptions;
import io.github.lightning4j.cli.options.LengthsConverter;
import io.github.lightning4j.cli.options.ModelOptions;
import io.github.lightning4j.cli.options.SeedOption;
import io.github.lightning4j.cli.options.TimingOptions;
import io.github.lightning4j.cli.options.TokenCount;
import io.github.lightning4j.cli.results.Point;
import io.github.lightning4j.cli.results.PointBudget;
import io.github.lightning4j.cli.results.PointFields;
import io.github.lightning4j.cli.sweep.SeriesMeasurement;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongUnaryOperator;

/**
 * {@code lightning series}: one algorithm on one device at rising lengths, a line of JSON for each,
 * as soon as it is measured. What {@code lightning bench --algorithms …} starts for each series, so
 * that devices of other backends can be measured and one that breaks takes no other with it.
 */
@Command(
        name = "series",
        hidden = true,
        header = "Measure one algorithm on one device at rising lengths.",
        description =
                "Prints a line of JSON for each length; 'lightning bench' puts them together.")
public final class SeriesCommand implements Callable<Integer> {
    @Mixin private Console console = new Console();
    @Mixin private DeviceOptions device = new DeviceOptions();
    @Mixin private ModelOptions model = new ModelOptions();
    @Mixin private SeedOption seed = new SeedOption();
    @Mixin private TimingOptions timing = new TimingOptions();

    @Option(
            names = {"-B", "--batch"},
            paramLabel = "B",
            defaultValue = "1",
            description = "Batch (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--total-tokens",
            paramLabel = "T",
            converter = TokenCount.class,
            description = "Batches of T / N instead of --batch.")
    private @Nullable Long totalTokens;

    @Option(
            names = "--lengths",
            paramLabel = "LIST",
            required = true,
            converter = LengthsConverter.class,
            description = "Lengths.")
    private LengthsConverter.Lengths lengths = new LengthsConverter.Lengths(List.of());

    @Option(
            names = "--after",
            paramLabel = "TOKENS:SECONDS",
            description = "A length measured before and the time of a call there.")
    private String after = "";

    /** For picocli. */
    SeriesCommand() {}

    @Override
    public Integer call() throws Exception {
        LongUnaryOperator batchAt = n -> totalTokens == null ? batch : totalTokens / n;
        PointBudget budget =
                new PointBudget(timing.warmUpSeconds(), timing.seconds(), timing.pointSeconds());
        SeriesMeasurement series =
                new SeriesMeasurement(
                        device, model, batchAt, seed.value(), budget, timing.repeat());
        if (!after.isEmpty()) {
            int colon = after.indexOf(':');
            series.after(
                    Long.parseLong(after.substring(0, colon)),
                    Double.parseDouble(after.substring(colon + 1)));
        }
        for (long tokens : lengths.tokens()) {
            Point point = series.measure(tokens);
            print(point);
            if (!point.hasFigures()) {
                break;
            }
        }
        return ExitCode.OK;
    }

    private void print(Point point) throws IOException {
        PrintWriter out = console.out();
        out.println(PointFields.line(point));
        out.flush();
    }
}
