package io.github.lightning4j.cli.console;

import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.results.report.SweepText;
import io.github.lightning4j.results.text.Words;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Where results and words go: results to standard output, everything else to standard error. */
public final class Console {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--json", description = "Print the result as one JSON document.")
    private boolean json;

    @Option(
            names = {"-q", "--quiet"},
            description = "No notices and no progress.")
    private boolean quiet;

    /** Standard output. */
    public PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Whether the result is wanted as JSON. */
    public boolean isJson() {
        return json;
    }

    /** Prints a result: the record as JSON, or its text. */
    public void result(Object record, String text) throws IOException {
        print(json ? JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(record) : text);
    }

    /** Prints a document or text completely, even after Ctrl-C. */
    public void print(String text) {
        out().println(text.stripTrailing());
        out().flush();
    }

    /** The columns that text has room for: those of the terminal if the shell tells them. */
    public int columns() {
        String columns = System.getenv("COLUMNS");
        return columns != null && columns.matches("[1-9]\\d{0,4}")
                ? Integer.parseInt(columns)
                : SweepText.COLUMNS;
    }

    /** Says something on standard error. */
    public void notice(String text) {
        if (!quiet) {
            // Reasons of drivers and names from files are in it.
            spec.commandLine().getErr().println("lightning: " + Words.said(text));
            spec.commandLine().getErr().flush();
        }
    }

    /** Passes on a line of a program that was started. */
    public void passOn(String line) {
        if (!quiet) {
            spec.commandLine().getErr().println(Words.said(line));
            spec.commandLine().getErr().flush();
        }
    }

    /** Reports progress where there is no progress bar. */
    public void remark(String text) {
        if (!isTerminal()) {
            notice(text);
        }
    }

    /** Says once, in one line, why {@code auto} passed over a better backend. */
    public void notices(LightningAttention attention) {
        if (!attention.notices().isEmpty()) {
            notice("on " + chosen(attention) + "; see 'lightning devices'");
        }
    }

    /** The device, and why no better one where {@code auto} passed over any. */
    public static String chosen(LightningAttention attention) {
        List<String> words = new ArrayList<>(List.of(attention.device().id()));
        words.addAll(attention.notices());
        return Words.said(String.join("; ", words));
    }

    /**
     * A progress bar, invisible unless a person watches. It is told its width because it would open
     * the terminal with JLine to find it out, which sets SIGINT back to what ends the process at
     * once.
     */
    public ProgressBar progress(String task, long most, String unit) {
        boolean watched = !quiet && isTerminal();
        ProgressBarBuilder builder =
                ProgressBar.builder()
                        .setTaskName(task)
                        .setInitialMax(most)
                        .setUnit(unit, 1)
                        .setUpdateIntervalMillis(watched ? 200 : 60_000)
                        .setStyle(ProgressBarStyle.ASCII)
                        .clearDisplayOnFinish();
        builder.setConsumer(
                watched
                        ? new ConsoleProgressBarConsumer(System.err, columns())
                        : new DelegatingProgressBarConsumer(rendered -> {}, SweepText.COLUMNS));
        return builder.build();
    }

    @SuppressWarnings("SystemConsoleNull") // it is null where neither end is a terminal
    private boolean isTerminal() {
        java.io.Console terminal = System.console();
        return terminal != null
                && terminal.isTerminal()
                && (!(out() instanceof MovedOutput output) || output.isTerminal());
    }
}
