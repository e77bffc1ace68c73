package io.github.lightning4j.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.InsufficientMemoryException;
import io.github.lightning4j.LightningAttention;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.management.ManagementFactory;

/** What a session takes, which is not on the heap. */
class SessionMemoryTest {
    private static final int SEQUENCES = 50;
    private static final int HEADS = 4;

    /** Those that know where states are, a KiB for each. */
    private static final int OBJECTS = SEQUENCES * HEADS << 10;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @CsvSource({
        "cpu, LIGHTNING_2, 64, 64, 32",
        "cpu, LIGHTNING_1, 33, 100, 32",
        "cpu, RIGHT_PRODUCT, 20, 90, 0",
        "cpu:scalar, LIGHTNING_2, 40, 24, 32",
        "cpu:scalar, LEFT_PRODUCT, 30, 30, 0"
    })
    void isThatOfStatesAndPendingRows(
            String device, Algorithm algorithm, int d, int e, int pendingRows) {
        AttentionConfig config = AttentionConfig.builder(HEADS, d, e).algorithm(algorithm).build();
        try (LightningAttention attention = LightningAttention.open(config, device)) {
            attention.openSession(1).fork(); // classes are loaded
            long said = attention.sessionMemory(SEQUENCES);
            assertEquals(SEQUENCES * attention.sessionMemory(1), said);
            long before = threads.getCurrentThreadAllocatedBytes();
            AttentionSession session = attention.openSession(SEQUENCES);
            long opened = threads.getCurrentThreadAllocatedBytes();
            session.fork();
            long forked = threads.getCurrentThreadAllocatedBytes();
            assertEquals(said, session.memory());
            assertTrue(opened - before < OBJECTS, (opened - before) + " on the heap");
            assertTrue(forked - opened < OBJECTS, (forked - opened) + " on the heap");
            long floats = (long) HEADS * SEQUENCES * (d * e + pendingRows * (d + e));
            double ratio = (double) said / (floats * Float.BYTES);
            assertTrue(ratio >= 1 && ratio < 1.5, said + " for states, " + ratio);
        }
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
            assertThrows(InsufficientMemoryException.class, () -> attention.openSession(1));
            session.close();
            attention.openSession(2);
        }
    }
}
