package io.github.lightning4j.tornado.kernels;

import io.github.lightning4j.FeatureMap;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * What is done to q, k and v before anything else, and to gradients after everything else: 16-bit
 * numbers become floats, then the feature map φ, and at the end its derivative. The number of the
 * map is a constant of the kernel.
 */
public final class FeatureKernels {
    static final int IDENTITY = 0;
    static final int SILU = 1;
    static final int ELU_PLUS_ONE = 2;
    static final int RELU = 3;

    private FeatureKernels() {}

    /** The number of a map. */
    public static int number(FeatureMap map) {
        return switch (map) {
            case IDENTITY -> IDENTITY;
            case SILU -> SILU;
            case ELU_PLUS_ONE -> ELU_PLUS_ONE;
            case RELU -> RELU;
        };
    }

    /**
     * Widens 16-bit numbers of any format by looking them up, which is exact on every device: no
     * backend has to know bfloat16, half precision or subnormals. The feature map may already be in
     * the numbers.
     *
     * @param numbers the float of each of the 65536 patterns, and a {@linkplain Seals seal}
     */
    public static void widen(
            ShortArray bits,
            FloatArray numbers,
            FloatArray x,
            int size,
            IntArray table,
            IntArray receipts,
            int receipt) {
        for (@Parallel int i = 0; i < size; i++) {
            if (i == 0) {
                receipts.set(receipt, table.get(ChunkTable.TICKET));
                receipts.set(Seals.NUMBERS, (int) numbers.get(1 << 16));
            }
            x.set(i, numbers.get(bits.get(i) & 0xffff));
        }
    }

    /** φ(x). */
    static float phi(float x, int featureMap) {
        float y = x;
        if (featureMap == SILU) {
            y = x / (1f + TornadoMath.exp(-x));
        }
        if (featureMap == ELU_PLUS_ONE) {
            y = x + 1f;
            if (x <= 0f) {
                y = TornadoMath.exp(x);
            }
        }
        if (featureMap == RELU) {
            y = x;
            if (x < 0f) {
                y = 0f;
            }
        }
        return y;
    }

    /** x = φ(x). */
    public static void inPlace(
            FloatArray x,
            int size,
            int featureMap,
            IntArray table,
            IntArray receipts,
            int receipt) {
        for (@Parallel int i = 0; i < size; i++) {
            if (i == 0) {
                receipts.set(receipt, table.get(ChunkTable.TICKET));
            }
            x.set(i, phi(x.get(i), featureMap));
        }
    }

    /**
     * y = φ(x), for a backward pass, which needs x too. A kernel of its own, because TornadoVM
     * hangs where a task gets the same array twice.
     */
    public static void features(
            FloatArray x,
            FloatArray y,
            int size,
            int featureMap,
            IntArray table,
            IntArray receipts,
            int receipt) {
        for (@Parallel int i = 0; i < size; i++) {
            if (i == 0) {
                receipts.set(receipt, table.get(ChunkTable.TICKET));
            }
            y.set(i, phi(x.get(i), featureMap));
        }
    }

    /** The chain rule: a gradient of φ(x) becomes one of x, in place. */
    public static void chain(
            FloatArray x,
            FloatArray gradient,
            int size,
            int featureMap,
            IntArray table,
            IntArray receipts,
            int receipt) {
        for (@Parallel int i = 0; i < size; i++) {
            if (i == 0) {
                receipts.set(receipt, table.get(ChunkTable.TICKET));
            }
            float value = x.get(i);
            float slope = 1f;
            if (featureMap == SILU) {
                float sigmoid = 1f / (1f + TornadoMath.exp(-value));
                slope = sigmoid * (1f + value * (1f - sigmoid));
            }
            if (featureMap == ELU_PLUS_ONE) {
                if (value <= 0f) {
                    slope = TornadoMath.exp(value);
                }
            }
            if (featureMap == RELU) {
                if (value <= 0f) {
                    slope = 0f;
                }
            }
            gradient.set(i, slope * gradient.get(i));
        }
    }
}
