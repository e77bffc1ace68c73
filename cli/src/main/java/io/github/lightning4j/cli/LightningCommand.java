package io.github.lightning4j.cli;

import io.github.lightning4j.cli.commands.BenchCommand;
import io.github.lightning4j.cli.commands.CompareCommand;
import io.github.lightning4j.cli.commands.CompareDevicesCommand;
import io.github.lightning4j.cli.commands.CompletionCommand;
import io.github.lightning4j.cli.commands.DevicesCommand;
import io.github.lightning4j.cli.commands.DistributeCommand;
import io.github.lightning4j.cli.commands.DistributeWorkerCommand;
import io.github.lightning4j.cli.commands.DoctorCommand;
import io.github.lightning4j.cli.commands.GenerateCommand;
import io.github.lightning4j.cli.commands.ReportCommand;
import io.github.lightning4j.cli.commands.RunCommand;
import io.github.lightning4j.cli.commands.SeriesCommand;
import io.github.lightning4j.cli.commands.SlopesCommand;
import io.github.lightning4j.cli.commands.StreamCommand;
import io.github.lightning4j.cli.commands.VerifyCommand;
import io.github.lightning4j.cli.console.BuildInfo;
import io.github.lightning4j.cli.console.Examples;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.console.Failure;
import io.github.lightning4j.cli.console.MovedOutput;
import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.cli.options.NumberConverters;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The command {@code lightning}: subcommands, exit codes and how errors are reported. */
@Command(
        name = "lightning",
        versionProvider = BuildInfo.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        usageHelpAutoWidth = true,
        synopsisSubcommandLabel = "COMMAND",
        header = "Lightning Attention-2: causal linear attention at constant cost per token.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done, and every check passed",
            "1:a check failed",
            "2:the command line or a value on it is wrong",
            "3:the device cannot be used, failed or ran out of memory, or lightning itself failed",
            "4:a file cannot be read or written, or the output was closed",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning run                              a synthetic forward pass, checked",
            "  lightning run --input qkv.safetensors --output o.safetensors",
            "  lightning verify --device cpu              is this device right?",
            "  lightning stream --tokens 10m              is it constant?",
            "  lightning distribute --help                one pass in partitions, on all GPUs",
            "  lightning generate --model DIR --ids 1,2,3 continue ids with a model",
            "  lightning doctor --checkpoint DIR          which model, which decay?",
            "  lightning bench                            how near to the machine's limits?",
            "  lightning devices                          where can it run, and why not?",
            "  lightning help run                         everything about one command",
        })
public final class LightningCommand implements Callable<Integer> {
    /** By name, in the order of the help. */
    private static final Map<String, Class<?>> COMMANDS =
            byName(
                    RunCommand.class,
                    VerifyCommand.class,
                    StreamCommand.class,
                    DistributeCommand.class,
                    DistributeWorkerCommand.class,
                    GenerateCommand.class,
                    DoctorCommand.class,
                    BenchCommand.class,
                    SeriesCommand.class,
                    ReportCommand.class,
                    CompareCommand.class,
                    CompareDevicesCommand.class,
                    DevicesCommand.class,
                    SlopesCommand.class,
                    CompletionCommand.class,
                    CommandLine.HelpCommand.class);

    /** Those that tell of all the others. */
    private static final Set<String> WHOLE = Set.of("completion", "help");

    /** A sweep hands the options of its processes on. */
    private static final Map<String, String> NEEDS = Map.of("bench", "series");

    private static Map<String, Class<?>> byName(Class<?>... types) {
        Map<String, Class<?>> result = new LinkedHashMap<>();
        for (Class<?> type : types) {
            result.put(type.getAnnotation(Command.class).name(), type);
        }
        return result;
    }

    /** What the library logs at INFO for services, a command says in its own words. */
    private static final Logger LIBRARY = Logger.getLogger("io.github.lightning4j");

    @Spec private CommandSpec spec;

    @Option(
            names = "--debug",
            scope = ScopeType.INHERIT,
            description = "Show stack traces of errors.")
    private boolean debug;

    @Option(
            names = "--color",
            scope = ScopeType.INHERIT,
            paramLabel = "WHEN",
            defaultValue = "auto",
            description = "auto, always or never (default: ${DEFAULT-VALUE}; auto heeds NO_COLOR).")
    private Color color = Color.auto;

    /** When output is coloured. */
    enum Color {
        auto,
        always,
        never
    }

    private LightningCommand() {}

    /**
     * Runs a command and ends the JVM with its exit code.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        VectorModule.load();
        System.exit(execute(args));
    }

    /**
     * The command line with its subcommands.
     *
     * @param args where the first is the name of a subcommand, only that one and what it needs are
     *     there: to read the options of all takes a quarter of the time of a short command
     * @return parses and runs a line
     */
    public static CommandLine commandLine(String... args) {
        return commandLine(new LightningCommand(), args);
    }

    private static CommandLine commandLine(LightningCommand command, String... args) {
        CommandLine line = new CommandLine(command);
        String first = args.length == 0 ? "" : args[0];
        boolean isOne = !WHOLE.contains(first) && COMMANDS.containsKey(first);
        COMMANDS.forEach((name, type) -> {
            if (!isOne || name.equals(first) || name.equals(NEEDS.get(first))) {
                line.addSubcommand(type);
            }
        });
        return line;
    }

    /** Runs a command, whatever it throws. */
    static int execute(String... args) {
        LightningCommand command = new LightningCommand();
        CommandLine line =
                commandLine(command, args)
                        .setCaseInsensitiveEnumValuesAllowed(true)
                        .setExecutionExceptionHandler((e, at, _) -> command.tell(e, at))
                        .setParameterExceptionHandler((e, _) -> command.explainUsage(e))
                        .setExecutionStrategy(command::start);
        Examples.install(line);
        NumberConverters.install(line);
        MovedOutput.ofProcess().ifPresent(line::setOut);
        int code;
        try {
            code = line.execute(args);
        } catch (Throwable e) {
            // Errors, which picocli does not handle, and what the parser itself throws.
            code = command.tell(e);
        }
        // PrintWriter.checkError() flushes; a PrintStream inside it keeps its errors to itself.
        if (line.getOut().checkError() || System.out.checkError()) {
            System.err.println("lightning: the output could not be written");
            return ExitCode.FILE;
        }
        return code;
    }

    @Override
    public Integer call() {
        throw new UsageException("there is no command; see lightning --help");
    }

    private int start(ParseResult parsed) {
        if (!debug) {
            LIBRARY.setLevel(Level.WARNING);
        }
        Ansi ansi =
                switch (color) {
                    case auto -> automatic();
                    case always -> Ansi.ON;
                    case never -> Ansi.OFF;
                };
        spec.commandLine().setColorScheme(CommandLine.Help.defaultColorScheme(ansi));
        return new CommandLine.RunLast().execute(parsed);
    }

    /** Looks at the real standard output, because picocli takes descriptor 1 for it. */
    private Ansi automatic() {
        if (!(spec.commandLine().getOut() instanceof MovedOutput output)) {
            return Ansi.AUTO;
        }
        boolean forced = !"0".equals(System.getenv().getOrDefault("CLICOLOR_FORCE", "0"));
        boolean wanted = output.isTerminal() && !"0".equals(System.getenv("CLICOLOR"));
        boolean never = System.getenv("NO_COLOR") != null;
        return (forced || wanted) && !never ? Ansi.ON : Ansi.OFF;
    }

    private int tell(Exception e, CommandLine line) {
        return e instanceof UsageException wrong
                ? explainUsage(new ParameterException(line, wrong.getMessage(), wrong))
                : tell(e);
    }

    private int explainUsage(ParameterException e) {
        CommandLine line = e.getCommandLine();
        int code = tell(e, new Failure(ExitCode.USAGE, String.valueOf(e.getMessage())), line);
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, line.getErr())) {
            line.getErr().println("Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
        }
        return code;
    }

    private int tell(Throwable e) {
        return tell(e, Failure.of(e), spec.commandLine());
    }

    private int tell(Throwable e, Failure failure, CommandLine line) {
        PrintWriter err = line.getErr();
        err.println(line.getColorScheme().errorText("lightning: " + failure.message()));
        if (debug) {
            e.printStackTrace(err);
        }
        err.flush();
        return failure.code();
    }
}
