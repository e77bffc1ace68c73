package io.github.lightning4j.cli.commands;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.checks.GradientCheck;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.checks.ReferenceCheck;
import io.github.lightning4j.cli.console.BuildInfo;
import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.cli.measure.RunReport;
import io.github.lightning4j.cli.measure.Subject;
import io.github.lightning4j.cli.measure.TimedCalls;
import io.github.lightning4j.cli.options.CommandFiles;
import io.github.lightning4j.cli.options.DeviceOptions;
import io.github.lightning4j.cli.options.InputOptions;
import io.github.lightning4j.cli.options.InputUse;
import io.github.lightning4j.cli.options.ModelOptions;
import io.github.lightning4j.cli.options.OpenedInput;
import io.github.lightning4j.cli.options.ShapeOptions;
import io.github.lightning4j.cli.options.WarmUpOption;
import io.github.lightning4j.io.Npy;
import io.github.lightning4j.io.SafetensorsWriter;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** {@code lightning run}: a forward pass over synthetic tensors or the user's own. */
@Command(
        name = "run",
        header = "Run a causal forward pass, time it and measure its error.",
        description = {
            "Without options: seeded standard normal q, k, v on the best device.",
            "The error is measured against the definition in float64 on a sample of heads, and"
                    + " against expected.* where the input has them; exit code 1 if one is past its"
                    + " gate."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning run",
            "  lightning run --tokens 64k --heads 16 --key-dim 64 --dtype bf16 --decay alibi:3/32",
            "  lightning run --sequences 100,0,1,212       packed sequences of these lengths",
            "  lightning run --input qkv.safetensors --output o.safetensors",
            "  lightning run --q q.npy --k k.npy --v v.npy --decay none --output o.npy",
            "  lightning run --backward --tokens 16k",
            "  lightning run --device cpu:scalar --json",
        })
public final class RunCommand implements Callable<Integer> {
    @Mixin private Console console = new Console();
    @Mixin private DeviceOptions device = new DeviceOptions();
    @Mixin private ModelOptions model = new ModelOptions();
    @Mixin private InputOptions input = new InputOptions();
    @Mixin private ShapeOptions shape = new ShapeOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description =
                    "Write o and final_state, and with --backward dq, dk, dv and dinitial_state, as"
                            + " .safetensors, or o alone as .npy.")
    private @Nullable Path output;

    @Option(
            names = {"-n", "--repeat"},
            paramLabel = "COUNT",
            defaultValue = "5",
            description = "Timed calls, after some that are not (default: ${DEFAULT-VALUE}).")
    private int repeat;

    /** What {@code --repeat} was called before other commands called it that. */
    @Option(names = "--repetitions", hidden = true)
    private @Nullable Integer repetitions;

    @Mixin private WarmUpOption warmUp = new WarmUpOption();

    @Option(
            names = "--sample-heads",
            paramLabel = "COUNT",
            defaultValue = "2",
            description =
                    "Heads compared with the float64 reference; 0 for none (default:"
                            + " ${DEFAULT-VALUE}).")
    private int sampleHeads;

    @Option(
            names = "--backward",
            description = "Also compute the gradients of q, k, v and the initial state.")
    private boolean backward;

    @Override
    public Integer call() throws Exception {
        if (repeat() < 1 || sampleHeads < 0) {
            throw new UsageException("--repeat must be at least 1 and --sample-heads at least 0");
        }
        warmUp.seconds(); // before anything is computed
        if (output != null) {
            checkOutput(output);
        }
        InputUse use = new InputUse(backward, true);
        try (Arena arena = Arena.ofShared();
                OpenedInput opened =
                        shape.open(arena, model, input, ShapeOptions.DEFAULT_TOKENS, use)) {
            opened.notices().forEach(console::notice);
            return run(opened.problem());
        }
    }

    private int repeat() {
        return repetitions == null ? repeat : repetitions;
    }

    private void checkOutput(Path file) throws IOException {
        if (!isNpy(file)
                && !file.toString().endsWith(".safetensors")
                && !file.toString().startsWith("/dev/")) {
            throw new UsageException(
                    "--output is " + file + "; it must end in .safetensors or .npy");
        }
        if (file.toString().matches("/dev/(stdout|stderr|fd/.*)")) {
            throw new UsageException(
                    "--output is " + file + ", where other things go; name a file");
        }
        input.addTo(new CommandFiles()).writing("--output", file);
    }

    private int run(Problem problem) throws IOException {
        String hindrance = problem.hindrance(backward, false);
        if (!hindrance.isEmpty()) {
            throw new UsageException(hindrance);
        }
        DType dtype = problem.inputs().v().dtype();
        if (output != null && isNpy(output) && dtype == DType.BF16) {
            throw new UsageException(
                    "--output is " + output + "; .npy has no type for BF16, .safetensors has");
        }
        try (LightningAttention attention = device.open(problem.config());
                Arena arena = Arena.ofShared()) {
            console.notices(attention);
            device.noticeVerification(console);
            Problem.Memory memory = Problem.Memory.of(arena);
            Tensor o = problem.output(memory);
            Tensor finalState = problem.finalState(memory);
            TimedCalls<@Nullable AttentionState> forward =
                    TimedCalls.of(
                            console,
                            "running",
                            warmUp.seconds(),
                            repeat(),
                            () -> problem.forward(attention, o, finalState));
            AttentionState state = forward.last();
            List<Check> checks = new ArrayList<>();
            ReferenceCheck check = new ReferenceCheck(problem, o, state);
            checks.addAll(check.answers());
            checks.addAll(check.sample(sampleHeads));
            TimedCalls<Gradients> gradients = null;
            if (backward) {
                Gradients room = problem.gradients(memory);
                gradients =
                        TimedCalls.of(
                                console,
                                "running backward",
                                warmUp.seconds(),
                                repeat(),
                                () -> problem.backward(attention, room));
                checks.addAll(GradientCheck.all(problem, gradients.last(), sampleHeads));
            }
            if (output != null) {
                Gradients last = gradients == null ? null : gradients.last();
                write(output, problem, attention, o, state, last);
            }
            RunReport report =
                    new RunReport(
                            new Subject(attention.device(), problem),
                            repeat(),
                            forward,
                            gradients,
                            output == null ? "" : output.toString(),
                            checks);
            console.result(report.fields(), report.text());
            return report.passed() ? ExitCode.OK : ExitCode.CHECK_FAILED;
        }
    }

    private static boolean isNpy(Path path) {
        return path.toString().endsWith(".npy");
    }

    private static void write(
            Path path,
            Problem problem,
            LightningAttention attention,
            Tensor o,
            @Nullable AttentionState state,
            @Nullable Gradients gradients)
            throws IOException {
        if (isNpy(path)) {
            Npy.write(path, o);
            return;
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("o", o);
        if (state != null) {
            tensors.put("final_state", state.values());
        }
        if (gradients != null) {
            tensors.putAll(GradientCheck.tensors(gradients));
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("scale", Double.toString(problem.config().scale()));
        metadata.put("layout", problem.config().layout() == Layout.HEADS_FIRST ? "BHND" : "BNHD");
        metadata.put("device", attention.device().id());
        metadata.put("producer", "lightning4j " + BuildInfo.version());
        SafetensorsWriter.write(path, tensors, metadata);
    }
}
