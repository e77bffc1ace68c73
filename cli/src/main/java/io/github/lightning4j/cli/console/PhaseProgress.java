package io.github.lightning4j.cli.console;

import io.github.lightning4j.distributed.JobListener;
import io.github.lightning4j.distributed.Phase;
import io.github.lightning4j.results.text.Words;

import me.tongfei.progressbar.ProgressBar;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** Shows how far each phase of a job is, and passes on that it should stop. Not thread-safe. */
public final class PhaseProgress implements JobListener, AutoCloseable {
    private final Console console;
    private final Interruption interruption;
    private @Nullable ProgressBar bar;

    /**
     * Of a job that is about to run.
     *
     * @param console where it is shown
     * @param interruption stops the job between two partitions
     */
    public PhaseProgress(Console console, Interruption interruption) {
        this.console = console;
        this.interruption = interruption;
    }

    @Override
    public void damaged(int partition, String reason) {
        console.notice(reason + "; it is computed again");
    }

    @Override
    public void begins(Phase phase, int partitions) {
        end();
        String name = Words.optionName(phase).replace('-', ' ');
        console.remark(String.format(Locale.ROOT, "%s of %,d partitions", name, partitions));
        bar = console.progress(name, partitions, " partitions");
    }

    @Override
    public void done(Phase phase, int partition) {
        if (bar != null) {
            bar.step();
        }
        if (interruption.isRequested()) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void failed(Phase phase, int partition, String reason) {
        console.notice(
                String.format(
                        Locale.ROOT,
                        "%s of partition %d failed and is tried again; %s",
                        Words.optionName(phase).replace('-', ' '),
                        partition,
                        reason));
    }

    /** Takes what is shown from the terminal. */
    public void end() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }

    @Override
    public void close() {
        end();
    }
}
