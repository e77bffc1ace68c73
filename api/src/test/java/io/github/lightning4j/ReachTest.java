package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.Random;

class ReachTest {
    @ParameterizedTest
    @ValueSource(doubles = {8, 1, 0.5, 0.70710678, 1.0 / 256, 4e-8, 1e-3})
    void theWeightIsZeroFromThereOnAndNotBefore(double slope) {
        long n = Reach.tokens(slope, DType.F32);
        assertEquals(0f, (float) Math.exp(-slope * n));
        assertTrue((float) Math.exp(-slope * (n - 1)) > 0);
        assertEquals(104 / slope, n, 0.0004 * n + 1);
    }

    @ParameterizedTest
    @CsvSource({"F32", "F16", "BF16"})
    void everyTypeHasItsOwn(DType dtype) {
        for (double slope : new double[] {2, 0.01, 0.3}) {
            long n = Reach.tokens(slope, dtype);
            assertEquals(0, dtype.round(Math.exp(-slope * n)));
            assertTrue(dtype.round(Math.exp(-slope * (n - 1))) > 0);
        }
    }

    @Test
    void doublesReachAsFarAsTheirSmallest() {
        long n = Reach.tokens(0.25, DType.F64);
        assertEquals(2981, n);
        assertEquals(0, Math.exp(-0.25 * n));
        assertTrue(Math.exp(-0.25 * (n - 1)) > 0);
    }

    @Test
    void withoutDecayThereIsNone() {
        assertEquals(Long.MAX_VALUE, Reach.tokens(0, DType.F32));
        assertEquals(Long.MAX_VALUE, Reach.tokens(Float.MIN_VALUE, DType.F32));
    }

    @Test
    void eachHeadHasItsSlope() {
        AttentionConfig config =
                AttentionConfig.builder(3, 2).decay(new Decay.Slopes(0.5f, 0, 1f / 256)).build();
        assertArrayEquals(new long[] {208, Long.MAX_VALUE, 26_617}, Reach.of(config, DType.F32));
    }

    /** What is beyond reach changes no bit of the state, even if it is far larger. */
    @Test
    void theDefinitionForgetsWhatIsBeyondReach() {
        int reach = (int) Reach.tokens(2, DType.F32);
        double[][] k = rows(reach + 20);
        double[][] v = rows(reach + 20);
        for (int t = 0; t < 20; t++) {
            v[t][0] *= 1e20;
        }
        double[][] all = finalState(k, v);
        double[][] late =
                finalState(
                        Arrays.copyOfRange(k, 20, k.length), Arrays.copyOfRange(v, 20, v.length));
        RelativeError error = new RelativeError();
        error.add(late, all);
        assertTrue(error.value() < 1e-24, "error " + error.value());
        double[][] less =
                finalState(
                        Arrays.copyOfRange(k, reach, k.length),
                        Arrays.copyOfRange(v, reach, v.length));
        RelativeError fewer = new RelativeError();
        fewer.add(less, all);
        assertTrue(fewer.value() > error.value(), "fewer tokens must be further away");
    }

    private static double[][] finalState(double[][] k, double[][] v) {
        return ReferenceAttention.tokenByToken(
                        new ReferenceAttention.Head(k, k, v, new double[2][2], 2, 1))
                .finalState();
    }

    private static double[][] rows(int count) {
        Random random = new Random(count);
        double[][] rows = new double[count][];
        Arrays.setAll(rows, t -> new double[] {random.nextGaussian(), random.nextGaussian()});
        return rows;
    }

    @Test
    void whatHasNoReachIsRefused() {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> Reach.tokens(-1, DType.F32));
        assertEquals("slope is -1.0; it must be >= 0 and finite", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Reach.tokens(Double.NaN, DType.F32));
        e = assertThrows(IllegalArgumentException.class, () -> Reach.tokens(1, DType.I32));
        assertEquals("dtype is I32; it must be F64, F32, F16 or BF16", e.getMessage());
    }
}
