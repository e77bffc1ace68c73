package io.github.lightning4j.cli.commands;

import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.measure.DoctorReport;
import io.github.lightning4j.models.CheckpointReport;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.concurrent.Callable;

/** {@code lightning doctor}: what a checkpoint is, and what in it does not fit. */
@Command(
        name = "doctor",
        header = "Say what a checkpoint is, which decay it has, and what does not fit.",
        description = {
            "Nothing is computed, so it takes seconds for a checkpoint of any size. Slopes of decay"
                + " that the files hold are compared with those of all known conventions; models"
                + " are run with slopes from the configuration, because those in the files are"
                + " often rounded.",
            "Exit code 1 if tensors are missing, too many or of another shape, or if the slopes are"
                    + " not those of the configuration."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning doctor --checkpoint DIR",
            "  lightning doctor --checkpoint DIR --json | jq -r .misfits[]",
        })
public final class DoctorCommand implements Callable<Integer> {
    @Mixin private Console console = new Console();

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            required = true,
            description = "Folder with config.json and model.safetensors, in one file or several.")
    private Path checkpoint = Path.of("");

    @Override
    public Integer call() throws Exception {
        CheckpointReport report = CheckpointReport.of(checkpoint);
        DoctorReport told = new DoctorReport(report);
        console.result(told.fields(), told.text());
        return report.isSound() ? ExitCode.OK : ExitCode.CHECK_FAILED;
    }
}
