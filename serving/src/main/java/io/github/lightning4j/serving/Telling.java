package io.github.lightning4j.serving;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Tells metrics, and keeps what they throw from those who tell. Thread-safe. */
final class Telling {
    private static final System.Logger LOG = System.getLogger(ServiceMetrics.class.getName());

    private final ServiceMetrics metrics;

    /** Logged once, because what fails is likely to fail again in every step. */
    private final AtomicBoolean failed = new AtomicBoolean();

    Telling(ServiceMetrics metrics) {
        this.metrics = metrics;
    }

    /** Tells something. */
    void tell(Consumer<ServiceMetrics> what) {
        try {
            what.accept(metrics);
        } catch (RuntimeException e) {
            if (!failed.getAndSet(true)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "metrics have failed; if they do again it is not logged",
                        e);
            }
        }
    }
}
