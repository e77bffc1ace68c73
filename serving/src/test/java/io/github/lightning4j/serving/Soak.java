package io.github.lightning4j.serving;

import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PoolOptions;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Many virtual threads for a minute, with cancellations, deadlines and far fewer slots than
 * conversations: none is lost, none mixed, and memory does not grow. Run by hand, since it takes as
 * long as it is told to:
 *
 * <pre>
 * java … io.github.lightning4j.serving.Soak [threads] [seconds] [KiB of parked states in memory]
 * </pre>
 */
final class Soak {
    private static final int SLOTS = 100;

    /** Conversations are checked and begun anew at this length, because the check is quadratic. */
    private static final int LONGEST = 600;

    private Soak() {}

    /**
     * Arguments: how many threads, for how many seconds; with how much memory, files for the rest.
     */
    public static void main(String[] args) throws Exception {
        int threads = args.length > 0 ? Integer.parseInt(args[0]) : 500;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 60;
        LongAdder appends = new LongAdder();
        LongAdder checked = new LongAdder();
        LongAdder parked = new LongAdder();
        LongAdder spilled = new LongAdder();
        LongAdder fetched = new LongAdder();
        ServiceMetrics metrics =
                new ServiceMetrics() {
                    @Override
                    public void parked(long bytes) {
                        parked.increment();
                    }

                    @Override
                    public void spilled(long bytes) {
                        spilled.increment();
                    }

                    @Override
                    public void fetched(long bytes) {
                        fetched.increment();
                    }
                };
        ServiceOptions options =
                ServiceOptions.ofSlots(SLOTS)
                        .withConversations(threads)
                        .withWaiting(2 * threads)
                        .withPool(PoolOptions.DEFAULT.withRollback(32));
        if (args.length > 2) {
            Path folder = Files.createTempDirectory("soak");
            options = options.withParking(folder, Long.parseLong(args[2]) << 10);
        }
        List<LightningAttention> layers =
                Talk.CONFIGS.stream().map(config -> LightningAttention.open(config)).toList();
        CountDownLatch over = new CountDownLatch(1);
        try (AttentionService service = AttentionService.open(layers, options, metrics);
                ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                Random random = new Random(i);
                all.add(
                        executor.submit(() -> {
                            while (over.getCount() > 0) {
                                Talk talk = new Talk(service.open());
                                talk.talk(random, LONGEST, over::getCount, appends::increment);
                                talk.check();
                                checked.increment();
                                talk.conversation.close();
                            }
                            return null;
                        }));
            }
            for (int s = 0; s < seconds && !over.await(1, TimeUnit.SECONDS); s++) {
                if (s % 10 == 9) {
                    System.gc();
                    Runtime runtime = Runtime.getRuntime();
                    System.out.printf(
                            Locale.ROOT,
                            "%3d s: %,9d appends, %,6d conversations checked, %,8d parked, %,d"
                                    + " written, %,d read, %4d MiB of heap, %s%n",
                            s + 1,
                            appends.sum(),
                            checked.sum(),
                            parked.sum(),
                            spilled.sum(),
                            fetched.sum(),
                            (runtime.totalMemory() - runtime.freeMemory()) >> 20,
                            service.status());
                }
            }
            over.countDown();
            for (Future<?> each : all) {
                each.get(Duration.ofMinutes(5).toSeconds(), TimeUnit.SECONDS);
            }
            System.out.printf(
                    Locale.ROOT,
                    "%,d appends, %,d conversations checked, none differs; %s%n",
                    appends.sum(),
                    checked.sum(),
                    service.status());
        }
        layers.forEach(LightningAttention::close);
    }
}
