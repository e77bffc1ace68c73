package io.github.lightning4j.cli.console;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.distributed.JobReport;
import io.github.lightning4j.io.Quoted;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * {@code spark-submit} for the job of a folder.
 *
 * @param home the folder of Apache Spark, which SPARK_HOME names; null where nothing does
 * @param master where it runs, such as {@code spark://host:7077}; null: what Spark is set up for
 * @param properties of Spark
 * @param jar with everything but Spark: {@code lightning4j-spark-VERSION-job.jar}
 */
public record SparkSubmit(
        @Nullable String home, @Nullable String master, Map<String, String> properties, Path jar) {
    private static final String MAIN_CLASS = "io.github.lightning4j.spark.SparkJob";

    /** What the program's line with its report begins with. */
    private static final String REPORT = "lightning4j-job ";

    /** What its other lines begin with; all others are Spark's. */
    private static final String SAID = "lightning4j: ";

    /** The Vector API is in a module that Java does not load by itself. */
    private static final String JAVA_OPTIONS =
            "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED";

    private static final List<String> JAVA_PROPERTIES =
            List.of("spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions");

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");

    /** Copies the properties. */
    public SparkSubmit {
        properties = Map.copyOf(properties);
    }

    /** The command as a list of words. */
    private List<String> words(Path folder, String device) {
        List<String> words = new ArrayList<>();
        words.add(home == null ? "spark-submit" : program(home).toString());
        if (master != null) {
            words.addAll(List.of("--master", master));
        }
        words.addAll(List.of("--class", MAIN_CLASS));
        Map<String, String> all = new LinkedHashMap<>();
        JAVA_PROPERTIES.forEach(name -> all.put(name, JAVA_OPTIONS));
        properties.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(e -> all.merge(e.getKey(), e.getValue(), (a, b) -> a + " " + b));
        all.forEach((name, value) -> words.addAll(List.of("--conf", name + "=" + value)));
        words.addAll(
                List.of(jar.toString(), folder.toAbsolutePath().normalize().toString(), device));
        return words;
    }

    private static Path program(String home) {
        return Path.of(home, "bin", "spark-submit");
    }

    /**
     * The command as a line for a shell.
     *
     * @param folder of the job
     * @param device of executors
     */
    public String line(Path folder, String device) {
        return String.join(" ", words(folder, device).stream().map(SparkSubmit::quoted).toList());
    }

    private static String quoted(String word) {
        return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /**
     * Finds out whether there is what it needs.
     *
     * @throws BackendException if there is no Spark
     * @throws IOException if there is no jar
     */
    public void check() throws IOException {
        if (home == null) {
            throw new BackendException(
                    "there is no spark-submit: SPARK_HOME is not set; it must be the folder of"
                            + " Apache Spark 4.2");
        }
        if (!Files.isExecutable(program(home))) {
            throw new BackendException(
                    "there is no spark-submit: SPARK_HOME is "
                            + Quoted.name(home)
                            + ", which has no bin/spark-submit; it must be the folder of Apache"
                            + " Spark 4.2");
        }
        if (!Files.isRegularFile(jar)) {
            throw new NoSuchFileException(
                    Quoted.file(jar)
                            + ": there is no such file; ./mvnw -Pspark -pl spark -am package makes"
                            + " it, and --job-jar names it");
        }
    }

    /**
     * Computes what is missing.
     *
     * @param folder of the job, which nobody has opened
     * @param device of executors
     * @param log gets the lines that Spark and the job write, from two threads in turn
     * @return what the run did
     * @throws IOException if a file is the reason why it cannot
     * @throws BackendException if anything else is
     */
    public JobReport run(Path folder, String device, Consumer<String> log)
            throws IOException, InterruptedException {
        check();
        Process process = new ProcessBuilder(words(folder, device)).start();
        Thread hook = Thread.ofPlatform().unstarted(process::destroy);
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            Object turn = new Object();
            return report(
                    process,
                    line -> {
                        synchronized (turn) {
                            log.accept(line);
                        }
                    });
        } finally {
            process.destroy();
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The JVM is going down, and the hook with it.
            }
        }
    }

    /** The last lines of the job and of Spark. */
    private static final class LastWords {
        private String job = "";
        private String spark = "";

        synchronized void hear(String line) {
            if (line.startsWith(SAID)) {
                job = line.substring(SAID.length());
            } else if (!line.isBlank()) {
                spark = line;
            }
        }

        synchronized String words() {
            return job.isEmpty() ? spark : job;
        }
    }

    private static JobReport report(Process process, Consumer<String> log)
            throws IOException, InterruptedException {
        LastWords last = new LastWords();
        Thread errors =
                Thread.ofVirtual()
                        .start(() ->
                                read(
                                        process.errorReader(StandardCharsets.UTF_8),
                                        line -> {
                                            last.hear(line);
                                            log.accept(line);
                                        }));
        List<String> reports = new ArrayList<>();
        read(
                process.inputReader(StandardCharsets.UTF_8),
                line -> {
                    if (line.startsWith(REPORT)) {
                        reports.add(line.substring(REPORT.length()));
                    } else {
                        log.accept(line);
                    }
                });
        int code = process.waitFor();
        errors.join();
        if (code == 0 && !reports.isEmpty()) {
            return JobReport.parse(reports.getLast());
        }
        String reason = "spark-submit ended with code " + code + ": " + last.words();
        if (code == ExitCode.FILE) {
            throw new IOException(reason);
        }
        throw new BackendException(reason);
    }

    private static void read(BufferedReader reader, Consumer<String> lines) {
        try (reader) {
            reader.lines().forEach(lines);
        } catch (IOException | UncheckedIOException e) {
            // It was ended while it wrote.
        }
    }
}
