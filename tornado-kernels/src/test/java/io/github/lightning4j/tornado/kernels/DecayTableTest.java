package io.github.lightning4j.tornado.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecayTableTest {
    /** keep + fade in double is λ^n far more exactly than a float near 1 could be. */
    @ParameterizedTest
    @ValueSource(floats = {0, 4e-8f, 1e-4f, 0.01f, 0.5f, 8})
    void powers(float slope) {
        float[] table = DecayTable.of(new float[] {0.25f, slope});
        for (int i = 0; i < DecayTable.FADE; i++) {
            long n = i <= ChunkTable.CHUNK ? i : (long) (i - DecayTable.CHUNKS) * ChunkTable.CHUNK;
            double power = Math.exp(-(double) slope * n);
            int at = DecayTable.STRIDE + i;
            double parts = (double) table[at + DecayTable.KEEP] + table[at + DecayTable.FADE];
            // Below Float.MIN_NORMAL steps are absolute.
            double step = Float.MIN_VALUE;
            assertEquals(power, table[at], power * 6e-8 + step, "n = " + n);
            assertEquals(power, parts, Math.min(power, 1 - power) * 6e-8 + step, "n = " + n);
        }
    }
}
