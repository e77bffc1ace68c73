package io.github.lightning4j.cli.commands;

import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.options.DeviceOptions;
import io.github.lightning4j.cli.options.LengthOptions;
import io.github.lightning4j.cli.options.ModelOptions;
import io.github.lightning4j.cli.options.SyntheticOptions;
import io.github.lightning4j.cli.options.TimingOptions;
import io.github.lightning4j.cli.sweep.SeriesMeasurement;
import io.github.lightning4j.results.Point;
import io.github.lightning4j.results.PointFields;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.concurrent.Callable;

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
    @Mixin private SyntheticOptions synthetic = new SyntheticOptions();
    @Mixin private LengthOptions lengths = new LengthOptions();
    @Mixin private TimingOptions timing = new TimingOptions();

    @Option(
            names = "--after",
            paramLabel = "TOKENS:SECONDS",
            description = "A length measured before and the time of a call there.")
    private String after = "";

    @Override
    public Integer call() throws Exception {
        SeriesMeasurement series =
                new SeriesMeasurement(
                        device,
                        model,
                        lengths.batches(synthetic.batch()),
                        synthetic.seed(),
                        timing.budget(),
                        timing.repeat());
        if (!after.isEmpty()) {
            int colon = after.indexOf(':');
            series.after(
                    Long.parseLong(after.substring(0, colon)),
                    Double.parseDouble(after.substring(colon + 1)));
        }
        for (long tokens : lengths.lengths()) {
            Point point = series.measure(tokens);
            console.print(PointFields.line(point));
            if (!point.hasFigures()) {
                break;
            }
        }
        return ExitCode.OK;
    }
}
