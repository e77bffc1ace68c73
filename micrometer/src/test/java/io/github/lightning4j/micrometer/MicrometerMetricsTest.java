package io.github.lightning4j.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.serving.AppendEndedException;
import io.github.lightning4j.serving.AttentionService;
import io.github.lightning4j.serving.Conversation;
import io.github.lightning4j.serving.PrefixChain;
import io.github.lightning4j.serving.PrefixStore;
import io.github.lightning4j.serving.RejectedException;
import io.github.lightning4j.serving.ServiceMetrics;
import io.github.lightning4j.serving.ServiceOptions;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a service and a store tell is in the registry. */
class MicrometerMetricsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final MicrometerMetrics metrics =
            new MicrometerMetrics(registry, Tags.of("service", "test"));

    private double count(String name, String... tags) {
        return registry.get("lightning4j." + name)
                .tags("service", "test")
                .tags(tags)
                .counter()
                .count();
    }

    private double gauge(String name, String... tags) {
        return registry.get("lightning4j." + name).tags(tags).gauge().value();
    }

    @Test
    void aServiceAndAStoreAreCounted() {
        AttentionConfig config = AttentionConfig.builder(1, 4).build();
        try (LightningAttention attention = LightningAttention.open(config, "cpu");
                AttentionService service =
                        AttentionService.open(
                                List.of(attention), ServiceOptions.ofSlots(1), metrics);
                PrefixStore store = PrefixStore.inMemory(1 << 20, metrics)) {
            metrics.watch(service);
            metrics.watch(store);
            Conversation one = service.open();
            Conversation two = service.open();
            Tensor x = Tensor.allocate(DType.F32, 1, 1, 3, 4);
            one.append(x, x, x);
            two.append(x, x, x);
            assertEquals(2, registry.get("lightning4j.step").tag("layer", "0").timer().count());
            assertEquals(2, registry.get("lightning4j.wait").timer().count());
            assertEquals(6, registry.get("lightning4j.step.tokens").summary().totalAmount());
            assertEquals(2, registry.get("lightning4j.step.appends").summary().totalAmount());
            assertTrue(count("parked") > 0);
            assertEquals(2, gauge("conversations"));
            assertEquals(1, gauge("resident"));
            assertEquals(0, gauge("waiting"));
            assertEquals(count("parked"), gauge("parked.bytes", "tier", "host"));
            assertEquals(0, gauge("parked.bytes", "tier", "disk"));

            PrefixChain chain = PrefixChain.of("model", service).add(1, 2, 3);
            store.longest(chain);
            store.put(chain, one.snapshot());
            store.longest(chain);
            assertEquals(1, count("prefix.lookups", "result", "miss"));
            assertEquals(1, count("prefix.lookups", "result", "hit"));
            assertEquals(3, count("prefix.tokens"));
            assertEquals(
                    count("prefix.stored", "tier", "host"), gauge("prefix.bytes", "tier", "host"));
            assertEquals(0, gauge("prefix.bytes", "tier", "disk"));
            assertEquals(1, gauge("prefix.entries"));
        }
    }

    @Test
    void whatGoesWrongIsCountedByItsReason() {
        metrics.rejected(RejectedException.Reason.QUEUE_FULL);
        metrics.ended(AppendEndedException.Reason.DEADLINE);
        metrics.ended(AppendEndedException.Reason.CANCELLED);
        metrics.failed(2);
        metrics.resumed(7);
        metrics.spilled(12);
        metrics.fetched(13);
        metrics.spillFailed(14);
        metrics.evicted(ServiceMetrics.Tier.DISK, 9);
        metrics.writeFailed(11);
        metrics.batch(3, 1, 1, 5_000_000);
        assertEquals(1, count("rejected", "reason", "queue_full"));
        assertEquals(1, count("ended", "reason", "deadline"));
        assertEquals(2, count("lost"));
        assertEquals(7, count("resumed"));
        assertEquals(12, count("spilled"));
        assertEquals(13, count("fetched"));
        assertEquals(1, count("spill.failed"));
        assertEquals(9, count("prefix.evicted", "tier", "disk"));
        assertEquals(1, count("prefix.failed"));
        assertEquals(
                5,
                registry.get("lightning4j.step")
                        .tag("layer", "3")
                        .timer()
                        .totalTime(TimeUnit.MILLISECONDS));
    }
}
