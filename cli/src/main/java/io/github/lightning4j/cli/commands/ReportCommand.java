package io.github.lightning4j.cli.commands;

import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.cli.options.CommandFiles;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.ReplacedFile;
import io.github.lightning4j.results.Csv;
import io.github.lightning4j.results.DeviceResults;
import io.github.lightning4j.results.SweepResults;
import io.github.lightning4j.results.report.SweepPage;
import io.github.lightning4j.results.report.SweepText;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code lightning report}: what a sweep measured, as a page, a figure or text. */
@Command(
        name = "report",
        header = "Draw what 'lightning bench --algorithms … -o FILE' measured.",
        description = {
            "Without options: curves and tables as text. A page has everything in one file, needs"
                    + " no network, and is the same for the same results byte for byte."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning report results.json",
            "  lightning report results.json -o report.html",
            "  lightning report results.json --figure speed.svg --of cpu",
        })
public final class ReportCommand implements Callable<Integer> {
    @Mixin private Console console = new Console();

    @Parameters(paramLabel = "FILE", description = "Results of a sweep.")
    private Path file = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write a page, .html.")
    private @Nullable Path output;

    @Option(
            names = "--figure",
            paramLabel = "FILE",
            description = "Write the speed of one device by length, .svg.")
    private @Nullable Path figure;

    @Option(
            names = "--of",
            paramLabel = "ID",
            description = "The device of --figure (default: the first of the results).")
    private @Nullable String device;

    @Option(
            names = "--csv",
            paramLabel = "FILE",
            description = "Write the points as comma-separated values.")
    private @Nullable Path csv;

    @Override
    public Integer call() throws Exception {
        new CommandFiles()
                .reading("the results file", file)
                .writing("--output", output)
                .writing("--figure", figure)
                .writing("--csv", csv);
        SweepResults results = SweepResults.read(file);
        if (output != null) {
            write(output, SweepPage.of(results));
        }
        if (figure != null) {
            write(figure, SweepPage.figure(results, device(results)));
        }
        if (csv != null) {
            write(csv, Csv.of(results));
        }
        if (console.isJson()) {
            console.print(results.json());
        } else if (output == null && figure == null && csv == null) {
            console.print(SweepText.of(results, console.columns()));
        }
        return ExitCode.OK;
    }

    private DeviceResults device(SweepResults results) {
        List<DeviceResults> measured =
                results.byDevice().stream()
                        .filter(d -> d.measured().findAny().isPresent())
                        .toList();
        return measured.stream()
                .filter(d -> device == null || device.equals(d.device()))
                .findFirst()
                .orElseThrow(() ->
                        new UsageException(
                                measured.isEmpty()
                                        ? Quoted.name(file) + " has no measured point"
                                        : "--of is %s; %s has measured points of %s"
                                                .formatted(
                                                        Quoted.name(String.valueOf(device)),
                                                        Quoted.name(file),
                                                        String.join(", ", names(measured)))));
    }

    private static List<String> names(List<DeviceResults> devices) {
        return devices.stream().map(d -> Quoted.name(d.device())).toList();
    }

    private void write(Path path, String text) throws IOException {
        ReplacedFile.writeString(path, text);
        console.notice("written: " + Quoted.name(path));
    }
}
