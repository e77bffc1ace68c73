package io.github.lightning4j.tornado;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The feature map of a backward pass, which needs q and k as they came too: φ into another array,
 * and φ′. Maps are numbered as in {@link DecodeKernels}.
 */
final class FeatureKernels {
    private FeatureKernels() {}

    /** y = φ(x). */
    static void features(
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
            float value = x.get(i);
            float phi = value;
            if (featureMap == DecodeKernels.SILU) {
                phi = value / (1f + TornadoMath.exp(-value));
            }
            if (featureMap == DecodeKernels.ELU_PLUS_ONE) {
                phi = value + 1f;
                if (value <= 0f) {
                    phi = TornadoMath.exp(value);
                }
            }
            if (featureMap == DecodeKernels.RELU) {
                phi = value;
                if (value < 0f) {
                    phi = 0f;
                }
            }
            y.set(i, phi);
        }
    }

    /** The chain rule: a gradient of φ(x) becomes one of x, in place. */
    static void chain(
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
            if (featureMap == DecodeKernels.SILU) {
                float sigmoid = 1f / (1f + TornadoMath.exp(-value));
                slope = sigmoid * (1f + value * (1f - sigmoid));
            }
            if (featureMap == DecodeKernels.ELU_PLUS_ONE) {
                if (value <= 0f) {
                    slope = TornadoMath.exp(value);
                }
            }
            if (featureMap == DecodeKernels.RELU) {
                if (value <= 0f) {
                    slope = 0f;
                }
            }
            gradient.set(i, slope * gradient.get(i));
        }
    }
}
