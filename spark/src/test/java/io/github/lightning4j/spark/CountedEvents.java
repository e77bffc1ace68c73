package io.github.lightning4j.spark;

import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerSpeculativeTaskSubmitted;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts what happens to executors and tasks; all is counted when the context has stopped. */
final class CountedEvents extends SparkListener {
    private final AtomicInteger removed = new AtomicInteger();
    private final AtomicInteger speculative = new AtomicInteger();

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved event) {
        removed.incrementAndGet();
    }

    @Override
    public void onSpeculativeTaskSubmitted(SparkListenerSpeculativeTaskSubmitted event) {
        speculative.incrementAndGet();
    }

    /** Executors that were lost. */
    int removed() {
        return removed.get();
    }

    /** Tasks that were begun a second time while they ran. */
    int speculative() {
        return speculative.get();
    }
}
