package io.github.lightning4j.conformance.mutation;

import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Where the rows of a head lie in the tensors of a problem.
 *
 * @param problem shapes and layout
 * @param bug what is wrong with it
 */
record HeadMemory(AttentionProblem problem, Bug bug) {
    static final ValueLayout.OfFloat F32 =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort I16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Rows of (sequence r, head h). */
    BlockedHead.Rows rows(TensorMemory memory, int r, int h, int dim) {
        int sequence =
                bug == Bug.SWAPPED_SEQUENCES
                                && problem.length((r + 1) % problem.sequences())
                                        >= problem.length(r)
                        ? (r + 1) % problem.sequences()
                        : r;
        long start = start(sequence, h, dim);
        long stride = stride(dim);
        DType type = problem.inputType();
        MemorySegment segment = memory.segment();
        long elements = segment.byteSize() / type.bytes();
        return (i, d) -> {
            long at = at(memory, start + i * stride + d);
            return at < elements ? get(type, segment, at) : 0;
        };
    }

    /** Where o of (sequence r, head h) goes. */
    BlockedHead.Output output(TensorMemory memory, int r, int h, double besides) {
        long start = start(r, h, problem.config().valueDim());
        long stride = stride(problem.config().valueDim());
        long last = problem.length(r) - 1;
        return (i, e, value) -> {
            double stored =
                    switch (bug) {
                        case ZERO_OUTPUT -> 0;
                        case NAN_OUTPUT -> Double.NaN;
                        case NOISE -> value * Math.random();
                        default -> value + besides;
                    };
            if (bug != Bug.UNWRITTEN_ROW || i < last) {
                long at = at(memory, start + i * stride + e);
                set(problem.outputType(), memory.segment(), at, stored);
            }
        };
    }

    /**
     * What is added to every output: 0 times what lies behind q, as computing with padded vectors
     * would add.
     */
    double besides(TensorMemory tensor) {
        DType type = problem.inputType();
        MemorySegment q = tensor.segment();
        return bug == Bug.READS_BESIDE && q.byteSize() > 0
                ? 0 * get(type, around(q, type.bytes()), q.byteSize() / type.bytes())
                : 0;
    }

    /** Plants the bugs that write where they must not. */
    void spoil(TensorMemory queries, TensorMemory outputs) {
        MemorySegment q = queries.segment();
        MemorySegment output = outputs.segment();
        DType in = problem.inputType();
        DType out = problem.outputType();
        if (bug == Bug.WRITES_BESIDE && output.byteSize() > 0) {
            set(out, around(output, out.bytes()), output.byteSize() / out.bytes(), 0);
        }
        if (bug == Bug.WRITES_INPUT && !q.isReadOnly() && q.byteSize() > 0) {
            set(in, q, 0, get(in, q, 0) + 1);
        }
    }

    @SuppressWarnings("restricted") // what a native kernel could do
    private static MemorySegment around(MemorySegment memory, long bytes) {
        return MemorySegment.ofAddress(memory.address()).reinterpret(memory.byteSize() + bytes);
    }

    private long start(int r, int h, int dim) {
        if (bug == Bug.IGNORED_LAYOUT) {
            PackedSequences packed = problem.packed();
            return Layout.HEADS_FIRST.rowOffset(
                    packed == null ? r : 0,
                    h,
                    packed == null ? 0 : packed.start(r),
                    problem.config().heads(),
                    problem.tokens(),
                    dim);
        }
        return problem.rowOffset(r, h, dim);
    }

    /** The place of an element. */
    private long at(TensorMemory memory, long element) {
        return bug == Bug.IGNORED_GAPS ? element : memory.at(element);
    }

    private long stride(int dim) {
        return bug == Bug.IGNORED_LAYOUT ? dim : problem.rowStride(dim);
    }

    static double get(DType type, MemorySegment memory, long at) {
        return switch (type) {
            case F32 -> memory.get(F32, 4 * at);
            case BF16 -> DType.bFloat16ToFloat(memory.get(I16, 2 * at));
            case F16 -> Float.float16ToFloat(memory.get(I16, 2 * at));
            default -> throw new IllegalArgumentException(type.toString());
        };
    }

    static void set(DType type, MemorySegment memory, long at, double value) {
        switch (type) {
            case F32 -> memory.set(F32, 4 * at, (float) value);
            case BF16 -> memory.set(I16, 2 * at, DType.floatToBFloat16((float) value));
            case F16 -> memory.set(I16, 2 * at, Float.floatToFloat16((float) value));
            default -> throw new IllegalArgumentException(type.toString());
        }
    }
}
