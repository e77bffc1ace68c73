package io.github.lightning4j.spark;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A context that is stopped whole even by a thread that is interrupted. There Spark's own {@code
 * stop} ends at the first thing that it waits for: executors stay, and no other context can begin
 * in this process.
 */
final class OwnContext implements AutoCloseable {
    private final JavaSparkContext context;

    OwnContext(SparkConf conf) {
        context = new JavaSparkContext(conf);
    }

    JavaSparkContext context() {
        return context;
    }

    /** Stops it, and leaves this thread interrupted if it was. */
    @Override
    public void close() {
        Thread stopping = Thread.ofPlatform().name("lightning4j stop").start(context::close);
        boolean interrupted = false;
        while (stopping.isAlive()) {
            try {
                stopping.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
