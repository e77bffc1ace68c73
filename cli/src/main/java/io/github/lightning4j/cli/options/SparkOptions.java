package io.github.lightning4j.cli.options;

import io.github.lightning4j.cli.console.BuildInfo;
import io.github.lightning4j.cli.console.SparkSubmit;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Whether and how to run on Apache Spark. */
public final class SparkOptions {
    @Option(
            names = "--master",
            paramLabel = "URL",
            description =
                    "Run on Apache Spark, by spark-submit of SPARK_HOME, such as spark://host:7077;"
                            + " the input and the folder have the same paths on all machines.")
    private @Nullable String master;

    @Option(
            names = "--show-command",
            description =
                    "Make the folder of the job ready, print the line of spark-submit that computes"
                            + " it, and end.")
    private boolean show;

    @Option(
            names = "--conf",
            paramLabel = "NAME=VALUE",
            description = "A property of Spark; may be there several times.")
    private Map<String, String> properties = Map.of();

    @Option(
            names = "--job-jar",
            paramLabel = "FILE",
            description =
                    "lightning4j-spark-VERSION-job.jar of this version (default: in this folder).")
    private @Nullable Path jar;

    /** Whether Spark is wanted at all. */
    public boolean areGiven() {
        return master != null || show;
    }

    /** Whether the command is only to be shown. */
    public boolean show() {
        return show;
    }

    /**
     * The command.
     *
     * @param threads of a task on a CPU; 0: what Spark is set up for
     */
    public SparkSubmit submit(int threads) {
        Map<String, String> all = new LinkedHashMap<>(properties);
        if (threads > 0) {
            all.putIfAbsent("spark.task.cpus", Integer.toString(threads));
        }
        Path file =
                jar == null
                        ? Path.of("lightning4j-spark-" + BuildInfo.version() + "-job.jar")
                        : jar;
        return new SparkSubmit(System.getenv("SPARK_HOME"), master, all, file);
    }

    /** The master as it was given. */
    public String master() {
        return master == null ? "" : master;
    }
}
