package io.github.lightning4j;

/**
 * Element types of a {@link Tensor}. All are little-endian in memory and in files.
 *
 * <p>Attention computes on {@link #F32}, {@link #F16} and {@link #BF16}; {@link #F64} holds
 * reference answers, the integer types hold sequence boundaries.
 */
public enum DType {
    /** IEEE 754 binary64. */
    F64(8),
    /** IEEE 754 binary32. */
    F32(4),
    /** IEEE 754 binary16. */
    F16(2),
    /** bfloat16: the upper half of a binary32. */
    BF16(2),
    /** Signed 64-bit integer. */
    I64(8),
    /** Signed 32-bit integer. */
    I32(4);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /**
     * The size of one element.
     *
     * @return bytes per element
     */
    public int bytes() {
        return bytes;
    }

    /**
     * Whether attention reads and writes this type.
     *
     * @return true for F32, F16 and BF16
     */
    public boolean isAttentionType() {
        return this == F32 || this == F16 || this == BF16;
    }

    /**
     * Whether elements are floating-point numbers.
     *
     * @return true for F64, F32, F16 and BF16
     */
    public boolean isFloatingPoint() {
        return this != I64 && this != I32;
    }

    /** The nearest number of this type; the 16-bit types are rounded through binary32. */
    double round(double value) {
        return switch (this) {
            case F64 -> value;
            case F32 -> (float) value;
            case F16 -> Float.float16ToFloat(Float.floatToFloat16((float) value));
            case BF16 -> bFloat16ToFloat(floatToBFloat16((float) value));
            case I64 -> (long) value;
            case I32 -> (int) value;
        };
    }

    /**
     * Rounds to bfloat16, to nearest with ties to even. NaN stays NaN.
     *
     * @param value any float
     * @return the 16 bits
     */
    public static short floatToBFloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & 0x7fffffff) > 0x7f800000) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }

    /**
     * Widens a bfloat16, exactly.
     *
     * @param bits the 16 bits
     * @return the same number as a float
     */
    public static float bFloat16ToFloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }
}
