package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class SeriesProcessTest {
    @Test
    void whatIsNotThereInTimeIsNotTheEnd() throws Exception {
        try (SeriesProcess process = SeriesProcess.start(List.of("--version"), Map.of())) {
            assertNull(process.next(0, () -> false));
            assertFalse(process.hasEnded());
            assertNull(process.next(60, () -> true));
            assertFalse(process.hasEnded());
            assertNotNull(process.next(60, () -> false));
            assertFalse(process.hasEnded());
            while (process.next(60, () -> false) != null) {
                assertFalse(process.hasEnded());
            }
            assertTrue(process.hasEnded());
            assertFalse(process.wasInterrupted());
        }
    }
}
