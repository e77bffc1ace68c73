package io.github.lightning4j.cpu.ceilings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Ceilings;
import io.github.lightning4j.LightningAttention;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CeilingsTest {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(1, 8).build();

    @ParameterizedTest
    @ValueSource(longs = {0, 1 << 20, Long.MAX_VALUE})
    void theWorkingSetIsWhatWasAskedForWithinBounds(long bytes) {
        try (LightningAttention attention =
                LightningAttention.builder(CONFIG).device("cpu").threads(2).open()) {
            Ceilings ceilings = attention.measureCeilings(bytes).orElseThrow();
            assertTrue(ceilings.flops() > 0, ceilings::toString);
            assertTrue(ceilings.readBytesPerSecond() > 0, ceilings::toString);
            assertEquals(2, ceilings.threads());
            assertTrue(ceilings.workingSetBytes() > 0, ceilings::toString);
            if (bytes == 1 << 20) {
                assertEquals(bytes, ceilings.workingSetBytes());
            }
        }
    }

    @Test
    void aNegativeWorkingSetIsRefusedAndSoIsAClosedDevice() {
        LightningAttention attention = LightningAttention.open(CONFIG, "cpu");
        assertThrows(IllegalArgumentException.class, () -> attention.measureCeilings(-1));
        attention.close();
        assertThrows(IllegalStateException.class, () -> attention.measureCeilings(1));
    }
}
