package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.Decay;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.Tensor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;

/** A conversation and what it must be. */
final class Talk {
    /** Of random steps; another one by {@code -Dlightning.seed}. */
    static final long SEED = Long.getLong("lightning.seed", 20261127);

    /** Of the layers. */
    static final List<AttentionConfig> CONFIGS =
            List.of(
                    AttentionConfig.builder(2, 6, 8)
                            .decay(new Decay.Slopes(0, 0.3f))
                            .scale(0.5)
                            .build(),
                    AttentionConfig.builder(3, 5, 4)
                            .decay(new Decay.Slopes(0.01f, 1, 0.1f))
                            .featureMap(FeatureMap.SILU)
                            .layout(Layout.TOKENS_FIRST)
                            .scale(0.5)
                            .build());

    final Conversation conversation;
    final List<TokenStream> streams;

    Talk(Conversation conversation) {
        this(conversation, CONFIGS.stream().map(TokenStream::new).toList());
    }

    Talk(Conversation conversation, List<TokenStream> streams) {
        this.conversation = conversation;
        this.streams = streams;
    }

    Talk fork() {
        return new Talk(conversation.fork(), streams.stream().map(TokenStream::new).toList());
    }

    /** Appends tokens to all layers, as a model does. */
    void append(Random random, int count) {
        List<Long> tokens = LongStream.range(0, count).mapToObj(i -> random.nextLong()).toList();
        for (int layer = 0; layer < CONFIGS.size(); layer++) {
            AttentionInputs in = TokenStream.inputs(CONFIGS.get(layer), tokens);
            Tensor o = conversation.append(layer, in.q(), in.k(), in.v());
            streams.get(layer).append(tokens, count, o);
        }
    }

    /** Appends tokens to a layer, and may cancel it. */
    void appendOrCancel(Random random, int layer, int count) throws Exception {
        List<Long> tokens = LongStream.range(0, count).mapToObj(i -> random.nextLong()).toList();
        AttentionInputs in = TokenStream.inputs(CONFIGS.get(layer), tokens);
        CompletableFuture<Tensor> call =
                random.nextInt(5) > 0
                        ? conversation.submit(layer, in.q(), in.k(), in.v())
                        : conversation.submit(
                                layer, in.q(), in.k(), in.v(), Duration.ofNanos(50_000));
        if (random.nextInt(4) == 0) {
            Thread.yield();
            if (call.cancel(false)) {
                return;
            }
        }
        try {
            streams.get(layer).append(tokens, count, call.get());
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof AppendEndedException ended)) {
                throw e;
            }
            streams.get(layer).append(tokens, ended.appended(), null);
        }
    }

    /** Appends, some of them cancelled, until it is long or the end has come. */
    void talk(Random random, int longest, LongSupplier left, Runnable appended) throws Exception {
        for (int step = 0; streams.getFirst().size() < longest && left.getAsLong() > 0; step++) {
            int count = random.nextInt(20) == 0 ? 40 + random.nextInt(200) : 1;
            appendOrCancel(random, step % CONFIGS.size(), count);
            appended.run();
        }
    }

    /** All outputs and counts are those of float64. */
    void check() {
        for (int layer = 0; layer < streams.size(); layer++) {
            String what = conversation + ", layer " + layer + ", -Dlightning.seed=" + SEED;
            assertEquals(streams.get(layer).size(), conversation.tokens(layer), what);
            streams.get(layer).check(what);
        }
    }

    /** So many threads, each with a conversation, appends, and cancellations; then checks all. */
    static void manyThatCancel(AttentionService service, int threads) throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Talk>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                Random random = new Random(SEED + i);
                all.add(
                        executor.submit(() -> {
                            Talk talk = new Talk(service.open());
                            for (int step = 0; step < 12; step++) {
                                int count = random.nextInt(6) == 0 ? 40 + random.nextInt(200) : 1;
                                talk.appendOrCancel(random, step % CONFIGS.size(), count);
                            }
                            return talk;
                        }));
            }
            for (Future<Talk> talk : all) {
                talk.get().check();
            }
        }
    }
}
