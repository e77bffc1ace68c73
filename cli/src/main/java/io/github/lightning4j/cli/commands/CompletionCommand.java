package io.github.lightning4j.cli.commands;

import io.github.lightning4j.cli.console.ExitCode;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** {@code lightning completion}: a completion script for bash and zsh. */
@Command(
        name = "completion",
        header = "Print a completion script for bash and zsh.",
        footerHeading = "%nExample:%n",
        footer = "  source <(lightning completion)")
public final class CompletionCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli sets it
    CompletionCommand() {}

    @Override
    public Integer call() {
        spec.commandLine()
                .getOut()
                .println(AutoComplete.bash("lightning", spec.root().commandLine()));
        return ExitCode.OK;
    }
}
