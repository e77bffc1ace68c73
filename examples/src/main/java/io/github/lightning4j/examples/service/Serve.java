package io.github.lightning4j.examples.service;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Decay;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.serving.AllMetrics;
import io.github.lightning4j.serving.AttentionService;
import io.github.lightning4j.serving.JfrMetrics;
import io.github.lightning4j.serving.ServiceOptions;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/** Serves conversations of a model of a few layers over HTTP until the process is told to stop. */
public final class Serve {
    static final int LAYERS = 2;
    static final int HEADS = 8;
    static final int DIM = 64;

    /** Of a request's body. */
    static final long MOST_BYTES = 64L << 20;

    private Serve() {}

    /** The attention of each layer, with slopes of its own. */
    static List<LightningAttention> layers() {
        return IntStream.range(0, LAYERS)
                .mapToObj(layer ->
                        LightningAttention.open(
                                AttentionConfig.builder(HEADS, DIM)
                                        .decay(new Decay.AlibiLayer(layer, LAYERS))
                                        .build()))
                .toList();
    }

    /** Bounds: without a folder in the arguments all idle states are in memory. */
    static ServiceOptions options(String... args) {
        ServiceOptions options = ServiceOptions.ofSlots(64).withConversations(1000);
        if (args.length < 2) {
            return options;
        }
        long hostBytes = (args.length > 2 ? Long.parseLong(args[2]) : 256) << 20;
        return options.withParking(Path.of(args[1]), hostBytes);
    }

    /**
     * Serves.
     *
     * @param args the port, 8080 unless it is given; a folder for the states of idle conversations,
     *     which are in memory alone unless it is given; and how many MiB of them stay in memory
     *     then, 256 unless given
     * @throws IOException if the port is taken
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 8080;
        Counters counters = new Counters();
        AttentionService service =
                AttentionService.open(
                        layers(), options(args), new AllMetrics(counters, new JfrMetrics()));
        ConversationServer server = new ConversationServer(service, counters, port, MOST_BYTES);
        CountDownLatch over = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> {
                            service.close(Duration.ofSeconds(10));
                            server.close();
                            over.countDown();
                        }));
        System.out.println("http://localhost:" + server.port() + "/");
        over.await();
    }
}
