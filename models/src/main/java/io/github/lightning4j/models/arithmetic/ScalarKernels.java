package io.github.lightning4j.models.arithmetic;

import io.github.lightning4j.DType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** {@link Kernels} as plain loops. */
final class ScalarKernels implements Kernels {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public int lanes() {
        return 1;
    }

    @Override
    public void warmUp(MemorySegment weights) {}

    @Override
    public void widen(MemorySegment weights, DType dtype, long from, float[] to, int at, int n) {
        switch (dtype) {
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    to[at + i] = DType.bFloat16ToFloat(weights.get(SHORT, 2 * (from + i)));
                }
            }
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    to[at + i] = Float.float16ToFloat(weights.get(SHORT, 2 * (from + i)));
                }
            }
            case F32 -> MemorySegment.copy(weights, FLOAT, 4 * from, to, at, n);
            default -> throw new IllegalArgumentException("weights are " + dtype);
        }
    }

    @Override
    public void multiply(Rows a, Rows b, Rows c, int length, boolean add) {
        for (int i = 0; i < a.count(); i++) {
            for (int j = 0; j < b.count(); j++) {
                float sum =
                        dot(
                                a.floats(),
                                a.at() + i * a.stride(),
                                b.floats(),
                                b.at() + j * b.stride(),
                                length);
                int at = c.at() + i * c.stride() + j;
                c.floats()[at] = add ? c.floats()[at] + sum : sum;
            }
        }
    }

    /** Never: plain loops gain nothing by it. */
    @Override
    public boolean multiplyFew(
            Rows a,
            MemorySegment weights,
            DType dtype,
            long from,
            int stride,
            Rows c,
            int length,
            boolean add) {
        return false;
    }

    /** Four sums, because each waits for itself. */
    private static float dot(float[] x, int p, float[] y, int q, int n) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i <= n - 4; i += 4) {
            s0 += x[p + i] * y[q + i];
            s1 += x[p + i + 1] * y[q + i + 1];
            s2 += x[p + i + 2] * y[q + i + 2];
            s3 += x[p + i + 3] * y[q + i + 3];
        }
        for (; i < n; i++) {
            s0 += x[p + i] * y[q + i];
        }
        return s0 + s2 + (s1 + s3);
    }

    @Override
    public void gate(float[] x, float[] y, int from, int to) {
        for (int i = from; i < to; i++) {
            y[i] = (float) (y[i] / (1 + Math.exp(-x[i])));
        }
    }
}
