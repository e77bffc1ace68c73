package io.github.lightning4j.cli.commands;

import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.options.CommandFiles;
import io.github.lightning4j.io.ReplacedFile;
import io.github.lightning4j.results.JsonFile;
import io.github.lightning4j.results.compare.Comparison;
import io.github.lightning4j.results.compare.Result;
import io.github.lightning4j.results.compare.SweepComparison;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code lightning compare}: reports of {@code lightning bench --json} side by side. */
@Command(
        name = "compare",
        header = "Put results of 'lightning bench' side by side: runs, devices, versions.",
        description = {
            "Reports of 'bench --json': one row for each pass of each; reports of one shape stand"
                    + " together, and those of other devices are compared with the CPU's."
                    + " 'lightning compare-devices' measures every device and calls this.",
            "Results of sweeps: one row for each algorithm and length, one column for each device"
                + " of each file. In brackets: times the tokens a second of the first file on the"
                + " same device, or else of the first device.",
            "Where a device has a clock of its own, what its kernels take is compared as well, for"
                + " copies hide them. Lines below the table say where a device is other hardware"
                + " than in the first file that has it, or a sweep had other threads or another"
                + " system.",
            "Exit code 1 if a check of any report failed or a pass was not checked, a device could"
                    + " not run, or with --tolerance something is slower, end to end or in kernels,"
                    + " than in the first file on the same device, or not there any more."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning bench --device cpu --json >cpu.json",
            "  lightning bench --device tornado --json >gpu.json",
            "  lightning compare cpu.json gpu.json --markdown devices.md",
            "  lightning compare before.json after.json --tolerance 10%%    for continuous"
                    + " integration",
        })
public final class CompareCommand implements Callable<Integer> {
    @Mixin private Console console = new Console();

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Reports.")
    private List<Path> files = List.of();

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "Also write the table as Markdown.")
    private @Nullable Path markdown;

    @Option(
            names = "--tolerance",
            paramLabel = "PART",
            converter = ToleranceConverter.class,
            description =
                    "How much slower than in the first file, end to end or in kernels, is no"
                            + " regression, such as 10%% or 0.1 (default: any).")
    private @Nullable Double tolerance;

    /** Reads {@code 10%} and {@code 0.1}. */
    static final class ToleranceConverter implements ITypeConverter<Double> {
        @Override
        public Double convert(String text) {
            try {
                boolean percent = text.endsWith("%");
                double part =
                        Double.parseDouble(percent ? text.substring(0, text.length() - 1) : text)
                                / (percent ? 100 : 1);
                if (part >= 0 && part < 1) {
                    return part;
                }
            } catch (NumberFormatException e) {
                // Said below.
            }
            throw new TypeConversionException("'" + text + "' must be 0 ... 1, such as 10% or 0.1");
        }
    }

    @Override
    public Integer call() throws Exception {
        CommandFiles all = new CommandFiles();
        for (int i = 0; i < files.size(); i++) {
            all.reading("report " + (i + 1), files.get(i));
        }
        all.writing("--markdown", markdown);
        double allowed = tolerance == null ? 1 : tolerance;
        Result comparison =
                isSweep(files.getFirst())
                        ? SweepComparison.read(files, allowed)
                        : Comparison.read(files, allowed);
        if (markdown != null) {
            ReplacedFile.writeString(markdown, comparison.markdown());
        }
        console.result(comparison.fields(), comparison.text());
        return comparison.passed() ? ExitCode.OK : ExitCode.CHECK_FAILED;
    }

    private static boolean isSweep(Path file) throws IOException {
        return JsonFile.read(file, "report of 'lightning bench'").has("schema");
    }
}
