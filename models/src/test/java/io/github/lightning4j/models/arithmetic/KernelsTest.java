package io.github.lightning4j.models.arithmetic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.models.arithmetic.Kernels.Rows;
import io.github.lightning4j.reference.RelativeError;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** Vectors and plain loops compute the same products, of all shapes. */
class KernelsTest {
    static List<Kernels> kernels() {
        return List.of(new ScalarKernels(), KernelChoice.vectors());
    }

    private static float[] random(int n, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void productsAreThoseOfTheDefinition(Kernels kernels) {
        for (int n : new int[] {1, 2, 5, 6, 7, 13}) {
            for (int m : new int[] {1, 3, 4, 5, 9}) {
                for (int length : new int[] {0, 1, 15, 16, 17, 64, 83}) {
                    checkProduct(kernels, n, m, length);
                }
            }
        }
    }

    private static void checkProduct(Kernels kernels, int n, int m, int length) {
        float[] a = random(n * (length + 3) + 5, 1);
        float[] b = random(m * (length + 1) + 2, 2);
        float[] c = random(n * (m + 2) + 1, 3);
        float[] before = c.clone();
        Rows x = new Rows(a, 5, length + 3, n);
        Rows y = new Rows(b, 2, length + 1, m);
        Rows z = new Rows(c, 1, m + 2, n);
        kernels.multiply(x, y, z, length, true);
        RelativeError error = new RelativeError();
        double[] expected = new double[c.length];
        Arrays.setAll(expected, i -> before[i]);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < m; j++) {
                for (int l = 0; l < length; l++) {
                    expected[1 + i * (m + 2) + j] +=
                            (double) a[5 + i * (length + 3) + l] * b[2 + j * (length + 1) + l];
                }
            }
        }
        for (int i = 0; i < c.length; i++) {
            error.add(c[i], expected[i]);
        }
        String shape = n + " x " + m + " x " + length;
        assertTrue(error.value() < 1e-6, () -> shape + " is off by " + error.value());
        float[] set = c.clone();
        kernels.multiply(x, y, new Rows(set, 1, m + 2, n), length, false);
        assertEquals(before[0], set[0]);
        for (int i = 0; i < n; i++) {
            int at = 1 + i * (m + 2);
            assertEquals(before[at + m], set[at + m], shape);
            // A row alone has the same bits.
            float[] alone = new float[m];
            kernels.multiply(
                    new Rows(a, 5 + i * (length + 3), 1, 1),
                    y,
                    new Rows(alone, 0, m, 1),
                    length,
                    false);
            assertArrayEquals(alone, Arrays.copyOfRange(set, at, at + m), shape);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void weightsGiveTheSameBitsForAnyRowsAndThreads(DType dtype) {
        int out = 150;
        int in = 1061;
        Tensor weight = Tensor.allocate(dtype, out, in);
        weight.copyFrom(Tensor.ofFloats(random(out * in, 4), out, in));
        float[] wide = weight.toFloatArray();
        int most = 40;
        float[] x = random(most * in, 5);
        for (Kernels kernels : kernels()) {
            try (Workers one = new Workers(1);
                    Workers three = new Workers(3)) {
                float[] all = new float[most * out];
                new WeightProducts(kernels, three).multiply(weight, x, most, all);
                for (int n : new int[] {1, 2, 3, 4, 13}) {
                    float[] few = new float[n * out];
                    new WeightProducts(kernels, one).multiply(weight, x, n, few);
                    assertArrayEquals(Arrays.copyOf(all, n * out), few);
                }
                RelativeError error = new RelativeError();
                for (int i = 0; i < all.length; i++) {
                    double sum = 0;
                    for (int l = 0; l < in; l++) {
                        sum += (double) x[i / out * in + l] * wide[i % out * in + l];
                    }
                    error.add(all[i], sum);
                }
                assertTrue(error.value() < 1e-6, () -> dtype + " is off by " + error.value());
            }
        }
    }

    /** All 65,536 of them, subnormal numbers, infinities and NaN included. */
    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16"})
    void sixteenBitsAreWidenedExactly(DType dtype) {
        Tensor bits = Tensor.allocate(dtype, 1 << 16);
        for (int i = 0; i < 1 << 16; i++) {
            bits.segment()
                    .set(
                            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
                            2L * i,
                            (short) i);
        }
        float[] expected = bits.toFloatArray();
        for (Kernels kernels : kernels()) {
            float[] wide = new float[1 << 16];
            kernels.widen(bits.segment(), dtype, 0, wide, 0, 1 << 16);
            for (int i = 0; i < wide.length; i++) {
                if (Float.isNaN(expected[i])) {
                    assertTrue(Float.isNaN(wide[i]));
                } else {
                    assertEquals(
                            Float.floatToRawIntBits(expected[i]), Float.floatToRawIntBits(wide[i]));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void gatesAreThoseOfTheDefinition(Kernels kernels) {
        float[] x = random(77, 6);
        x[3] = -200;
        x[4] = 200;
        x[5] = Float.NaN;
        float[] silu = x.clone();
        kernels.gate(silu, silu, 1, 77);
        float[] gated = new float[77];
        Arrays.fill(gated, 2);
        kernels.gate(x, gated, 1, 77);
        assertEquals(x[0], silu[0]);
        assertEquals(2, gated[0]);
        for (int i = 1; i < 77; i++) {
            double sigmoid = 1 / (1 + Math.exp(-x[i]));
            if (i == 5) {
                assertTrue(Float.isNaN(silu[i]) && Float.isNaN(gated[i]));
                continue;
            }
            assertEquals(x[i] * sigmoid, silu[i], 1e-6 * Math.abs(x[i]) + 1e-30);
            assertEquals(2 * sigmoid, gated[i], 1e-6);
        }
    }

    @Test
    void tasksAreSharedOutOnceEachAndFailuresAreThrown() {
        try (Workers workers = new Workers(4)) {
            AtomicIntegerArray times = new AtomicIntegerArray(100);
            workers.forEach(100, times::incrementAndGet);
            for (int i = 0; i < 100; i++) {
                assertEquals(1, times.get(i));
            }
            IllegalStateException thrown =
                    assertThrows(
                            IllegalStateException.class,
                            () ->
                                    workers.forEach(
                                            100,
                                            i -> {
                                                if (i == 37) {
                                                    throw new IllegalStateException("37");
                                                }
                                            }));
            assertEquals("37", thrown.getMessage());
        }
    }
}
