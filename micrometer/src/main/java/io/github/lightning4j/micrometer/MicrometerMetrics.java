package io.github.lightning4j.micrometer;

import io.github.lightning4j.serving.AppendEndedException;
import io.github.lightning4j.serving.AttentionService;
import io.github.lightning4j.serving.PrefixStore;
import io.github.lightning4j.serving.RejectedException;
import io.github.lightning4j.serving.ServiceMetrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * Tells a registry of Micrometer what a service and a store do, as meters {@code lightning4j.*}.
 * Thread-safe.
 *
 * <pre>
 *   lightning4j.step             timer: one call of the device; tag layer
 *   lightning4j.step.appends     summary: appends in it
 *   lightning4j.step.tokens      summary: tokens in it
 *   lightning4j.wait             timer: from the arrival of an append to the device
 *   lightning4j.rejected         counter; tag reason
 *   lightning4j.ended            counter; tag reason
 *   lightning4j.lost             counter: conversations whose states were lost
 *   lightning4j.parked, .resumed counters: bytes of states off the device, and back
 *   lightning4j.spilled, .fetched          counters: bytes of such states to files, and back
 *   lightning4j.spill.failed     counter: states that could not be written
 *   lightning4j.prefix.lookups   counter; tag result, hit or miss
 *   lightning4j.prefix.tokens    counter: tokens that need not be computed
 *   lightning4j.prefix.stored, .evicted    counters: bytes; tag tier
 *   lightning4j.prefix.failed    counter: prefixes that could not be written
 * </pre>
 */
public final class MicrometerMetrics implements ServiceMetrics {
    private static final String PREFIX = "lightning4j.";

    private final MeterRegistry registry;
    private final Tags tags;

    /**
     * Meters in a registry.
     *
     * @param registry where they are
     * @param tags of all of them, such as the name of the service
     */
    public MicrometerMetrics(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
    }

    /**
     * Adds gauges of what a service has: {@code lightning4j.conversations}, {@code .resident},
     * {@code .waiting}, and {@code .parked.bytes} with a tag tier.
     *
     * @param service is held weakly
     */
    public void watch(AttentionService service) {
        gauge("conversations", service, s -> s.status().conversations());
        gauge("resident", service, s -> s.status().resident());
        gauge("waiting", service, s -> s.status().waiting());
        bytes("parked.bytes", "host", service, s -> s.status().hostBytes());
        bytes("parked.bytes", "disk", service, s -> s.status().diskBytes());
    }

    /**
     * Adds gauges of what a store has: {@code lightning4j.prefix.entries} and {@code
     * lightning4j.prefix.bytes}, the latter with a tag tier.
     *
     * @param store is held weakly
     */
    public void watch(PrefixStore store) {
        gauge("prefix.entries", store, s -> s.usage().prefixes());
        bytes("prefix.bytes", "host", store, s -> s.usage().hostBytes());
        bytes("prefix.bytes", "disk", store, s -> s.usage().diskBytes());
    }

    private <T> void bytes(String name, String tier, T of, ToDoubleFunction<T> value) {
        Gauge.builder(PREFIX + name, of, value)
                .tags(tags.and("tier", tier))
                .baseUnit("bytes")
                .register(registry);
    }

    private <T> void gauge(String name, T of, ToDoubleFunction<T> value) {
        Gauge.builder(PREFIX + name, of, value).tags(tags).register(registry);
    }

    private Counter counter(String name, String... more) {
        return registry.counter(PREFIX + name, tags.and(more));
    }

    @Override
    public void batch(int layer, int calls, long tokens, long deviceNanos) {
        Timer step = registry.timer(PREFIX + "step", tags.and("layer", Integer.toString(layer)));
        step.record(deviceNanos, TimeUnit.NANOSECONDS);
        summary("step.appends").record(calls);
        summary("step.tokens").record((double) tokens);
    }

    private DistributionSummary summary(String name) {
        return registry.summary(PREFIX + name, tags);
    }

    @Override
    public void waited(long tokens, long nanos) {
        registry.timer(PREFIX + "wait", tags).record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void rejected(RejectedException.Reason reason) {
        counter("rejected", "reason", word(reason)).increment();
    }

    @Override
    public void ended(AppendEndedException.Reason reason) {
        counter("ended", "reason", word(reason)).increment();
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void failed(int lost) {
        counter("lost").increment(lost);
    }

    @Override
    public void parked(long bytes) {
        counter("parked").increment((double) bytes);
    }

    @Override
    public void resumed(long bytes) {
        counter("resumed").increment((double) bytes);
    }

    @Override
    public void spilled(long bytes) {
        counter("spilled").increment((double) bytes);
    }

    @Override
    public void fetched(long bytes) {
        counter("fetched").increment((double) bytes);
    }

    @Override
    public void spillFailed(long bytes) {
        counter("spill.failed").increment();
    }

    @Override
    public void looked(long tokens, long of) {
        counter("prefix.lookups", "result", tokens > 0 ? "hit" : "miss").increment();
        counter("prefix.tokens").increment((double) tokens);
    }

    @Override
    public void stored(Tier tier, long bytes) {
        counter("prefix.stored", "tier", word(tier)).increment((double) bytes);
    }

    @Override
    public void evicted(Tier tier, long bytes) {
        counter("prefix.evicted", "tier", word(tier)).increment((double) bytes);
    }

    @Override
    public void writeFailed(long bytes) {
        counter("prefix.failed").increment();
    }
}
