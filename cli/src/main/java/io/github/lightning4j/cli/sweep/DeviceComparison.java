package io.github.lightning4j.cli.sweep;

import io.github.lightning4j.cli.console.ExitCode;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.results.Fields;
import io.github.lightning4j.results.JsonFile;
import io.github.lightning4j.results.compare.Comparison;
import io.github.lightning4j.results.compare.Result;
import io.github.lightning4j.results.compare.SweepComparison;
import io.github.lightning4j.results.text.Words;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The same cases on every device of every TornadoVM backend and on the CPU, each in a process of
 * its own, and one table of them. What the folder had stays until all is measured. Not thread-safe.
 */
public final class DeviceComparison {
    /** Cases of different shapes and passes, where none is asked for. */
    private static final List<List<String>> CASES =
            List.of(
                    List.of("-B", "1", "-H", "8", "-N", "4k", "-D", "128"),
                    List.of("-B", "1", "-H", "16", "-N", "2k", "-D", "64"),
                    List.of("-B", "1", "-H", "2", "-N", "32k", "-D", "64"),
                    List.of("-B", "1", "-H", "64", "-D", "128", "--decode"),
                    List.of("-B", "1", "-H", "8", "-N", "2k", "-D", "64", "--backward"));

    private static final String OURS = "lightning: ";

    /** What an earlier comparison left in its folder. */
    private static final String LEFT = "{[1-9]-cpu,[1-9]-tornado-*,devices}.{json,log}";

    /** Any difference in speed is all right. */
    private static final double TOLERANCE = 1;

    private final Path folder;
    private final PrintWriter out;
    private final PrintWriter err;
    private final BooleanSupplier stopped;
    private final List<Path> reports = new ArrayList<>();
    private final List<Path> sweeps = new ArrayList<>();
    private boolean failed;

    /**
     * A comparison.
     *
     * @param folder for reports, comparison.json and comparison.md
     * @param out for the table
     * @param err says what is measured
     * @param stopped whether to come to an end
     */
    public DeviceComparison(
            Path folder, PrintWriter out, PrintWriter err, BooleanSupplier stopped) {
        this.folder = folder;
        this.out = out;
        this.err = err;
        this.stopped = stopped;
    }

    /**
     * Measures and compares.
     *
     * @param options of {@code lightning bench}; none for a few cases
     * @return the exit code
     * @throws IOException if the folder cannot be written
     */
    public int run(List<String> options) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path drafts = Files.createTempDirectory(folder, ".new.");
        try {
            List<String> devices = SweepDevices.all(stopped);
            List<List<String>> cases = options.isEmpty() ? CASES : List.of(options);
            for (int i = 0; i < cases.size(); i++) {
                for (String device : devices) {
                    String name = (i + 1) + "-" + device.replace(':', '-');
                    int code =
                            stopped.getAsBoolean()
                                    ? ExitCode.OK
                                    : bench(drafts.resolve(name), device, cases.get(i));
                    if (code == ExitCode.USAGE) {
                        return code;
                    }
                    if (stopped.getAsBoolean()) {
                        say("interrupted; %s keeps what it had".formatted(Words.name("" + folder)));
                        printWhatThereIs();
                        return ExitCode.CHECK_FAILED;
                    }
                }
            }
            Result result = compared();
            Files.writeString(
                    drafts.resolve("comparison.json"),
                    JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(result.fields())
                            + "\n");
            Files.writeString(drafts.resolve("comparison.md"), result.markdown());
            print(result);
            moveAll(drafts);
            say(
                    "written to %s and comparison.md"
                            .formatted(Words.name("" + folder.resolve("comparison.json"))));
            return failed || !result.passed() ? ExitCode.CHECK_FAILED : ExitCode.OK;
        } finally {
            deleteAll(drafts);
        }
    }

    /** Measures a case on a device; its report or the reason for none goes into a file. */
    private int bench(Path name, String device, List<String> options)
            throws IOException, InterruptedException {
        say("%s: lightning bench %s".formatted(device, String.join(" ", options)));
        Path report = name.resolveSibling(name.getFileName() + ".json");
        Path log = name.resolveSibling(name.getFileName() + ".log");
        List<String> arguments =
                new ArrayList<>(List.of("bench", "--device", device, "--json", "--quiet"));
        arguments.addAll(options);
        int code = SeriesProcess.run(arguments, report, log, stopped);
        if (code != ExitCode.OK && !isReport(report)) {
            String reason = SeriesProcess.lastWord(code, Files.readString(log));
            reason = Words.said(reason.startsWith(OURS) ? reason.substring(OURS.length()) : reason);
            if (code == ExitCode.USAGE || stopped.getAsBoolean()) {
                say(code == ExitCode.USAGE ? reason : device + ": it was interrupted");
                return code;
            }
            failed = true;
            say(device + ": " + reason);
            String shape = String.join(" ", options);
            Map<String, String> failure =
                    Map.of("device", device, "shape", shape, "pass", "failed", "failure", reason);
            Files.writeString(report, JSON.std.asString(failure));
        }
        Fields fields = JsonFile.read(report, "report of 'lightning bench --json'");
        (fields.has("points") ? sweeps : reports).add(report);
        return code;
    }

    /** Whether a bench, of whatever exit code, has printed what it measured. */
    private static boolean isReport(Path file) throws IOException {
        try {
            Fields fields = JsonFile.read(file, "report");
            return fields.has("figures") || fields.has("points");
        } catch (MalformedDataException e) {
            return false;
        }
    }

    /**
     * The table of what has been measured. Sweeps are compared with sweeps alone: a device that
     * failed without one was named when it did.
     */
    private Result compared() throws IOException {
        return sweeps.isEmpty()
                ? Comparison.read(reports, TOLERANCE)
                : SweepComparison.read(sweeps, TOLERANCE);
    }

    private void printWhatThereIs() throws IOException {
        if (!reports.isEmpty() || !sweeps.isEmpty()) {
            print(compared());
        }
    }

    private void print(Result result) {
        out.println(result.text().stripTrailing());
        out.flush();
    }

    private void say(String text) {
        err.println("compare-devices: " + text);
        err.flush();
    }

    private void moveAll(Path drafts) throws IOException {
        for (Path old : files(folder, LEFT)) {
            Files.delete(old);
        }
        for (Path file : files(drafts, "*")) {
            Path place = folder.resolve(file.getFileName());
            Files.move(file, place, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void deleteAll(Path drafts) throws IOException {
        for (Path file : files(drafts, "*")) {
            Files.delete(file);
        }
        Files.delete(drafts);
    }

    private static List<Path> files(Path folder, String glob) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, glob)) {
            List<Path> list = new ArrayList<>();
            files.forEach(list::add);
            return list;
        }
    }
}
