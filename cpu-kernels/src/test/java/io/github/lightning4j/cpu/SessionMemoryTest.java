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

/** What a session is said to take is what it takes. */
class SessionMemoryTest {
    private static final int SEQUENCES = 50;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @CsvSource({
        "cpu, LIGHTNING_2, 64, 64",
        "cpu, LIGHTNING_1, 33, 100",
        "cpu, RIGHT_PRODUCT, 20, 90",
        "cpu:scalar, LIGHTNING_2, 40, 24",
        "cpu:scalar, LEFT_PRODUCT, 30, 30"
    })
    void isWhatOpeningAndForkingAllocate(String device, Algorithm algorithm, int d, int e) {
        AttentionConfig config = AttentionConfig.builder(4, d, e).algorithm(algorithm).build();
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
            assertTrue(Math.abs(opened - before - said) < 0.05 * said, (opened - before) + "");
            assertTrue(Math.abs(forked - opened - said) < 0.05 * said, (forked - opened) + "");
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
