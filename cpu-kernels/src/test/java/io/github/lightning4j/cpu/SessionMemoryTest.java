package io.github.lightning4j.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.InsufficientMemoryException;
import io.github.lightning4j.LightningAttention;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a session is said to take is what it takes, outside of the Java heap. */
@Tag("alone")
class SessionMemoryTest {
    private static final int SEQUENCES = 50;
    private static final long DEADLINE_MINUTES = 5;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @CsvSource({
        "cpu, LIGHTNING_2, 64, 64",
        "cpu, LIGHTNING_1, 33, 100",
        "cpu, RIGHT_PRODUCT, 50, 90",
        "cpu:scalar, LIGHTNING_2, 40, 64",
        "cpu:scalar, LEFT_PRODUCT, 60, 60"
    })
    void theHeapHoldsNoStates(String device, Algorithm algorithm, int d, int e) {
        AttentionConfig config = AttentionConfig.builder(4, d, e).algorithm(algorithm).build();
        try (LightningAttention attention = LightningAttention.open(config, device)) {
            attention.openSession(1).fork(); // classes are loaded
            long said = attention.sessionMemory(SEQUENCES);
            assertEquals(SEQUENCES * attention.sessionMemory(1), said);
            long begin = threads.getCurrentThreadAllocatedBytes();
            AttentionSession session = attention.openSession(SEQUENCES);
            AttentionSession fork = session.fork();
            long heap = threads.getCurrentThreadAllocatedBytes() - begin;
            assertEquals(said, session.memory());
            assertEquals(said, fork.memory());
            assertTrue(heap < 0.1 * said, heap + " bytes of the heap, " + said + " outside");
        }
    }

    /** Counts the pages of a process whose heap is smaller than a session and stays as it is. */
    @ParameterizedTest
    @EnabledOnOs(OS.LINUX)
    @CsvSource({"LIGHTNING_2, 48", "RIGHT_PRODUCT, 64"})
    void memoryOutsideIsAsSaidUntilASessionEnds(Algorithm algorithm, int sequences)
            throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xms64m",
                                "-Xmx64m",
                                "-XX:+UseSerialGC",
                                "-XX:+AlwaysPreTouch",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName(),
                                algorithm.name(),
                                "" + sequences)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(DEADLINE_MINUTES, TimeUnit.MINUTES));
        List<String> lines = output.lines().toList();
        assertEquals(Main.ROUNDS * 4 + 2, lines.size(), output);
        for (String line : lines) {
            String[] words = line.split(" ");
            double said = Double.parseDouble(words[1]);
            double grown = Double.parseDouble(words[2]);
            assertEquals(said, grown, Main.TOLERATED, line);
        }
    }

    /** Prints what sessions are said to take and by how much the process has grown. */
    static final class Main {
        /** Pages that are the JVM's own business, such as code that it compiles meanwhile. */
        static final double TOLERATED = 40 << 20;

        static final int ROUNDS = 4;

        private final LightningAttention attention;
        private final int sequences;
        private final long before;

        private Main(LightningAttention attention, int sequences) throws IOException {
            this.attention = attention;
            this.sequences = sequences;
            attention.openSession(sequences).close();
            before = pages();
        }

        public static void main(String[] args) throws Exception {
            AttentionConfig config =
                    AttentionConfig.builder(32, 128).algorithm(Algorithm.valueOf(args[0])).build();
            try (LightningAttention attention = LightningAttention.open(config, "cpu")) {
                Main main = new Main(attention, Integer.parseInt(args[1]));
                for (int round = 0; round < ROUNDS; round++) {
                    main.openAndClose();
                }
                main.drop();
                main.print("dropped");
                while (attention.memory().sessions() > 0) {
                    System.gc();
                    Thread.sleep(10); // the cleaner has a thread of its own
                }
                main.print("freed");
            }
        }

        private void openAndClose() throws IOException {
            AttentionSession session = attention.openSession(sequences);
            print("opened");
            AttentionSession fork = session.fork();
            print("forked");
            session.close();
            print("closed");
            fork.close();
            print("closed");
        }

        private void drop() {
            assertNotNull(attention.openSession(sequences));
        }

        private void print(String what) throws IOException {
            System.out.println(what + " " + attention.memory().bytes() + " " + (pages() - before));
        }
    }

    /** Bytes of the process in memory that no file backs. */
    private static long pages() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                .findAny()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({"cpu", "cpu:scalar"})
    void isBounded(String device) {
        AttentionConfig config = AttentionConfig.builder(4, 16).build();
        long bytes;
        try (LightningAttention attention = LightningAttention.open(config, device)) {
            bytes = attention.sessionMemory(3);
        }
        try (LightningAttention attention =
                LightningAttention.builder(config)
                        .device(device)
                        .sessionMemoryBudget(bytes)
                        .open()) {
            AttentionSession session = attention.openSession(3);
            assertEquals(bytes, attention.memory().bytes());
            assertThrows(InsufficientMemoryException.class, session::fork);
            session.close();
            attention.openSession(2);
            assertThrows(InsufficientMemoryException.class, () -> attention.openSession(2));
        }
    }
}
