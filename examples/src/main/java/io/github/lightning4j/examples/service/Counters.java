package io.github.lightning4j.examples.service;

import io.github.lightning4j.serving.AppendEndedException;
import io.github.lightning4j.serving.RejectedException;
import io.github.lightning4j.serving.ServiceMetrics;
import io.github.lightning4j.serving.ServiceStatus;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what a service does, in the text format of Prometheus. Thread-safe. */
final class Counters implements ServiceMetrics {
    private final Map<String, LongAdder> counters = new ConcurrentSkipListMap<>();

    private void add(String name, long value) {
        counters.computeIfAbsent(name, n -> new LongAdder()).add(value);
    }

    @Override
    public void batch(int layer, int calls, long tokens, long deviceNanos) {
        add("lightning_steps_total", 1);
        add("lightning_step_appends_total", calls);
        add("lightning_tokens_total", tokens);
        add("lightning_step_nanoseconds_total", deviceNanos);
    }

    @Override
    public void waited(long tokens, long nanos) {
        add("lightning_waits_total", 1);
        add("lightning_wait_nanoseconds_total", nanos);
    }

    @Override
    public void rejected(RejectedException.Reason reason) {
        add("lightning_rejected_total{reason=\"" + reason + "\"}", 1);
    }

    @Override
    public void ended(AppendEndedException.Reason reason) {
        add("lightning_ended_total{reason=\"" + reason + "\"}", 1);
    }

    @Override
    public void failed(int lost) {
        add("lightning_conversations_lost_total", lost);
    }

    @Override
    public void parked(long bytes) {
        add("lightning_parked_bytes_total", bytes);
    }

    @Override
    public void resumed(long bytes) {
        add("lightning_resumed_bytes_total", bytes);
    }

    @Override
    public void spilled(long bytes) {
        add("lightning_spilled_bytes_total", bytes);
    }

    @Override
    public void fetched(long bytes) {
        add("lightning_fetched_bytes_total", bytes);
    }

    @Override
    public void spillFailed(long bytes) {
        add("lightning_spills_failed_total", 1);
    }

    /** All counters, and what goes on at the moment. */
    String text(ServiceStatus status) {
        StringBuilder text = new StringBuilder();
        counters.forEach((name, value) -> line(text, name, value.sum()));
        line(text, "lightning_conversations", status.conversations());
        line(text, "lightning_conversations_on_device", status.resident());
        line(text, "lightning_waiting", status.waiting());
        line(text, "lightning_parked_bytes{tier=\"host\"}", status.hostBytes());
        line(text, "lightning_parked_bytes{tier=\"disk\"}", status.diskBytes());
        return text.toString();
    }

    private static void line(StringBuilder text, String name, long value) {
        text.append(String.format(Locale.ROOT, "%s %d%n", name, value));
    }
}
