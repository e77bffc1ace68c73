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
        for (int direction : new int[] {Direction.FORWARD, Direction.BACKWARD}) {
            float[] table = TensorDecay.of(new float[] {0.25f, slope}, scale, direction);
            int head = TensorDecay.STRIDE;
            for (int n = -ChunkTable.CHUNK; n <= ChunkTable.CHUNK; n++) {
                double power = n < 0 ? 0 : Math.exp(-(double) slope * n);
                close(scale * power, table[head + TensorDecay.SCALED + n]);
                if (n >= 0) {
                    double parts =
                            (double) table[head + TensorDecay.KEEP + n]
                                    + table[head + TensorDecay.FADE + n];
                    close(power, parts);
                }
            }
            assertEquals(1f, table[head + TensorDecay.ONE]);
            for (float x : table) {
                assertTrue(Float.isFinite(x));
            }
        }
    }

    /**
     * o_i = c q_i (λ^(i+1) S + …) and S′ = λ^n S + Σ λ^(n−1−j) k_j v_j; in reverse one power less
     * and more.
     */
    @ParameterizedTest
    @ValueSource(floats = {0, 4e-8f, 0.01f, 1.5f, 8, 100})
    void theDirectionsDifferInOneExponentAndInTheScale(float slope) {
        double scale = 3;
        float[] forward = TensorDecay.of(new float[] {slope}, scale, Direction.FORWARD);
        float[] backward = TensorDecay.of(new float[] {slope}, scale, Direction.BACKWARD);
        for (int i = -ChunkTable.CHUNK; i < ChunkTable.CHUNK; i++) {
            double power = Math.exp(-(double) slope * i);
            double next = Math.exp(-(double) slope * (i + 1));
            if (i >= 0) {
                close(scale * next, forward[TensorDecay.READ + i]);
                close(power, backward[TensorDecay.READ + i]);
            }
            close(i < 0 ? 0 : power, forward[TensorDecay.WRITTEN + i]);
            close(i < 0 ? 0 : scale * next, backward[TensorDecay.WRITTEN + i]);
        }
    }

    /** What REACH leaves out of a piece is multiplied by less than float32 has a number for. */
    @ParameterizedTest
    @ValueSource(floats = {0, 4e-8f, 0.01f, 1.5f, 8, 100})
    void whatIsBeyondReachIsNothing(float slope) {
        float reach = TensorDecay.of(new float[] {slope}, 1, Direction.FORWARD)[TensorDecay.REACH];
        assertTrue(reach >= 2);
        long tokens = ((long) reach - 1) * ChunkTable.CHUNK + 1;
        if (reach < 1 << 24) {
            assertEquals(0f, (float) Math.exp(-(double) slope * tokens));
        }
        double nearer = Math.exp(-(double) slope * (tokens - 2 * ChunkTable.CHUNK - 1));
        assertTrue(nearer > 0 && (slope > 1 || (float) nearer > 0), "it could be nearer");
    }

    /** From the slope in double: a product of many powers in float32 would drift. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 64, 131_072, 1 << 20})
    void overAPiece(long tokens) {
        assertEquals(1f, TensorDecay.over(0, tokens));
        assertEquals((float) Math.exp(-(double) 4e-8f * tokens), TensorDecay.over(4e-8f, tokens));
        assertEquals((float) Math.exp(-0.125 * tokens), TensorDecay.over(0.125f, tokens));
    }

    private static void close(double expected, double found) {
        assertEquals(expected, found, 1.8e-7 * expected + Float.MIN_VALUE);
    }
}
