package io.github.lightning4j.cli.commands;

import io.github.lightning4j.cli.console.Interruption;
import io.github.lightning4j.cli.sweep.DeviceComparison;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code lightning compare-devices}: the same cases on every device there is, in one table. */
@Command(
        name = "compare-devices",
        header = "Run 'lightning bench' on every device and put the results side by side.",
        customSynopsis = "lightning compare-devices [--output=FOLDER] [BENCH OPTIONS]",
        description = {
            "Runs the same cases on every device of every TornadoVM backend and on the CPU, each in"
                    + " a process of its own, checks all results against the same float64"
                    + " reference, and prints one table.",
            "BENCH OPTIONS are one case, as 'lightning bench' takes it, such as: -H 16 -N 64k"
                    + " --decode; without any, a few cases of different shapes and passes.",
            "A device that fails or cannot run has a row that says why; the exit code is then 1."
                    + " What FOLDER had stays until all is measured; Ctrl-C prints what there is"
                    + " by then."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning compare-devices",
            "  lightning compare-devices --output h100 -H 16 -N 64k --decode",
        })
public final class CompareDevicesCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description =
                    "Where the reports, comparison.json and comparison.md go (default:"
                            + " ${DEFAULT-VALUE}).",
            defaultValue = "compare-devices.out")
    private Path output = Path.of("");

    @Unmatched private List<String> options = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        try (Interruption interruption = Interruption.listen()) {
            return new DeviceComparison(
                            output,
                            spec.commandLine().getOut(),
                            spec.commandLine().getErr(),
                            interruption::isRequested)
                    .run(options);
        }
    }
}
