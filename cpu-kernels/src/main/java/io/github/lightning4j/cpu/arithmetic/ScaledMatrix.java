package io.github.lightning4j.cpu.arithmetic;

/**
 * A matrix in 16 bits an element: whole numbers, and a power of two for each row by which they are
 * multiplied. With 15 bits for the largest element of a row it is some hundred times as exact as
 * bfloat16, and like that one it has the range of float.
 *
 * <p>Rows begin at whole vectors, as those of a {@link Matrix}; what stands behind the columns
 * means nothing. Scratch: states stay in a {@link StoredScaledMatrix}. Not thread-safe.
 */
public final class ScaledMatrix {
    /** Exponent of the smallest scale: its inverse must be a float, too. */
    private static final int LEAST = -110;

    /** Bits of the largest element of a row, without its sign. */
    private static final int BITS = 15;

    /** Added so that all numbers are above 0. */
    static final int ABOVE = 1 << BITS;

    /** One of 256 chances. */
    static final float CHANCE = 0x1p-8f;

    /** Columns between two chances that are taken from the same number. */
    static final int APART = 16;

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

    /** The bits of |x|, which are ordered as absolute values are, with infinity and NaN on top. */
    static int magnitude(float x) {
        return Float.floatToRawIntBits(x) & Integer.MAX_VALUE;
    }

    /**
     * The scale of a row: the power of two with which its largest element has {@value #BITS} bits.
     * Elements that are multiples of it stay what they are, and so does the scale then.
     *
     * @param most the largest {@link #magnitude} of the row; NaN where that is no number
     */
    static float scale(int most) {
        if (most > magnitude(Float.MAX_VALUE)) {
            return Float.NaN;
        }
        float largest = Float.intBitsToFloat(most);
        return Math.scalb(1f, Math.max(LEAST, Math.getExponent(largest) - (BITS - 1)));
    }

    /**
     * A whole number near t: one of the two around it, the nearer the likelier, so that the mean of
     * many is t. It is ⌊t + chance⌋, computed above 0, where a conversion to int goes down.
     *
     * @param chance 0 … 255, of 256
     */
    static short round(float t, int chance) {
        int whole = (int) (t + (ABOVE + chance * CHANCE)) - ABOVE;
        return (short) Math.clamp(whole, -Short.MAX_VALUE, Short.MAX_VALUE);
    }

    /**
     * The chance of an element. One number serves four, {@value #APART} columns apart, whatever the
     * length of vectors.
     *
     * @param key the same key, the same chances
     */
    int chance(int row, int column, int key) {
        int x = hash(number(row, column), key);
        int fourth = column % (4 * APART) / APART;
        return (x >>> (8 * fourth)) & 255;
    }

    /** Which number the chance of an element is taken from. */
    int number(int row, int column) {
        int groups = (columns + 4 * APART - 1) / (4 * APART);
        return (row * groups + column / (4 * APART)) * APART + column % APART;
    }

    /** 32 bits for a number, the same for the same key every time. */
    static int hash(int number, int key) {
        int x = number * 0x9E3779B9 ^ key;
        x = (x ^ x >>> 16) * 0x7feb352d;
        x = (x ^ x >>> 15) * 0x846ca68b;
        return x ^ x >>> 16;
    }

    /** A key for a rounding of a whole matrix. */
    public static int key(long seed, int head, long tokens) {
        long x = seed + 0x9E3779B97F4A7C15L * (tokens + 1) + 0xD1B54A32D192ED03L * head;
        x = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
        x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
        return (int) (x ^ x >>> 31);
    }
}
