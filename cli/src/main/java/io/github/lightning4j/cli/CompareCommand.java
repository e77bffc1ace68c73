package io.github.lightning4j.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code lightning compare}: reports of {@code lightning bench --json} side by side. */
@Command(
        name = "compare",
        header = "Put reports of 'lightning bench --json' side by side.",
        description = {
            "One row for each pass of each report; reports of one shape stand together, and those"
                    + " of other devices are compared with the CPU's. scripts/compare-devices"
                    + " measures every device and calls this.",
            "Exit code 1 if a check of any report failed, or a device could not run."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning bench --device cpu --json >cpu.json",
            "  lightning bench --device tornado --json >gpu.json",
            "  lightning compare cpu.json gpu.json --markdown devices.md",
        })
final class CompareCommand implements Callable<Integer> {
    @Mixin private Console console = new Console();

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Reports.")
    private List<Path> files = List.of();

    @Option(
            names = "--markdown",
            paramLabel = "FILE",
            description = "Also write the table as Markdown.")
    private @Nullable Path markdown;

    /** For picocli. */
    CompareCommand() {}

    @Override
    public Integer call() throws Exception {
        Comparison comparison = Comparison.read(files);
        if (markdown != null) {
            Files.writeString(markdown, comparison.markdown());
        }
        console.result(comparison, comparison.text());
        return comparison.passed() ? LightningCommand.OK : LightningCommand.CHECK_FAILED;
    }
}
