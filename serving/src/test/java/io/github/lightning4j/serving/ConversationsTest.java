package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Slot;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Whatever is done to conversations, and by however many threads, each is as if it were alone. */
class ConversationsTest {
    private static final int SLOTS = 5;
    private static final ServiceOptions OPTIONS =
            ServiceOptions.ofSlots(SLOTS)
                    .withSteps(8, 64, SLOTS)
                    .withConversations(40)
                    .withPool(PoolOptions.DEFAULT.withRollback(32));

    private final List<LightningAttention> layers =
            Talk.CONFIGS.stream().map(config -> LightningAttention.open(config, "cpu")).toList();
    private final AttentionService service = AttentionService.open(layers, OPTIONS);

    @AfterEach
    void close() {
        service.close();
        layers.forEach(LightningAttention::close);
    }

    @Test
    void randomStepsAreThoseOfFloat64() {
        Random random = new Random(Talk.SEED);
        List<Talk> talks = new ArrayList<>();
        List<Talk> stored = new ArrayList<>();
        List<List<SlotSnapshot>> snapshots = new ArrayList<>();
        for (int step = 0; step < 400; step++) {
            int action = talks.isEmpty() ? 0 : random.nextInt(12);
            Talk any = talks.isEmpty() ? null : talks.get(random.nextInt(talks.size()));
            if (action == 0 && talks.size() < 15) {
                talks.add(new Talk(service.open()));
            } else if (any == null) {
                continue;
            } else if (action == 1 && talks.size() < 15) {
                talks.add(any.fork());
            } else if (action == 2) {
                any.check();
                any.conversation.close();
                talks.remove(any);
            } else if (action == 3) {
                int size = any.streams.getFirst().size();
                int left = size - random.nextInt(size % 32 + 1);
                any.conversation.truncate(left);
                any.streams.forEach(stream -> stream.truncate(left));
            } else if (action == 4) {
                snapshots.add(any.conversation.snapshot());
                stored.add(
                        new Talk(
                                any.conversation,
                                any.streams.stream().map(TokenStream::new).toList()));
            } else if (action == 5 && !stored.isEmpty() && talks.size() < 15) {
                int i = random.nextInt(stored.size());
                List<TokenStream> streams =
                        stored.get(i).streams.stream().map(TokenStream::new).toList();
                talks.add(new Talk(service.open(snapshots.get(i)), streams));
            } else {
                any.append(random, random.nextInt(3) == 0 ? random.nextInt(150) : 1);
            }
        }
        talks.forEach(Talk::check);
        assertTrue(service.status().resident() <= SLOTS);
    }

    @Test
    void manyThreadsThatCancelLoseAndMixNothing() throws Exception {
        Talk.manyThatCancel(service, 40);
        assertEquals(0, service.status().waiting());
    }

    /** Scheduling must not change answers, in bits: neither who is there nor leaving the device. */
    @Test
    void whoElseIsThereDoesNotShow() throws Exception {
        Talk alone = new Talk(service.open());
        play(alone, true);
        Talk crowded = new Talk(service.open());
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> others = new ArrayList<>();
            for (int i = 0; i < 15; i++) {
                Random random = new Random(i);
                others.add(
                        executor.submit(() -> {
                            Talk talk = new Talk(service.open());
                            for (int step = 0; step < 10; step++) {
                                talk.append(
                                        random, random.nextInt(4) == 0 ? random.nextInt(100) : 1);
                            }
                        }));
            }
            play(crowded, false);
            for (Future<?> other : others) {
                other.get();
            }
        }
        for (int layer = 0; layer < Talk.CONFIGS.size(); layer++) {
            crowded.streams.get(layer).sameBits(alone.streams.get(layer), 0);
            SlotSnapshot one = alone.conversation.snapshot().get(layer);
            SlotSnapshot other = crowded.conversation.snapshot().get(layer);
            assertEquals(
                    -1,
                    one.folded().values().segment().mismatch(other.folded().values().segment()));
            assertEquals(-1, one.keys().segment().mismatch(other.keys().segment()));
            assertEquals(-1, one.values().segment().mismatch(other.values().segment()));
        }
        crowded.check();
    }

    /** Long and short appends; alone, the conversation leaves the device and comes back. */
    private void play(Talk talk, boolean alone) {
        Random random = new Random(7);
        for (int count : new int[] {70, 1, 1, 8, 9, 64, 65, 96, 200, 1, 1, 1}) {
            talk.append(random, count);
            if (alone) {
                List<Talk> others = new ArrayList<>();
                for (int i = 0; i < SLOTS; i++) {
                    others.add(new Talk(service.open()));
                    others.getLast().append(new Random(i), 1);
                }
                others.forEach(other -> other.conversation.close());
            }
        }
    }

    /** An append that the service cuts has the outputs of one call of a pool. */
    @Test
    void cuttingDoesNotShow() {
        Talk talk = new Talk(service.open());
        talk.append(new Random(3), 325);
        List<Long> tokens = new Random(3).longs(325).boxed().toList();
        for (int layer = 0; layer < Talk.CONFIGS.size(); layer++) {
            AttentionConfig config = Talk.CONFIGS.get(layer);
            AttentionInputs in = TokenStream.inputs(config, tokens);
            long[] shape = config.layout().shape(1, config.heads(), 325, config.valueDim());
            Tensor o = Tensor.allocate(DType.F32, shape);
            try (StatePool pool = layers.get(layer).openPool(1)) {
                pool.append(new Slot[] {pool.acquire()}, in.q(), in.k(), in.v(), o);
            }
            TokenStream whole = new TokenStream(config);
            whole.append(tokens, 325, o);
            talk.streams.get(layer).sameBits(whole, 0);
        }
    }

    @Test
    void twoServicesInOneJvmDoNotMeet() {
        try (AttentionService other = AttentionService.open(layers, OPTIONS)) {
            Talk one = new Talk(service.open());
            Talk two = new Talk(other.open());
            for (int i = 0; i < 5; i++) {
                one.append(new Random(i), 20);
                two.append(new Random(-i), 30);
            }
            service.close();
            two.append(new Random(9), 3);
            one.check();
            two.check();
            assertEquals(one.conversation.id(), two.conversation.id());
        }
    }
}
