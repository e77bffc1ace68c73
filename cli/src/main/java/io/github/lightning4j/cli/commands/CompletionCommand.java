package io.github.lightning4j.cli.commands;

import io.github.lightning4j.cli.console.ExitCode;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;

/** {@code lightning completion}: a completion script for bash and zsh. */
@Command(
        name = "completion",
        header = "Print a completion script for bash and zsh.",
        footerHeading = "%nExample:%n",
        footer = "  source <(lightning completion)")
public final class CompletionCommand implements Callable<Integer> {
    /**
     * Bash splits words at colons, which ids of devices have: they are put together for what
     * picocli wrote, and what the user has typed of one is taken off what is offered.
     */
    private static final String WHOLE_IDS =
            """
            if [ -n "${BASH_VERSION:-}" ]; then
              function _complete_lightning_ids() {
                local -a words=()
                local i last=-1 at=0
                for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
                  if ((last > 0)) && [[ ${COMP_WORDS[i]} == :* || ${words[last]} == *: ]]; then
                    words[last]+=${COMP_WORDS[i]}
                  else
                    words+=("${COMP_WORDS[i]}")
                    last=$((last + 1))
                  fi
                  ((i != COMP_CWORD)) || at=$last
                done
                local typed=${words[at]}
                local -a COMP_WORDS=("${words[@]}")
                local COMP_CWORD=$at
                _complete_lightning
                if [[ $typed == *:* && $COMP_WORDBREAKS == *:* ]]; then
                  COMPREPLY=("${COMPREPLY[@]#"${typed%"${typed##*:}"}"}")
                fi
              }
              complete -F _complete_lightning_ids -o default lightning lightning.sh lightning.bash
            fi
            """;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        Locale before = Locale.getDefault(Locale.Category.FORMAT);
        // Picocli writes numbers with the digits of this locale, which a shell does not read.
        Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
        try {
            out.println(AutoComplete.bash("lightning", spec.root().commandLine()));
        } finally {
            Locale.setDefault(Locale.Category.FORMAT, before);
        }
        out.print(WHOLE_IDS);
        return ExitCode.OK;
    }
}
