package io.github.lightning4j.cli.commands;

import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.options.DeviceOptions;
import io.github.lightning4j.distributed.Worker;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * {@code lightning distribute-worker}: works on the partitions that it is told, a line each. What
 * {@code lightning distribute --devices} starts for each device.
 */
@Command(
        name = "distribute-worker",
        hidden = true,
        header = "Work on partitions of a job.",
        description = "Reads a line for each; 'lightning distribute' writes them.")
public final class DistributeWorkerCommand implements Callable<Integer> {
    @Mixin private Console console = new Console();
    @Mixin private DeviceOptions device = new DeviceOptions();

    @Parameters(paramLabel = "FOLDER", description = "The folder of the job.")
    private Path folder = Path.of("");

    @Override
    public Integer call() {
        Worker.serve(
                folder,
                device::open,
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
                console.out());
        return ExitCode.OK;
    }
}
