package io.github.lightning4j.cli.commands;

import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.console.BuildInfo;
import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.console.Interruption;
import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.cli.measure.Bench;
import io.github.lightning4j.cli.measure.BenchFigure;
import io.github.lightning4j.cli.measure.BenchReport;
import io.github.lightning4j.cli.measure.Subject;
import io.github.lightning4j.cli.measure.TimedLoop;
import io.github.lightning4j.cli.options.DeviceOptions;
import io.github.lightning4j.cli.options.InputOptions;
import io.github.lightning4j.cli.options.InputUse;
import io.github.lightning4j.cli.options.ModelOptions;
import io.github.lightning4j.cli.options.OpenedInput;
import io.github.lightning4j.cli.options.ShapeOptions;
import io.github.lightning4j.cli.options.SweepOptions;
import io.github.lightning4j.cli.sweep.SweepRun;
import io.github.lightning4j.results.Pass;
import io.github.lightning4j.results.PointBudget;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code lightning bench}: how fast passes are, and how near to what the hardware could do. */
@Command(
        name = "bench",
        header = "Time passes, beside what this machine could do at most.",
        description = {
            "Without options: the forward pass of seeded standard normal q, k, v on the best"
                    + " device.",
            "Operations are those the blocked algorithm needs, the causal half of a block only;"
                    + " their share is of the multiply-add peak that was measured just before."
                    + " Bytes are each tensor read or written once, and for decoding each state"
                    + " read; their share is of what reading as many bytes again and again reaches,"
                    + " from cache where they fit one.",
            "A sample of heads is compared with the definition in float64 afterwards; exit code 1"
                    + " if it is past its gate. Ctrl-C prints what was measured so far, unchecked.",
            "With --algorithms, --lengths or --devices: a sweep over all of them, whose results"
                    + " 'lightning report' draws and 'lightning compare' compares. --time and"
                    + " --warm-up are then those of each length."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning bench",
            "  lightning bench --algorithms all --lengths 1k..256k --devices all -o results.json",
            "  lightning bench --lengths 1k..256k --total-tokens 256k -o results.json",
            "  lightning bench --tokens 16k --heads 8 --key-dim 128 --dtype bf16 --backward",
            "  lightning bench --decode --heads 64",
            "  lightning bench --time 10 --threads 1 --json >bench.json",
        })
public final class BenchCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private Console console = new Console();
    @Mixin private DeviceOptions device = new DeviceOptions();
    @Mixin private ModelOptions model = new ModelOptions();
    @Mixin private InputOptions input = new InputOptions();
    @Mixin private ShapeOptions shape = new ShapeOptions();
    @Mixin private SweepOptions sweep = new SweepOptions();

    @Option(
            names = "--backward",
            description = "Also time a forward pass and the gradients together.")
    private boolean backward;

    @Option(
            names = "--decode",
            description =
                    "Time appending one token to each sequence; the forward pass only with"
                            + " --backward.")
    private boolean decode;

    @Option(
            names = "--device-tensors",
            description =
                    "Time passes over tensors in memory from which the device copies directly, as"
                            + " a caller gets it from LightningAttention.allocate.")
    private boolean deviceTensors;

    @Override
    public Integer call() throws Exception {
        PointBudget budget = sweep.timing().budget();
        if (sweep.isGiven()) {
            return sweep(budget);
        }
        for (String option : SweepOptions.OF_SWEEPS_ALONE) {
            if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
                throw new UsageException(
                        option
                                + " goes with a sweep; add --lengths, --algorithms or --devices,"
                                + " or write one measurement with --json >FILE");
            }
        }
        if (decode && deviceTensors) {
            throw new UsageException(
                    "--device-tensors goes with forward and backward passes, not with --decode");
        }
        boolean decodeAlone = decode && !backward;
        if (decodeAlone && shape.givesTokens()) {
            throw new UsageException(
                    "--decode alone takes one token at a time; --tokens and --sequences do not"
                            + " go with it");
        }
        try (Arena arena = Arena.ofShared();
                OpenedInput opened =
                        shape.open(
                                arena,
                                model,
                                input,
                                decodeAlone ? 1 : ShapeOptions.DEFAULT_TOKENS,
                                new InputUse(backward, false));
                LightningAttention attention = device.open(opened.problem().config());
                Interruption interruption = Interruption.listen()) {
            console.notices(attention);
            device.noticeVerification(console);
            opened.notices().forEach(console::notice);
            if (decode && input.isGiven()) {
                console.notice("--decode appends tokens of its own; of the input it has the shape");
            }
            return run(attention, opened.problem(), budget, interruption);
        }
    }

    private int sweep(PointBudget budget) throws IOException, InterruptedException {
        if (backward || decode || deviceTensors || input.isGiven() || shape.givesTokens()) {
            throw new UsageException(
                    "a sweep measures forward passes at --lengths; --backward, --decode,"
                            + " --device-tensors, --tokens, --sequences and files do not go with"
                            + " it");
        }
        device.noticeVerification(console);
        try (Interruption interruption = Interruption.listen()) {
            return new SweepRun(console, sweep, spec.commandLine().getParseResult())
                    .run(model, shape.synthetic(), device.id(), budget, interruption);
        }
    }

    private int run(
            LightningAttention attention,
            Problem problem,
            PointBudget budget,
            Interruption interruption)
            throws IOException {
        String hindrance = problem.hindrance(backward, decode);
        if (!hindrance.isEmpty()) {
            throw new UsageException(hindrance);
        }
        TimedLoop.Budget calls =
                new TimedLoop.Budget(
                        budget.warmUpSeconds(), budget.seconds(), sweep.timing().repeat());
        Bench bench =
                new Bench(console, new TimedLoop(calls, interruption::isRequested), deviceTensors);
        List<BenchFigure> figures = new ArrayList<>();
        for (Pass pass : passes()) {
            bench.measure(pass, attention, problem).ifPresent(figures::add);
            if (interruption.isRequested()) {
                break;
            }
        }
        BenchReport report =
                new BenchReport(
                        BuildInfo.version(),
                        new Subject(attention.device(), problem),
                        attention.blockRows(),
                        budget.warmUpSeconds(),
                        deviceTensors,
                        interruption.isRequested(),
                        figures);
        console.result(report.fields(), report.text());
        return report.passed() ? ExitCode.OK : ExitCode.CHECK_FAILED;
    }

    private List<Pass> passes() {
        List<Pass> passes = new ArrayList<>();
        if (!decode || backward) {
            passes.add(Pass.FORWARD);
        }
        if (backward) {
            passes.add(Pass.FORWARD_BACKWARD);
        }
        if (decode) {
            passes.add(Pass.DECODE);
        }
        return passes;
    }
}
