package io.github.lightning4j.cpu.arithmetic;

import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** What is done to each element or row of a matrix by itself. */
public interface Elements {
    /** Reads n elements at a byte offset, widened to float, into x from {@code at}. */
    default void load(DType type, MemorySegment source, long offset, float[] x, int at, int n) {
        switch (type) {
            case F32 -> MemorySegment.copy(source, Memory.F32, offset, x, at, n);
            // The compiler vectorizes the loops of float16 itself.
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    x[at + i] = Float.float16ToFloat(source.get(Memory.I16, offset + 2L * i));
                }
            }
            case BF16 -> loadBFloat16(source, offset, x, at, n);
            default -> throw new AssertionError(type);
        }
    }

    /** {@link #load} of bfloat16. */
    default void loadBFloat16(MemorySegment source, long offset, float[] x, int at, int n) {
        for (int i = 0; i < n; i++) {
            x[at + i] = DType.bFloat16ToFloat(source.get(Memory.I16, offset + 2L * i));
        }
    }

    /**
     * Reads all rows of X, each multiplied by its weight: row i is weights[at + i] times the
     * elements at byte {@code offset + i · stride}.
     */
    default void loadScaled(
            DType type,
            MemorySegment source,
            long offset,
            long stride,
            float[] weights,
            int at,
            Matrix x) {
        for (int i = 0; i < x.rows(); i++) {
            load(type, source, offset + i * stride, x.floats(), i * x.rowStride(), x.columns());
        }
        scaleRows(x, weights, at, x);
    }

    /** Rounds n floats of x from {@code at} to a dtype and writes them at a byte offset. */
    default void store(float[] x, int at, int n, DType type, MemorySegment target, long offset) {
        switch (type) {
            case F32 -> MemorySegment.copy(x, at, target, Memory.F32, offset, n);
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    target.set(Memory.I16, offset + 2L * i, Float.floatToFloat16(x[at + i]));
                }
            }
            case BF16 -> storeBFloat16(x, at, n, target, offset);
            default -> throw new AssertionError(type);
        }
    }

    /** {@link #store} of bfloat16. */
    default void storeBFloat16(float[] x, int at, int n, MemorySegment target, long offset) {
        for (int i = 0; i < n; i++) {
            target.set(Memory.I16, offset + 2L * i, DType.floatToBFloat16(x[at + i]));
        }
    }

    /** x = φ(x) on rows [from, to). */
    void apply(FeatureMap map, Matrix x, int from, int to);

    /** gradient = φ′(x) ⊙ gradient. */
    void chain(FeatureMap map, Matrix x, Matrix gradient);

    /** y_i = weights[at + i] · x_i for all rows i; x and y may be the same. */
    void scaleRows(Matrix x, float[] weights, int at, Matrix y);

    /**
     * P[i, j] *= decay[reach − i + j] for j ≤ i, where decay[reach − t] is the weight of distance
     * t. What lies right of the diagonal may hold anything afterwards.
     *
     * @param decay long enough beyond reach that whole vectors can be read up to the diagonal
     */
    void mask(Matrix p, float[] decay, int reach);

    /** y = xᵀ. */
    void transpose(Matrix x, Matrix y);

    /**
     * S = λ^L S + U on the floats [from, to), whole vectors: {@code keep·S + (fade·S + U)}. See
     * {@code BlockDecay} for why the power comes in two parts.
     */
    void advance(Matrix s, Matrix u, int from, int to, float fade, float keep);

    /** As {@link #advance}, leaving the old S in u. */
    void advanceExchanging(Matrix s, Matrix u, int from, int to, float fade, float keep);

    /** S = M, of the same size. */
    default void widen(ScaledMatrix m, Matrix s) {
        s.shape(m.rows(), m.columns());
        for (int i = 0; i < m.rows(); i++) {
            for (int j = 0; j < m.columns(); j++) {
                int at = i * m.rowStride() + j;
                s.floats()[i * s.rowStride() + j] = m.scales[i] * m.values[at];
            }
        }
    }

    /**
     * M = S, each element rounded up or down by chance, so that the mean of many roundings is
     * right.
     *
     * @param key of the chances; the same key, the same bits
     */
    default void narrow(Matrix s, ScaledMatrix m, int key) {
        for (int i = 0; i < m.rows(); i++) {
            int most = 0;
            for (int j = 0; j < m.columns(); j++) {
                float element = s.floats()[i * s.rowStride() + j];
                most = Math.max(most, ScaledMatrix.magnitude(element));
            }
            m.scales[i] = ScaledMatrix.scale(most);
            narrowRow(s, m, i, 0, key);
        }
    }

    /** {@link #narrow} of row i, whose scale is known, from a column. */
    static void narrowRow(Matrix s, ScaledMatrix m, int i, int from, int key) {
        float inverse = 1 / m.scales[i];
        for (int j = from; j < m.columns(); j++) {
            float t = s.floats()[i * s.rowStride() + j] * inverse;
            m.values[i * m.rowStride() + j] = ScaledMatrix.round(t, m.chance(i, j, key));
        }
    }

    /** Tensors in memory are little-endian and of no particular alignment. */
    final class Memory {
        static final ValueLayout.OfFloat F32 =
                ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        static final ValueLayout.OfShort I16 =
                ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

        private Memory() {}
    }
}
