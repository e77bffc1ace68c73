package io.github.lightning4j.tornado.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorDecayTest {
    /** Powers with exponents of at least 0, zeros before them, and nothing that overflows. */
    @ParameterizedTest
    @ValueSource(floats = {0, 4e-8f, 0.01f, 1.5f, 8, 100})
    void powers(float slope) {
        double scale = 3;
        float[] table = TensorDecay.of(new float[] {0.25f, slope}, scale);
        int head = TensorDecay.STRIDE;
        for (int n = -ChunkTable.CHUNK; n <= ChunkTable.CHUNK; n++) {
            double power = n < 0 ? 0 : Math.exp(-(double) slope * n);
            double step = power * 6e-8 + Float.MIN_VALUE;
            assertEquals(scale * power, table[head + TensorDecay.SCALED + n], 3 * step, "n " + n);
            assertEquals(power, table[head + TensorDecay.PLAIN + n], step, "n " + n);
            if (n >= 0) {
                double parts =
                        (double) table[head + TensorDecay.KEEP + n]
                                + table[head + TensorDecay.FADE + n];
                assertEquals(power, parts, step, "n " + n);
            }
        }
        assertEquals(1f, table[head + TensorDecay.ONE]);
        for (float x : table) {
            assertTrue(Float.isFinite(x));
        }
    }
}
