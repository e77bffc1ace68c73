package io.github.lightning4j.cli.commands;

import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.cli.checks.TokenRing;
import io.github.lightning4j.cli.console.Console;
import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.cli.measure.HostMemory;
import io.github.lightning4j.cli.measure.StreamReport;
import io.github.lightning4j.cli.measure.WarmUp;
import io.github.lightning4j.cli.options.DeviceOptions;
import io.github.lightning4j.cli.options.ModelOptions;
import io.github.lightning4j.cli.options.SyntheticOptions;
import io.github.lightning4j.cli.options.TokenCount;
import io.github.lightning4j.cli.options.WarmUpOption;

import me.tongfei.progressbar.ProgressBar;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code lightning stream}: appends tokens without end in sight, at constant speed and memory. */
@Command(
        name = "stream",
        header = "Append synthetic tokens to a session; speed and memory must stay flat.",
        description =
                "Only appends are timed. The tokens come from a ring of chunks made beforehand.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  lightning stream",
            "  lightning stream --tokens 100m --heads 8 --key-dim 64",
            "  lightning stream --tokens 20k --chunk 1 --batch 4      decode, four sequences",
        })
public final class StreamCommand implements Callable<Integer> {
    private static final int TENTHS = 10;

    /**
     * Appends to one session of the warm-up, which has many: after a warm-up with one alone, the
     * first appends to the next session were slow.
     */
    private static final int WARM_UP_APPENDS = 4096;

    /** Nanoseconds after which the next session is begun anyway. */
    private static final long WARM_UP_NANOS = 100_000_000;

    /** Nanoseconds between steps of the progress bar. */
    private static final long SHOWN_EVERY = 100_000_000;

    @Mixin private Console console = new Console();
    @Mixin private DeviceOptions device = new DeviceOptions();
    @Mixin private ModelOptions model = new ModelOptions();

    @Option(
            names = {"-N", "--tokens"},
            paramLabel = "N",
            converter = TokenCount.class,
            defaultValue = "1m",
            description =
                    "Tokens to append to each sequence, such as 100m (default: ${DEFAULT-VALUE}).")
    private long tokens;

    @Option(
            names = "--chunk",
            paramLabel = "COUNT",
            converter = TokenCount.class,
            defaultValue = "4k",
            description = "Tokens of an append; 1 decodes (default: ${DEFAULT-VALUE}).")
    private long chunk;

    @Mixin private WarmUpOption warmUp = new WarmUpOption();
    @Mixin private SyntheticOptions synthetic = new SyntheticOptions();

    @Override
    public Integer call() throws Exception {
        if (tokens < TENTHS || chunk < 1) {
            throw new UsageException("--chunk must be at least 1, --tokens at least " + TENTHS);
        }
        int batch = synthetic.batch();
        warmUp.seconds(); // before anything is computed
        long size = Math.min(chunk, tokens / TENTHS);
        try (LightningAttention attention = device.open(model.config());
                Arena arena = Arena.ofShared();
                AttentionSession session = attention.openSession(batch)) {
            console.notices(attention);
            device.noticeVerification(console);
            TokenRing ring =
                    new TokenRing(
                            arena, model.config(), model.dtype(), batch, size, synthetic.seed());
            new WarmUp(warmUp.seconds()).run(() -> appendToAnother(session, ring));
            StreamReport report = stream(attention, session, ring, size);
            console.result(report.fields(), report.text());
            return ExitCode.OK;
        }
    }

    /** Appends to another session; returns how often. */
    private static int appendToAnother(AttentionSession session, TokenRing ring) {
        try (AttentionSession other = session.fork()) {
            long begin = System.nanoTime();
            int appends = 0;
            while (appends < WARM_UP_APPENDS && System.nanoTime() - begin < WARM_UP_NANOS) {
                ring.append(other);
                appends++;
            }
            return appends;
        }
    }

    private StreamReport stream(
            LightningAttention attention, AttentionSession session, TokenRing ring, long size) {
        List<StreamReport.Tenth> tenths = new ArrayList<>();
        long appended = 0;
        double allNanos = 0;
        long shown = System.nanoTime();
        try (ProgressBar progress = console.progress("appending", tokens, " tokens")) {
            for (int tenth = 1; tenth <= TENTHS; tenth++) {
                long nanos = 0;
                long before = appended;
                while (appended < tokens / TENTHS * tenth) {
                    nanos += ring.append(session);
                    appended += size;
                    // Not each time: between short appends workers would fall asleep.
                    long now = System.nanoTime();
                    if (now - shown > SHOWN_EVERY) {
                        shown = now;
                        progress.stepTo(Math.min(appended, tokens));
                    }
                }
                allNanos += nanos;
                tenths.add(
                        new StreamReport.Tenth(
                                appended,
                                (appended - before) * synthetic.batch() / (nanos / 1e9),
                                HostMemory.resident()));
            }
        }
        return new StreamReport(
                attention.device().id(),
                attention.config(),
                model.dtype(),
                synthetic.batch(),
                size,
                allNanos / 1e9,
                tenths);
    }
}
