package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.SlotSnapshot;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** Conversations far beyond the slots and the memory are as if there were room for all of them. */
class ParkedConversationsTest {
    private static final int SLOTS = 3;
    private static final int MOST = 40;
    private static final ServiceOptions OPTIONS =
            ServiceOptions.ofSlots(MOST)
                    .withSteps(8, 64, MOST)
                    .withConversations(MOST)
                    .withPool(PoolOptions.DEFAULT.withRollback(32));

    @TempDir private Path folder;

    private final List<LightningAttention> layers =
            Talk.CONFIGS.stream().map(config -> LightningAttention.open(config, "cpu")).toList();
    private final LongAdder fetched = new LongAdder();

    @AfterEach
    void close() {
        layers.forEach(LightningAttention::close);
    }

    private AttentionService parking(long hostBytes) {
        ServiceOptions options =
                ServiceOptions.ofSlots(SLOTS)
                        .withSteps(8, 64, SLOTS)
                        .withConversations(MOST)
                        .withPool(OPTIONS.pool())
                        .withParking(folder, hostBytes);
        return AttentionService.open(
                layers,
                options,
                new ServiceMetrics() {
                    @Override
                    public void fetched(long bytes) {
                        fetched.increment();
                    }
                });
    }

    private void nothingIsLeft() throws IOException {
        assertTrue(fetched.sum() > 0, "nothing came from a file");
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(folder.resolve("lock")), files.toList());
        }
    }

    /** A conversation, and its own run where nothing leaves the device. */
    private record Pair(Talk parked, Talk alone) {
        Pair fork() {
            return new Pair(parked.fork(), alone.fork());
        }

        void append(long seed, int count) {
            parked.append(new Random(seed), count);
            alone.append(new Random(seed), count);
        }

        void truncate(int left) {
            for (Talk each : List.of(parked, alone)) {
                each.conversation.truncate(left);
                each.streams.forEach(stream -> stream.truncate(left));
            }
        }

        void check() {
            for (int layer = 0; layer < Talk.CONFIGS.size(); layer++) {
                parked.streams.get(layer).sameBits(alone.streams.get(layer), 0);
            }
            PrefixFixture.sameBits(
                    parked.conversation.toString(),
                    parked.conversation.snapshot(),
                    alone.conversation.snapshot());
        }

        void close() {
            parked.conversation.close();
            alone.conversation.close();
        }
    }

    private static Talk again(AttentionService service, Talk of) {
        List<SlotSnapshot> states = of.conversation.snapshot();
        return new Talk(service.open(states), of.streams.stream().map(TokenStream::new).toList());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 10_000, 1 << 30})
    void whateverIsDoneToThemNothingShows(long hostBytes) throws IOException {
        Random random = new Random(Talk.SEED + hostBytes);
        List<Pair> all = new ArrayList<>();
        try (AttentionService service = parking(hostBytes);
                AttentionService alone = AttentionService.open(layers, OPTIONS)) {
            for (int step = 0; step < 400; step++) {
                int action = all.isEmpty() ? 0 : random.nextInt(12);
                Pair any = all.isEmpty() ? null : all.get(random.nextInt(all.size()));
                if (any == null || (action < 3 && all.size() < MOST)) {
                    all.add(new Pair(new Talk(service.open()), new Talk(alone.open())));
                    all.getLast().append(random.nextLong(), 1 + random.nextInt(80));
                } else if (action == 3 && all.size() < MOST) {
                    all.add(any.fork());
                } else if (action == 4 && all.size() < MOST) {
                    all.add(new Pair(again(service, any.parked), again(alone, any.alone)));
                } else if (action == 5) {
                    int size = any.parked.streams.getFirst().size();
                    any.truncate(size - random.nextInt(size % 32 + 1));
                } else if (action == 6) {
                    any.check();
                    any.close();
                    all.remove(any);
                } else {
                    any.append(random.nextLong(), random.nextInt(3) == 0 ? random.nextInt(150) : 1);
                }
            }
            all.forEach(Pair::check);
            assertTrue(service.status().resident() <= SLOTS);
        }
        if (hostBytes < 1 << 30) {
            nothingIsLeft();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 10_000})
    void manyThreadsThatCancelLoseAndMixNothing(long hostBytes) throws Exception {
        try (AttentionService service = parking(hostBytes)) {
            Talk.manyThatCancel(service, MOST);
            assertEquals(0, service.status().waiting());
        }
        nothingIsLeft();
    }
}
