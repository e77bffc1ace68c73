package io.github.lightning4j;

import io.github.lightning4j.spi.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * How elements lie in memory: little-endian, of no particular alignment. Positions are in range
 * here. Stateless.
 */
final class Elements {
    private static final ValueLayout.OfLong I64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble F64 =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final ValueLayout.OfFloat F32 =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Elements() {}

    /** Refuses the order of a buffer whose elements would be read the wrong way round. */
    static void checkOrder(ByteOrder order) {
        if (order != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalArgumentException(
                    "buffer is "
                            + order
                            + "; it must be LITTLE_ENDIAN: call order(ByteOrder.LITTLE_ENDIAN) on"
                            + " the ByteBuffer, or copy its floats with Tensor.copyFrom");
        }
    }

    /** Refuses memory that cannot be written, by the name of what it belongs to. */
    static void checkWritable(Object what, TensorMemory memory) {
        if (memory.segment().isReadOnly()) {
            throw new IllegalArgumentException(what + " is read-only; it must be writable");
        }
    }

    /** An element widened to double. */
    static double get(DType dtype, MemorySegment memory, long index) {
        return switch (dtype) {
            case F64 -> memory.get(F64, index * 8);
            case F32 -> memory.get(F32, index * 4);
            case F16 -> Float.float16ToFloat(memory.get(I16, index * 2));
            case BF16 -> DType.bFloat16ToFloat(memory.get(I16, index * 2));
            case I64 -> memory.get(I64, index * 8);
            case I32 -> memory.get(I32, index * 4);
        };
    }

    /** An element of an integer type. */
    static long getInteger(DType dtype, MemorySegment memory, long index) {
        return switch (dtype) {
            case I64 -> memory.get(I64, index * 8);
            case I32 -> memory.get(I32, index * 4);
            default -> throw new IllegalStateException(dtype + " is not an integer type");
        };
    }

    /** All elements, as many as the array holds. */
    static void toFloats(DType dtype, TensorMemory memory, float[] values) {
        memory.forEachRun(
                0,
                values.length,
                (at, done, count) -> {
                    int i = (int) done;
                    if (dtype == DType.F32) {
                        MemorySegment.copy(
                                memory.segment(), F32, at * Float.BYTES, values, i, (int) count);
                        return;
                    }
                    for (long j = 0; j < count; j++) {
                        values[i++] = (float) get(dtype, memory.segment(), at + j);
                    }
                });
    }

    /** Rounds a value to the dtype and stores it. */
    static void set(DType dtype, MemorySegment memory, long index, double value) {
        switch (dtype) {
            case F64 -> memory.set(F64, index * 8, value);
            case F32 -> memory.set(F32, index * 4, (float) value);
            case F16 -> memory.set(I16, index * 2, Float.floatToFloat16((float) value));
            case BF16 -> memory.set(I16, index * 2, DType.floatToBFloat16((float) value));
            case I64 -> memory.set(I64, index * 8, (long) value);
            case I32 -> memory.set(I32, index * 4, (int) value);
        }
    }

    /** Copies elements that follow each other, rounding each where the dtypes differ. */
    static void copy(
            DType from,
            TensorMemory source,
            long sourceAt,
            DType to,
            TensorMemory target,
            long targetAt,
            long count) {
        source.forEachRun(
                sourceAt,
                count,
                (read, before, n) ->
                        target.forEachRun(
                                targetAt + before,
                                n,
                                (write, done, m) ->
                                        copy(
                                                from,
                                                source.segment(),
                                                read + done,
                                                to,
                                                target.segment(),
                                                write,
                                                m)));
    }

    private static void copy(
            DType from,
            MemorySegment source,
            long sourceAt,
            DType to,
            MemorySegment target,
            long targetAt,
            long count) {
        if (from == to) {
            MemorySegment.copy(
                    source,
                    sourceAt * from.bytes(),
                    target,
                    targetAt * to.bytes(),
                    count * from.bytes());
            return;
        }
        for (long i = 0; i < count; i++) {
            set(to, target, targetAt + i, get(from, source, sourceAt + i));
        }
    }
}
