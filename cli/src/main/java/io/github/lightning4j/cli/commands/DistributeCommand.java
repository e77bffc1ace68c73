package io.github.lightning4j.cli.commands;

import io.github.lightning4j.Device;
import io.github.lightning4j.Devices;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.checks.SpotCheck;
import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.console.Interruption;
import io.github.lightning4j.cli.console.OwnCommand;
import io.github.lightning4j.cli.console.PhaseProgress;
import io.github.lightning4j.cli.console.SparkSubmit;
import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.cli.measure.DistributeReport;
import io.github.lightning4j.cli.measure.Subject;
import io.github.lightning4j.cli.options.CommandFiles;
import io.github.lightning4j.cli.options.DeviceOptions;
import io.github.lightning4j.cli.options.InputOptions;
import io.github.lightning4j.cli.options.InputUse;
import io.github.lightning4j.cli.options.ModelOptions;
import io.github.lightning4j.cli.options.OpenedInput;
import io.github.lightning4j.cli.options.SparkOptions;
import io.github.lightning4j.cli.options.TokenCount;
import io.github.lightning4j.distributed.AttentionJob;
import io.github.lightning4j.distributed.Direction;
import io.github.lightning4j.distributed.JobFolder;
import io.github.lightning4j.distributed.JobListener;
import io.github.lightning4j.distributed.JobReport;
import io.github.lightning4j.distributed.LocalRunner;
import io.github.lightning4j.distributed.ProcessRunner;
import io.github.lightning4j.distributed.ResultFile;
import io.github.lightning4j.distributed.TensorFile;
import io.github.lightning4j.spi.Availability;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

/** {@code lightning distribute}: a pass in partitions, on all devices of the machine. */
@Command(
        name = "distribute",
        header = "Compute one pass in partitions: several devices, larger than memory.",
        description = {
            "Each partition of the token axis leaves a state; a scan carries states from one to the"
                    + " next, H·D·E floats each; then each computes its results from the state that"
                    + " reaches it. Results do not depend on the number of devices.",
            "After Ctrl-C or a failure the same command goes on where it stopped.",
            "Some random rows are compared with the definition in float64; exit code 1 if they are"
                    + " past their gate."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning distribute --input qkv.safetensors --output job",
            "  lightning distribute --input qkv.safetensors --output job --tokens-per-partition 1m"
                    + " --devices all",
            "  lightning distribute --input qkv.safetensors --output job --result o.safetensors",
            "  lightning distribute --input qkvdo.safetensors --output job --backward --devices"
                    + " tornado:cuda:0,tornado:cuda:1",
            "  lightning distribute --input qkv.safetensors --output job --master"
                    + " spark://host:7077",
        })
public final class DistributeCommand implements Callable<Integer> {
    private static final String ALL = "all";

    @Mixin private Console console = new Console();
    @Mixin private DeviceOptions device = new DeviceOptions();
    @Mixin private ModelOptions model = new ModelOptions();
    @Mixin private SparkOptions spark = new SparkOptions();

    @Option(
            names = {"-i", "--input"},
            required = true,
            paramLabel = "FILE",
            description =
                    "A safetensors file with q, k, v and, if there, slopes, initial_state,"
                            + " cu_seqlens; with --backward also do and, if there, dfinal_state.")
    private Path input = Path.of("");

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FOLDER",
            description =
                    "Where the parts come together: a new or empty folder, or that of the same job,"
                            + " which then goes on.")
    private Path output = Path.of("");

    @Option(
            names = "--result",
            paramLabel = "FILE",
            description = "Also put all parts together in one safetensors file.")
    private @Nullable Path result;

    @Option(
            names = "--tokens-per-partition",
            paramLabel = "COUNT",
            converter = TokenCount.class,
            defaultValue = "64k",
            description =
                    "Tokens of a partition, a multiple of 64; memory and the work that a failure"
                            + " costs grow with it (default: ${DEFAULT-VALUE}).")
    private long tokensPerPartition;

    @Option(
            names = "--devices",
            paramLabel = "IDS",
            split = ",",
            description =
                    "A process for each of these devices, or for all accelerators (all); an id may"
                            + " be there several times. Without it: this process, on --device.")
    private List<String> devices = List.of();

    @Option(names = "--backward", description = "Compute the gradients of q, k and v instead of o.")
    private boolean backward;

    @Option(
            names = "--no-states",
            description =
                    "Do not write the final states, or gradients of initial states, which are"
                            + " H·D·E floats a sequence.")
    private boolean noStates;

    @Option(
            names = "--check-rows",
            paramLabel = "COUNT",
            defaultValue = "8",
            description =
                    "Rows of each result that are compared with the float64 definition; 0 for none"
                            + " (default: ${DEFAULT-VALUE}).")
    private int checkRows;

    @Override
    public Integer call() throws Exception {
        if (checkRows < 0) {
            throw new UsageException("--check-rows must be at least 0");
        }
        if (!devices.isEmpty() && !device.id().equals(Devices.AUTO)) {
            throw new UsageException("--device and --devices exclude each other");
        }
        if (!devices.isEmpty() && spark.areGiven()) {
            throw new UsageException("--devices and --master exclude each other");
        }
        new CommandFiles().reading("--input", input).writing("--result", result);
        Direction direction = backward ? Direction.BACKWARD : Direction.FORWARD;
        try (OpenedInput opened = InputOptions.open(input, model, new InputUse(backward, false));
                TensorFile file = TensorFile.map(input)) {
            opened.notices().forEach(console::notice);
            Problem problem = opened.problem();
            String hindrance = problem.hindrance(backward, false);
            if (!hindrance.isEmpty()) {
                throw new UsageException(hindrance);
            }
            AttentionJob job =
                    AttentionJob.of(
                            problem.config(), direction, !noStates, file, tokensPerPartition);
            if (spark.show()) {
                JobFolder.open(output, job).close();
                console.print(spark.submit(device.threads()).line(output, device.id()));
                return ExitCode.OK;
            }
            if (spark.areGiven()) {
                Computed computed = onSpark(job);
                try (JobFolder folder = JobFolder.open(output, job)) {
                    return tell(problem, folder, computed);
                }
            }
            try (JobFolder folder = JobFolder.open(output, job)) {
                return tell(problem, folder, run(problem, folder));
            }
        }
    }

    private Computed onSpark(AttentionJob job) throws IOException, InterruptedException {
        SparkSubmit submit = spark.submit(device.threads());
        submit.check();
        JobFolder.open(output, job).close(); // which the driver opens again
        Device where =
                new Device(
                        device.id(),
                        "executors of Apache Spark",
                        Device.Kind.ACCELERATOR,
                        spark.master());
        return new Computed(where, submit.run(output, device.id(), console::passOn));
    }

    private Computed run(Problem problem, JobFolder folder)
            throws IOException, InterruptedException {
        // After Ctrl-C the JVM waits for what is said.
        try (Interruption interruption = Interruption.listen();
                PhaseProgress progress = new PhaseProgress(console, interruption)) {
            try {
                return devices.isEmpty()
                        ? here(problem, folder, progress)
                        : inProcesses(folder, progress);
            } catch (InterruptedException e) {
                progress.end();
                console.notice("stopped; the same command goes on from here");
                throw e;
            }
        }
    }

    private int tell(Problem problem, JobFolder folder, Computed computed) throws IOException {
        List<String> written = new ArrayList<>(List.of(output.toString()));
        if (result != null) {
            ResultFile.assemble(folder, result);
            written.add(result.toString());
        }
        List<Check> checks = new SpotCheck(problem, folder).rows(checkRows);
        DistributeReport told =
                new DistributeReport(
                        new Subject(computed.where, problem),
                        tokensPerPartition,
                        computed.report,
                        written,
                        checks);
        console.result(told.fields(), told.text());
        return told.passed() ? ExitCode.OK : ExitCode.CHECK_FAILED;
    }

    /** What was computed where. */
    private record Computed(Device where, JobReport report) {}

    private Computed here(Problem problem, JobFolder folder, JobListener listener)
            throws IOException, InterruptedException {
        try (LightningAttention attention = device.open(problem.config())) {
            console.notices(attention);
            device.noticeVerification(console);
            return new Computed(attention.device(), LocalRunner.run(folder, attention, listener));
        }
    }

    private Computed inProcesses(JobFolder folder, JobListener listener)
            throws IOException, InterruptedException {
        List<String> ids = ids();
        device.noticeVerification(console);
        Device where =
                new Device(
                        String.join(",", ids),
                        "processes of their own",
                        Device.Kind.ACCELERATOR,
                        Integer.toString(ids.size()));
        return new Computed(where, ProcessRunner.run(folder, ids, this::start, listener));
    }

    private Process start(Path folder, String id) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("distribute-worker", folder.toString()));
        arguments.addAll(device.arguments(id));
        return OwnCommand.builder(arguments).start();
    }

    /** The devices, {@code all} being all that are no CPU, or the CPU where there are none. */
    private List<String> ids() {
        Set<String> all = new LinkedHashSet<>();
        if (devices.contains(ALL)) {
            Devices.list().stream()
                    .flatMap(backend -> backend.devices().stream())
                    .filter(status -> status.availability() instanceof Availability.Available)
                    .map(status -> status.device())
                    .filter(found -> found.kind() != Device.Kind.CPU)
                    .forEach(found -> all.add(found.id()));
            if (all.isEmpty()) {
                all.add("cpu");
            }
        }
        List<String> ids = new ArrayList<>(devices);
        ids.removeIf(ALL::equals);
        all.removeAll(ids);
        ids.addAll(all);
        return ids;
    }
}
