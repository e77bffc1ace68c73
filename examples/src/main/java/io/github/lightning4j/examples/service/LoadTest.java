package io.github.lightning4j.examples.service;

import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.serving.AttentionService;
import io.github.lightning4j.serving.ServiceOptions;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * How long a decode step takes over HTTP while many conversations decode, alone and beside long
 * prefills. Server and clients share this process and its processors.
 */
public final class LoadTest {
    private static final int PREFILL = 4096;

    private LoadTest() {}

    /**
     * Prints medians and 99th percentiles.
     *
     * @param args how many conversations decode, 32 unless given; how many steps each, 200; how
     *     many prefill beside them, 2
     * @throws Exception if a request fails
     */
    public static void main(String[] args) throws Exception {
        int decoding = args.length > 0 ? Integer.parseInt(args[0]) : 32;
        int steps = args.length > 1 ? Integer.parseInt(args[1]) : 200;
        int filling = args.length > 2 ? Integer.parseInt(args[2]) : 2;
        Counters counters = new Counters();
        List<LightningAttention> layers = Serve.layers();
        try (AttentionService service =
                        AttentionService.open(layers, ServiceOptions.ofSlots(64), counters);
                ConversationServer server =
                        new ConversationServer(service, counters, 0, Serve.MOST_BYTES);
                Client client = new Client(server.port());
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (boolean warm : new boolean[] {false, true}) {
                // The first time what runs is compiled meanwhile.
                String when = warm ? "warm" : "cold";
                tell(when + ", decode alone", decode(client, threads, decoding, steps));
                AtomicBoolean over = new AtomicBoolean();
                List<Future<Integer>> prefills = new ArrayList<>();
                for (int i = 0; i < filling; i++) {
                    prefills.add(threads.submit(() -> prefill(client, over)));
                }
                double[] beside = decode(client, threads, decoding, steps);
                over.set(true);
                int prompts = 0;
                for (Future<Integer> prefill : prefills) {
                    prompts += prefill.get();
                }
                tell(when + ", beside " + prompts + " prefills of " + PREFILL, beside);
            }
            System.out.print(counters.text(service.status()));
        }
        layers.forEach(LightningAttention::close);
    }

    private static void tell(String what, double[] millis) {
        Arrays.sort(millis);
        System.out.printf(
                Locale.ROOT,
                "%s: p50 %.2f ms, p99 %.2f ms, longest %.2f ms, %d steps%n",
                what,
                millis[millis.length / 2],
                millis[millis.length * 99 / 100],
                millis[millis.length - 1],
                millis.length);
    }

    private static Tensor normal(int tokens) {
        Random random = new Random(tokens);
        float[] values = new float[Serve.HEADS * tokens * Serve.DIM];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.ofFloats(values, 1, Serve.HEADS, tokens, Serve.DIM);
    }

    /** Milliseconds of each step, all layers one after another, of all conversations. */
    private static double[] decode(
            Client client, ExecutorService threads, int conversations, int steps)
            throws IOException, InterruptedException, ExecutionException {
        byte[] token = Client.tokens(normal(1));
        List<Future<double[]>> all = new ArrayList<>();
        for (int i = 0; i < conversations; i++) {
            String path = client.begin();
            all.add(
                    threads.submit(() -> {
                        double[] millis = new double[steps];
                        for (int step = 0; step < steps; step++) {
                            long begun = System.nanoTime();
                            append(client, path, token);
                            millis[step] = (System.nanoTime() - begun) / 1e6;
                        }
                        client.send("DELETE", path, new byte[0]);
                        return millis;
                    }));
        }
        double[] millis = new double[conversations * steps];
        for (int i = 0; i < conversations; i++) {
            System.arraycopy(all.get(i).get(), 0, millis, i * steps, steps);
        }
        return millis;
    }

    /** One prompt after another, until it is over; how many. */
    private static int prefill(Client client, AtomicBoolean over)
            throws IOException, InterruptedException {
        byte[] prompt = Client.tokens(normal(PREFILL));
        int prompts = 0;
        while (!over.get()) {
            String path = client.begin();
            append(client, path, prompt);
            client.send("DELETE", path, new byte[0]);
            prompts++;
        }
        return prompts;
    }

    private static void append(Client client, String path, byte[] tokens)
            throws IOException, InterruptedException {
        for (int layer = 0; layer < Serve.LAYERS; layer++) {
            HttpResponse<byte[]> answer = client.send("POST", path + "/append/" + layer, tokens);
            if (answer.statusCode() != 200) {
                throw new IOException(answer.statusCode() + ": " + Client.text(answer));
            }
        }
    }
}
