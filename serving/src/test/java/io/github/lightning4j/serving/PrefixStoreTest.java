package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.Decay;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What begins from a stored prefix goes on as if its tokens had been appended. */
class PrefixStoreTest {
    private static final AttentionConfig CONFIG =
            AttentionConfig.builder(2, 6, 8).decay(new Decay.Slopes(0, 0.3f)).scale(0.5).build();
    private static final ServiceOptions OPTIONS = ServiceOptions.ofSlots(4).withSteps(8, 64, 4);
    private static final long PLENTY = 1 << 26;

    @TempDir private Path folder;

    private final LightningAttention attention = LightningAttention.open(CONFIG, "cpu");
    private final List<LightningAttention> layers = List.of(attention, attention);
    private final AttentionService service = AttentionService.open(layers, OPTIONS);

    @AfterEach
    void close() {
        service.close();
        attention.close();
    }

    private PrefixChain chain(int... tokens) {
        return PrefixChain.of("model", service).add(tokens);
    }

    private static int[] range(int from, int to) {
        return IntStream.range(from, to).toArray();
    }

    /** Appends tokens to all layers; the output of the last one. */
    private static Tensor append(Conversation to, int from, int until) {
        List<Long> tokens = IntStream.range(from, until).mapToObj(i -> (long) i).toList();
        AttentionInputs in = TokenStream.inputs(CONFIG, tokens);
        to.append(0, in.q(), in.k(), in.v());
        return to.append(1, in.q(), in.k(), in.v());
    }

    private void store(PrefixStore store, int tokens) {
        try (Conversation conversation = service.open()) {
            if (tokens > 0) {
                append(conversation, 0, tokens);
            }
            store.put(chain(range(0, tokens)), conversation.snapshot());
        }
    }

    private PrefixStore open() throws IOException {
        return open(0, PLENTY);
    }

    private PrefixStore open(long host, long disk) throws IOException {
        return PrefixStore.open(folder, host, disk, ServiceMetrics.NONE);
    }

    private static PrefixHit hit(PrefixStore store, PrefixChain chain) {
        return store.longest(chain).orElseThrow();
    }

    private static void sameBits(String what, Tensor one, Tensor other) {
        assertEquals(-1, one.segment().mismatch(other.segment()), what);
    }

    private static void sameBits(String what, List<SlotSnapshot> one, List<SlotSnapshot> other) {
        assertEquals(one.size(), other.size(), what);
        for (int layer = 0; layer < one.size(); layer++) {
            SlotSnapshot a = one.get(layer);
            SlotSnapshot b = other.get(layer);
            assertEquals(a.tokens(), b.tokens(), what);
            sameBits(what, a.folded().values(), b.folded().values());
            sameBits(what, a.keys(), b.keys());
            sameBits(what, a.values(), b.values());
        }
    }

    /** SGLang 29973 33450, vLLM 53912: at every length, not at those of a grid alone. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHitOfAnyLengthGoesOnInBits(boolean onDisk) throws IOException {
        try (PrefixStore store =
                onDisk ? open() : PrefixStore.inMemory(PLENTY, ServiceMetrics.NONE)) {
            int[] lengths = {1, 31, 32, 33, 63, 64, 65, 127, 129, 193};
            for (int n : lengths) {
                store(store, n);
            }
            Conversation straight = service.open();
            int at = 0;
            for (int n : lengths) {
                append(straight, at, n);
                at = n;
                PrefixHit hit = hit(store, chain(range(0, n)).add(-1));
                assertEquals(n, hit.tokens());
                try (Conversation resumed = service.open(hit.states());
                        Conversation twin = straight.fork()) {
                    assertEquals(n, resumed.tokens());
                    for (int cut : new int[] {1, 8, 40}) {
                        sameBits(
                                n + " tokens and " + cut,
                                append(resumed, n, n + cut),
                                append(twin, n, n + cut));
                    }
                    sameBits(n + " tokens", resumed.snapshot(), twin.snapshot());
                }
            }
        }
    }

    /** vLLM 53912 45614: drafts after a hit, taken back, leave no trace. */
    @Test
    void draftsAfterAHitLeaveNoTrace() throws IOException {
        try (PrefixStore store = open();
                Conversation straight = service.open()) {
            store(store, 45);
            append(straight, 0, 45);
            try (Conversation resumed = service.open(hit(store, chain(range(0, 45))).states())) {
                append(resumed, 500, 507);
                resumed.truncate(45);
                sameBits("after drafts", resumed.snapshot(), straight.snapshot());
                append(resumed, 500, 503);
                resumed.truncate(47); // two of the three are accepted
                append(straight, 500, 502);
                sameBits("what follows", append(resumed, 45, 90), append(straight, 45, 90));
                sameBits("what follows", resumed.snapshot(), straight.snapshot());
            }
        }
    }

    @Test
    void theLongestPrefixOfTheSameTokensAndModelIsFound() throws IOException {
        try (PrefixStore store = open()) {
            for (int n : new int[] {0, 5, 40, 41}) {
                store(store, n);
            }
            assertEquals(41, hit(store, chain(range(0, 100))).tokens());
            assertEquals(40, hit(store, chain(range(0, 40))).tokens());
            assertEquals(5, hit(store, chain(range(0, 39))).tokens());
            PrefixChain other = chain(range(0, 5)).add(7).add(range(6, 50));
            assertEquals(5, hit(store, other).tokens());
            assertEquals(0, hit(store, chain(1, 2)).tokens());
            PrefixChain model = PrefixChain.of("other", service).add(range(0, 100));
            assertTrue(store.longest(model).isEmpty());
            for (ServiceOptions options :
                    List.of(
                            OPTIONS.withPool(PoolOptions.DEFAULT.withStateBits(16)),
                            OPTIONS.withPool(PoolOptions.DEFAULT.withSeed(1)))) {
                PrefixChain chain = PrefixChain.of("model", layers, options).add(range(0, 100));
                assertTrue(store.longest(chain).isEmpty());
            }
            PrefixChain less =
                    PrefixChain.of("model", List.of(attention), OPTIONS).add(range(0, 100));
            assertTrue(store.longest(less).isEmpty());
        }
    }

    @Test
    void hashesTellTokensAndTheirOrderApart() {
        assertEquals(chain(1, 2, 3).toString(), chain(1).add(2, 3).toString());
        assertNotEquals(chain(1, 2).toString(), chain(2, 1).toString());
        assertNotEquals(chain(1).toString(), chain(1).add(new byte[0]).toString());
        PrefixChain chain = chain(range(0, 200));
        PrefixChain copy = chain.copy().add(9);
        assertEquals(200, chain.length());
        assertEquals(chain(range(0, 200)).add(9).toString(), copy.toString());
    }

    @Test
    void statesOfAnotherLengthAreRefused() throws IOException {
        try (PrefixStore store = open();
                Conversation conversation = service.open()) {
            append(conversation, 0, 3);
            assertEquals(
                    "the state of layer 0 has 3 tokens; the chain has 2",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> store.put(chain(0, 1), conversation.snapshot()))
                            .getMessage());
            assertEquals(new PrefixUsage(0, 0, 0), store.usage());
        }
    }

    @Test
    void whatIsStoredIsThereAfterwards() throws IOException {
        try (PrefixStore store = open()) {
            store(store, 70);
            assertThrows(IOException.class, this::open); // one store at a time
        }
        try (PrefixStore store = open()) {
            assertEquals(1, store.usage().prefixes());
            assertEquals(70, hit(store, chain(range(0, 80))).tokens());
        }
    }

    /** MNN 4495: decode overwrote the prefix on disk. */
    @Test
    void whatGoesOnFromAPrefixDoesNotChangeIt() throws IOException {
        try (PrefixStore store = open()) {
            store(store, 45);
            byte[] before = Files.readAllBytes(file());
            PrefixHit hit = hit(store, chain(range(0, 45)));
            try (Conversation one = service.open(hit.states());
                    Conversation other = service.open(hit.states())) {
                Tensor first = append(one, 45, 60);
                for (int i = 0; i < 10; i++) {
                    append(one, i, i + 1);
                }
                sameBits("another", append(other, 45, 60), first);
            }
            assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(file())));
        }
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".prefix")).findFirst().orElseThrow();
        }
    }

    @Test
    void aDamagedFileIsSkippedWithALineInTheLog() throws IOException {
        try (PrefixStore store = open()) {
            store(store, 20);
        }
        byte[] good = Files.readAllBytes(file());
        try (PrefixStore store = open()) {
            byte[] bad = good.clone();
            bad[good.length - 40] ^= 1;
            Files.write(file(), bad);
            List<String> log =
                    log(
                            PrefixStore.class,
                            () -> {
                                assertTrue(store.longest(chain(range(0, 30))).isEmpty());
                                assertTrue(store.longest(chain(range(0, 30))).isEmpty());
                            });
            assertEquals(1, log.size(), log::toString);
            assertTrue(log.getFirst().contains("its checksum differs"), log::toString);
            assertEquals(new PrefixUsage(0, 0, 0), store.usage());
        }
        Path torn = folder.resolve("00.prefix");
        Files.write(torn, Arrays.copyOf(good, 30));
        Path renamed = folder.resolve("ff".repeat(32) + ".prefix");
        Files.write(renamed, good);
        Path unfinished = folder.resolve(".01234567-89ab-cdef-0123-456789abcdef.part");
        Files.write(unfinished, good);
        List<String> log =
                log(
                        PrefixFolder.class,
                        () -> {
                            try (PrefixStore store = open()) {
                                assertEquals(0, store.usage().prefixes());
                            }
                        });
        assertEquals(2, log.size(), log::toString);
        assertTrue(log.getFirst().contains("00.prefix is cut"), log::toString);
        assertTrue(log.getLast().contains("has the states of another prefix"), log::toString);
        assertFalse(Files.exists(unfinished));
    }

    /** LMCache 4984, TensorRT-LLM 18486: states that are not those of their prefix. */
    @Test
    void aWholeFileWithTheStatesOfOtherTokensIsRefused() throws IOException {
        try (PrefixStore store = open()) {
            store(store, 20);
            byte[] other = Files.readAllBytes(file());
            Path first = file();
            PrefixChain chain = chain(7, 8, 9);
            try (Conversation conversation = service.open()) {
                append(conversation, 7, 10);
                store.put(chain, conversation.snapshot());
            }
            Path second;
            try (Stream<Path> files = Files.list(folder)) {
                second =
                        files.filter(f -> f.toString().endsWith(".prefix") && !f.equals(first))
                                .findFirst()
                                .orElseThrow();
            }
            Files.write(second, other);
            List<String> log =
                    log(PrefixStore.class, () -> assertTrue(store.longest(chain).isEmpty()));
            assertTrue(
                    log.getFirst().contains("the states of other tokens or another model"),
                    log::toString);
            assertEquals(20, hit(store, chain(range(0, 20))).tokens());
        }
    }

    private interface Step {
        void run() throws IOException;
    }

    private static List<String> log(Class<?> source, Step step) throws IOException {
        Logger logger = Logger.getLogger(source.getName());
        List<String> messages = new ArrayList<>();
        Handler handler =
                new Handler() {
                    @Override
                    public void publish(LogRecord line) {
                        messages.add(line.getMessage());
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
        try {
            step.run();
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
        return messages;
    }

    @Test
    void onAFullDiskAPrefixStaysInMemory() throws IOException {
        List<String> told = new ArrayList<>();
        ServiceMetrics metrics =
                new ServiceMetrics() {
                    @Override
                    public void writeFailed(long bytes) {
                        told.add("failed");
                    }
                };
        PrefixFolder.Writer full =
                (slots, label, target) -> {
                    throw new IOException(target + ": No space left on device");
                };
        List<String> log =
                log(
                        PrefixStore.class,
                        () -> {
                            try (PrefixStore store =
                                    PrefixStore.open(folder, PLENTY, PLENTY, metrics, full)) {
                                store(store, 50);
                                assertEquals(50, hit(store, chain(range(0, 50))).tokens());
                                assertEquals(0, store.usage().diskBytes());
                            }
                        });
        assertEquals(List.of("failed"), told);
        assertTrue(log.getFirst().contains("No space left on device"), log::toString);
        try (PrefixStore store = open()) {
            assertEquals(0, store.usage().prefixes());
        }
    }

    @Test
    void budgetsHoldAndTheLeastValuableGoesFirst() throws IOException {
        long one = memory(96); // as much for every multiple of 32 tokens
        try (PrefixStore store = PrefixStore.inMemory(3 * one, ServiceMetrics.NONE)) {
            store(store, 96);
            store(store, 32);
            store(store, 64);
            assertEquals(3, store.usage().prefixes());
            hit(store, chain(range(0, 32)));
            // Then 96 tokens are worth 96/5, 32 are worth 32/2, and 64 are worth 64/3.
            store(store, 128);
            PrefixUsage usage = store.usage();
            assertTrue(usage.hostBytes() <= 3 * one, usage::toString);
            assertEquals(3, usage.prefixes());
            assertEquals(128, hit(store, chain(range(0, 130))).tokens());
            assertEquals(96, hit(store, chain(range(0, 96))).tokens());
            assertEquals(64, hit(store, chain(range(0, 64))).tokens());
            assertTrue(store.longest(chain(range(0, 63))).isEmpty(), "32 tokens are the least");
        }
        try (PrefixStore store = open(0, 1)) {
            store(store, 10);
            assertEquals(new PrefixUsage(0, 0, 0), store.usage());
            try (Stream<Path> files = Files.list(folder)) {
                assertTrue(files.noneMatch(f -> f.toString().endsWith(".prefix")));
            }
        }
    }

    private long memory(int tokens) {
        try (Conversation conversation = service.open()) {
            append(conversation, 0, tokens);
            return conversation.snapshot().stream().mapToLong(SlotSnapshot::bytes).sum();
        }
    }

    /** Writes prefixes until it is killed, and tells of each that is written. */
    static final class Writes {
        private Writes() {}

        public static void main(String[] args) throws IOException {
            try (LightningAttention attention = LightningAttention.open(CONFIG, "cpu");
                    AttentionService service =
                            AttentionService.open(List.of(attention, attention), OPTIONS);
                    PrefixStore store =
                            PrefixStore.open(Path.of(args[0]), 0, 1L << 40, ServiceMetrics.NONE);
                    Conversation conversation = service.open()) {
                PrefixChain chain = PrefixChain.of("model", service);
                while (true) {
                    int n = chain.length();
                    append(conversation, n, n + 1);
                    store.put(chain.add(n), conversation.snapshot());
                    System.out.println(chain.length());
                }
            }
        }
    }

    @Test
    void whatWasWrittenBeforeAProcessIsKilledIsWholeAfterwards() throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Writes.class.getName(),
                                folder.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        int written = 0;
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                written = Integer.parseInt(line);
                if (written == 40) {
                    process.toHandle().destroyForcibly(); // SIGKILL
                }
            }
        }
        assertTrue(process.waitFor(1, TimeUnit.MINUTES));
        assertTrue(written >= 40, written + " were written");
        try (PrefixStore store = open();
                Conversation straight = service.open()) {
            assertTrue(store.usage().prefixes() >= written, () -> store.usage().toString());
            for (int n = 1; n <= written; n++) {
                append(straight, n - 1, n);
                PrefixHit hit = hit(store, chain(range(0, n)));
                assertEquals(n, hit.tokens());
                sameBits(n + " tokens", hit.states(), straight.snapshot());
            }
            try (Stream<Path> files = Files.list(folder)) {
                assertTrue(files.noneMatch(f -> f.toString().endsWith(".part")));
            }
        }
    }
}
