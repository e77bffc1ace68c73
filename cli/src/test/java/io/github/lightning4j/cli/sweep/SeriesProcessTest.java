package io.github.lightning4j.cli.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
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

    @Test
    void theLastWordIsOurOwnUnlessItCrashed() {
        String noise =
                "WARNING: Using incubator modules\n\n1 warning generated.\n2 warnings generated.\n";
        assertEquals(
                "lightning: out of memory",
                SeriesProcess.lastWord(3, noise + "lightning: out of memory\nclFlush: -36\n"));
        assertEquals(
                "it ended with code 134: Aborted",
                SeriesProcess.lastWord(134, "lightning: a notice\nAborted\n" + noise));
        assertEquals(
                "it ended with code 1: no boot layer", SeriesProcess.lastWord(1, "no boot layer"));
        assertEquals("it ended without a word, code 137", SeriesProcess.lastWord(137, noise));
    }
}
