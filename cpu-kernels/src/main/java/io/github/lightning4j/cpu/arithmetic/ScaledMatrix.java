package io.github.lightning4j.cpu.arithmetic;

import java.util.Arrays;

/**
 * A matrix in 16 bits an element: whole numbers, and a power of two for each row by which they are
 * multiplied. With 15 bits for the largest element of a row it is some hundred times as exact as
 * bfloat16, and like that one it has the range of float.
 *
 * <p>Rows begin at whole vectors, as those of a {@link Matrix}; what stands behind the columns
 * means nothing. Not thread-safe.
 */
public final class ScaledMatrix {
    /** Exponent of the smallest scale: its inverse must be a float, too. */
    private static final int LEAST = -110;

    /** Bits of the largest element of a row, without its sign. */
    private static final int BITS = 15;

    final short[] values;
    final float[] scales;
    private final int columns;
    private final int rowStride;

    /**
     * Zeros.
     *
     * @param lanes floats in a vector
     */
    public ScaledMatrix(int rows, int columns, int lanes) {
        this.columns = columns;
        rowStride = Matrix.stride(columns, lanes);
        values = new short[rows * rowStride];
        scales = new float[rows];
    }

    /** Bytes of the elements and scales of a matrix. */
    public static long bytes(int rows, int columns, int lanes) {
        return (long) rows * (Matrix.stride(columns, lanes) * Short.BYTES + Float.BYTES);
    }

    public int rows() {
        return scales.length;
    }

    public int columns() {
        return columns;
    }

    /** Elements from a row to the next. */
    int rowStride() {
        return rowStride;
    }

    /** Becomes a copy of a matrix of the same size. */
    public void set(ScaledMatrix other) {
        System.arraycopy(other.values, 0, values, 0, values.length);
        System.arraycopy(other.scales, 0, scales, 0, scales.length);
    }

    /** Makes all elements NaN. */
    public void poison() {
        Arrays.fill(scales, Float.NaN);
    }

    /**
     * The scale of a row: the power of two with which its largest element has {@value #BITS} bits.
     * Elements that are multiples of it stay what they are, and so does the scale then.
     *
     * @param most the largest absolute value of the row; NaN where there is no such number
     */
    static float scale(float most) {
        if (!(most <= Float.MAX_VALUE)) {
            return Float.NaN;
        }
        return Math.scalb(1f, Math.max(LEAST, Math.getExponent(most) - (BITS - 1)));
    }

    /**
     * A whole number near t: one of the two around it, the nearer the likelier, so that the mean of
     * many is t.
     *
     * @param chance uniform in [0, 1)
     */
    static short round(float t, float chance) {
        int whole = (int) t;
        if (Math.abs(t - whole) > chance) {
            whole += t < 0 ? -1 : 1;
        }
        return (short) Math.clamp(whole, -Short.MAX_VALUE, Short.MAX_VALUE);
    }

    /** A uniform number in [0, 1) for an element, the same for the same key every time. */
    static float chance(int element, int key) {
        int x = element * 0x9E3779B9 ^ key;
        x = (x ^ x >>> 16) * 0x7feb352d;
        x = (x ^ x >>> 15) * 0x846ca68b;
        return ((x ^ x >>> 16) >>> 8) * 0x1p-24f;
    }

    /** A key for a rounding of a whole matrix. */
    public static int key(long seed, int head, long tokens) {
        long x = seed + 0x9E3779B97F4A7C15L * (tokens + 1) + 0xD1B54A32D192ED03L * head;
        x = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
        x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
        return (int) (x ^ x >>> 31);
    }
}
