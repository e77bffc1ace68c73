package io.github.lightning4j.spark;

import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;

import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * Waits for a job of Spark, and cancels it if the waiting thread is interrupted. Spark itself goes
 * on with it then: a task that does not end would keep its executor from all jobs behind it.
 */
final class CancelledAction {
    /** Whether a cancelled job interrupts its tasks, which otherwise end by themselves or never. */
    private static final String INTERRUPTS = "spark.job.interruptOnCancel";

    private CancelledAction() {}

    /**
     * Begins a job and waits for its end.
     *
     * @throws ExecutionException if it fails, with Spark's reason
     * @throws InterruptedException if this thread is interrupted; the job is told to end
     */
    static void await(JavaSparkContext context, Supplier<JavaFutureAction<Void>> job)
            throws ExecutionException, InterruptedException {
        String before = context.getLocalProperty(INTERRUPTS);
        context.setLocalProperty(INTERRUPTS, "true");
        JavaFutureAction<Void> action;
        try {
            action = job.get();
        } finally {
            context.setLocalProperty(INTERRUPTS, before); // the job has its own copy
        }
        try {
            Void _ = action.get();
        } catch (InterruptedException e) {
            boolean _ = action.cancel(true);
            throw e;
        }
    }
}
