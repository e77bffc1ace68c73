package io.github.lightning4j.tornado.memory;

import io.github.lightning4j.DType;
import io.github.lightning4j.spi.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Moves rows between a caller's memory and a plan's arrays. Memory that only one thread may use
 * never gets here, because the api refuses it.
 */
public final class HostRows {
    /** Bytes that make it worth waking another thread. */
    private static final long BYTES_PER_TASK = 1 << 18;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private HostRows() {}

    /**
     * Copies rows in, without a change of dtype.
     *
     * @param dim elements of a row
     * @param size bytes of an element
     */
    public static void in(
            List<Window.Run> runs, TensorMemory source, MemorySegment staged, int dim, long size) {
        for (Window.Run run : runs) {
            long to = run.staged() * dim;
            source.forEachRun(
                    run.source() * dim,
                    run.rows() * dim,
                    (from, done, count) ->
                            copy(
                                    source.segment(),
                                    from * size,
                                    staged,
                                    (to + done) * size,
                                    count * size));
        }
    }

    /** Copies rows of 16-bit numbers out, without a change of dtype. */
    public static void out(
            List<Window.Run> runs, MemorySegment staged, TensorMemory target, int dim) {
        for (Window.Run run : runs) {
            long from = run.staged() * dim;
            target.forEachRun(
                    run.source() * dim,
                    run.rows() * dim,
                    (to, done, count) ->
                            copy(
                                    staged,
                                    (from + done) * Short.BYTES,
                                    target.segment(),
                                    to * Short.BYTES,
                                    count * Short.BYTES));
        }
    }

    /**
     * Copies rows of floats out and rounds them.
     *
     * @param dim floats of a row
     * @param type dtype of the target
     */
    public static void out(
            List<Window.Run> runs, MemorySegment staged, TensorMemory target, int dim, DType type) {
        for (Window.Run run : runs) {
            long from = run.staged() * dim;
            target.forEachRun(
                    run.source() * dim,
                    run.rows() * dim,
                    (to, done, count) ->
                            rounded(staged, from + done, target.segment(), to, count, type));
        }
    }

    private static void rounded(
            MemorySegment floats,
            long from,
            MemorySegment target,
            long to,
            long count,
            DType type) {
        if (type == DType.F32) {
            copy(floats, from * Float.BYTES, target, to * Float.BYTES, count * Float.BYTES);
            return;
        }
        slices(
                count * Float.BYTES,
                (first, bytes) -> {
                    long i = first / Float.BYTES;
                    narrow(floats, from + i, target, to + i, bytes / Float.BYTES, type);
                });
    }

    private static void narrow(
            MemorySegment floats,
            long from,
            MemorySegment target,
            long to,
            long count,
            DType type) {
        for (long i = 0; i < count; i++) {
            float x = floats.getAtIndex(ValueLayout.JAVA_FLOAT, from + i);
            short bits = type == DType.F16 ? Float.floatToFloat16(x) : DType.floatToBFloat16(x);
            target.set(SHORT, (to + i) * Short.BYTES, bits);
        }
    }

    /**
     * Copies rows of 16-bit numbers in as floats, by one thread: they are few.
     *
     * @param dim elements of a row
     * @param type dtype of the source
     */
    public static void widen(
            List<Window.Run> runs, TensorMemory source, MemorySegment floats, int dim, DType type) {
        for (Window.Run run : runs) {
            long to = run.staged() * dim;
            source.forEachRun(
                    run.source() * dim,
                    run.rows() * dim,
                    (from, done, count) ->
                            widened(source.segment(), type, from, floats, to + done, count));
        }
    }

    private static void widened(
            MemorySegment source,
            DType type,
            long from,
            MemorySegment floats,
            long to,
            long count) {
        for (long i = 0; i < count; i++) {
            short bits = source.get(SHORT, (from + i) * Short.BYTES);
            float x = type == DType.F16 ? Float.float16ToFloat(bits) : DType.bFloat16ToFloat(bits);
            floats.setAtIndex(ValueLayout.JAVA_FLOAT, to + i, x);
        }
    }

    /**
     * Copies bytes, on several threads where there are many. What is there already is not copied:
     * an array may lie over the caller's tensor.
     */
    public static void copy(
            MemorySegment source, long from, MemorySegment target, long to, long bytes) {
        if (source.isNative()
                && target.isNative()
                && source.address() + from == target.address() + to) {
            return;
        }
        slices(
                bytes,
                (first, count) ->
                        MemorySegment.copy(source, from + first, target, to + first, count));
    }

    private interface Slice {
        void run(long first, long bytes);
    }

    private static void slices(long bytes, Slice slice) {
        long tasks = (bytes + BYTES_PER_TASK - 1) / BYTES_PER_TASK;
        if (tasks <= 1) {
            slice.run(0, bytes);
            return;
        }
        LongStream.range(0, tasks)
                .parallel()
                .forEach(i ->
                        slice.run(
                                i * BYTES_PER_TASK,
                                Math.min(BYTES_PER_TASK, bytes - i * BYTES_PER_TASK)));
    }
}
