package io.github.lightning4j.spark;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.distributed.JobFolder;
import io.github.lightning4j.distributed.JobListener;
import io.github.lightning4j.io.Quoted;

import org.apache.spark.SparkConf;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * The program that {@code spark-submit} runs: goes on with the job of a folder, wherever it was
 * opened for it before, as by {@code lightning distribute --show-command}.
 */
public final class SparkJob {
    /** What the line with the report begins with; others are Spark's. */
    static final String REPORT = "lightning4j-job ";

    private static final int OTHER = 3;
    private static final int FILE = 4;

    private SparkJob() {}

    /**
     * Runs it, and ends with exit code 4 if a file is the reason why it cannot, or 3.
     *
     * @param args the folder and the device, such as {@code cpu} or {@code tornado:cuda:{gpu}}
     */
    public static void main(String[] args) {
        int code = run(args, System.out, System.err);
        if (code != 0) {
            System.exit(code);
        }
    }

    private static int run(String[] args, PrintStream out, PrintStream err) {
        if (args.length != 2) {
            err.println("lightning4j: arguments are the folder of a job and a device");
            return OTHER;
        }
        try (JobFolder folder = JobFolder.resume(Path.of(args[0]));
                OwnContext own =
                        new OwnContext(
                                new SparkConf().setIfMissing("spark.app.name", "lightning4j"))) {
            SparkReport report =
                    LightningSpark.on(own.context())
                            .device(args[1])
                            .listener(
                                    new JobListener() {
                                        @Override
                                        public void damaged(int partition, String reason) {
                                            err.println(
                                                    "lightning4j: "
                                                            + reason
                                                            + "; it is computed again");
                                        }
                                    })
                            .run(folder);
            report.notices().forEach(notice -> err.println("lightning4j: " + notice));
            out.println(REPORT + report.job().toLine());
            return 0;
        } catch (IOException e) {
            err.println("lightning4j: " + Quoted.line(String.valueOf(e.getMessage())));
            return FILE;
        } catch (BackendException e) {
            err.println("lightning4j: " + Quoted.line(String.valueOf(e.getMessage())));
            return OTHER;
        } catch (InterruptedException e) {
            err.println("lightning4j: interrupted; the same command goes on from here");
            return OTHER;
        }
    }
}
