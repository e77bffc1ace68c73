package io.github.lightning4j.spark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A standalone cluster of Spark in real processes: a master, and workers on addresses of their own,
 * because on one address Spark reads the files of a dead executor from the disk.
 */
final class Cluster {
    private static final Pattern MASTER =
            Pattern.compile("Starting Spark master at (spark://\\S+)");
    private static final Pattern REGISTERED =
            Pattern.compile("(Successfully registered) with master");
    private static final Pattern NOTHING = Pattern.compile("(?!)");

    private final Path home;
    private final Map<String, Started> workers = new LinkedHashMap<>();
    private final Started master;
    private final String url;

    /** A process, and what it said that was waited for. */
    record Started(Process process, CompletableFuture<String> said, List<String> lines) {
        /** Waits for it to end. */
        int await() throws InterruptedException {
            return process.waitFor();
        }

        /** Whatever it said. */
        String output() {
            synchronized (lines) {
                return String.join("\n", lines);
            }
        }
    }

    /**
     * Starts one.
     *
     * @param home where Spark's jars and the files of its processes are
     * @param addresses of workers, each with one core
     */
    Cluster(Path home, List<String> addresses) throws Exception {
        this.home = home;
        linkJars();
        master =
                start(
                        "127.0.0.1",
                        MASTER,
                        "org.apache.spark.deploy.master.Master",
                        "--host 127.0.0.1 --port 0 --webui-port 0");
        url = said(master);
        for (String address : addresses) {
            String arguments =
                    "--host %s --cores 1 --memory 1g --webui-port 0 --work-dir %s %s"
                            .formatted(address, home.resolve("work-" + address), url);
            workers.put(
                    address,
                    start(address, REGISTERED, "org.apache.spark.deploy.worker.Worker", arguments));
        }
        for (Started worker : workers.values()) {
            String _ = said(worker);
        }
    }

    /** Waits for what a process is to say, or for its end. */
    private static String said(Started started) throws Exception {
        return started.said.get();
    }

    private void linkJars() throws IOException {
        Path jars = home.resolve("jars");
        Files.createDirectories(jars);
        for (String entry : System.getProperty("java.class.path").split(":")) {
            Path jar = Path.of(entry).toAbsolutePath();
            String name = jar.getFileName().toString();
            if (name.endsWith(".jar") && !name.startsWith("lightning4j")) {
                Path link = jars.resolve(name);
                if (Files.notExists(link)) {
                    Files.createSymbolicLink(link, jar);
                }
            }
        }
    }

    /** The address for drivers. */
    String url() {
        return url;
    }

    /** A program of Spark in a process of its own. */
    private Started start(String address, Pattern wanted, String main, String arguments)
            throws IOException {
        return start(address, wanted, main, List.of(arguments.split(" ")));
    }

    private Started start(String address, Pattern wanted, String main, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m"));
        command.addAll(
                System.getProperty("lightning.spark.opens")
                        .lines()
                        .flatMap(line -> Pattern.compile(" +").splitAsStream(line.strip()))
                        .toList());
        command.addAll(List.of("-cp", home.resolve("jars") + "/*", main));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment()
                .putAll(
                        Map.of(
                                "SPARK_HOME",
                                home.toString(),
                                "SPARK_LOCAL_IP",
                                address,
                                "SPARK_SCALA_VERSION",
                                "2.13"));
        Process process = builder.start();
        Started started = new Started(process, new CompletableFuture<>(), new ArrayList<>());
        Thread.ofPlatform().daemon().start(() -> read(started, wanted));
        return started;
    }

    private static void read(Started started, Pattern wanted) {
        try (BufferedReader lines = started.process.inputReader(StandardCharsets.UTF_8)) {
            lines.lines()
                    .forEach(line -> {
                        synchronized (started.lines) {
                            started.lines.add(line);
                        }
                        Matcher matcher = wanted.matcher(line);
                        if (matcher.find()) {
                            started.said.complete(matcher.group(1));
                        }
                    });
        } catch (IOException | UncheckedIOException e) {
            // It was killed while it wrote.
        }
        started.said.completeExceptionally(new IllegalStateException(started.output()));
    }

    /** Starts a driver as spark-submit does. */
    Started submit(List<String> arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("--master", url));
        all.addAll(arguments);
        return start("127.0.0.1", NOTHING, "org.apache.spark.deploy.SparkSubmit", all);
    }

    /** The executors of a worker, which are its children. */
    List<ProcessHandle> executors(String address) {
        Started worker = workers.get(address);
        return worker == null ? List.of() : worker.process.children().toList();
    }

    /** Ends all of its processes; executors end with their workers. */
    void end() throws InterruptedException {
        List<Started> all = new ArrayList<>(workers.values());
        all.add(master);
        for (Started started : all) {
            started.process.destroy();
        }
        for (Started started : all) {
            int _ = started.await();
        }
    }
}
