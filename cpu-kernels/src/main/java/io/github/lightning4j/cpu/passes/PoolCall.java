package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionInterruptedException;
import io.github.lightning4j.DType;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.ScaledMatrix;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BlockRing;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;

/**
 * One append to slots of a pool: what a thread does for one stream of it, one head of one row of
 * the call. The bookkeeping of slots is only read here; it changes after the call.
 *
 * <p>Used again for a call of the same problem and memory. Threads may work on different streams at
 * once.
 */
final class PoolCall {
    /** The most tokens of an append that are decoded. */
    static final int DECODED = 3 * Decode.TOKENS;

    private final AttentionProblem problem;
    private final ForwardBuffers buffers;
    private final SlotBlocks[] slots;
    private final Decode decode;
    private final BlockAppend append;
    private final Kernels kernels;
    private final float[] zeros;
    private final long seed;
    private final boolean isTakenWhole;

    /** The index of the slot of each row; −1: none. */
    private int[] places;

    /** The thread that others work for. */
    private Thread caller;

    PoolCall(
            Kernels kernels,
            SlotBlocks[] slots,
            Decode decode,
            long seed,
            AttentionProblem problem,
            ForwardBuffers buffers,
            int[] places) {
        this.kernels = kernels;
        this.slots = slots;
        this.decode = decode;
        this.seed = seed;
        this.problem = problem;
        this.buffers = buffers;
        this.places = places;
        caller = Thread.currentThread();
        isTakenWhole = decode.isTakenWhole(problem);
        append = new BlockAppend(kernels, problem, buffers, decode);
        zeros = new float[problem.config().valueDim()];
    }

    /** Whether it is of the same problem, which the api hands over again, and the same memory. */
    @SuppressWarnings("ReferenceEquality")
    boolean isOf(
            AttentionProblem other,
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output) {
        return problem == other
                && buffers.q().equals(q)
                && buffers.k().equals(k)
                && buffers.v().equals(v)
                && buffers.output().equals(output);
    }

    /** Makes it a call of the current thread for other slots. */
    void begin(int[] otherPlaces) {
        places = otherPlaces;
        caller = Thread.currentThread();
    }

    /** Rows of the call. */
    int rows() {
        return places.length;
    }

    /** Tokens of a row. */
    long tokens(int row) {
        return problem.length(row);
    }

    /** Whether the tokens of a row are decoded. */
    boolean isDecoded(int row) {
        return tokens(row) <= DECODED;
    }

    /** Computes one stream, {@code row · H + head}. */
    void stream(int stream, Workspace ws) {
        if (!isTakenWhole) {
            look();
        }
        int heads = problem.config().heads();
        int row = stream / heads;
        int head = stream % heads;
        if (places[row] < 0) {
            writeZeros(row, head);
        } else if (tokens(row) > 0) {
            appendTo(slots[places[row]], row, head, ws);
        }
    }

    private void appendTo(SlotBlocks slot, int row, int head, Workspace ws) {
        long count = tokens(row);
        BlockRing ring = slot.ring();
        int at = ring.current();
        long first = ring.first();
        TokenBlock block = slot.block(at, head);
        block.rows(ring.rows());
        boolean isRead = false; // whether the workspace holds the block
        for (long t = 0; t < count; ) {
            int capacity = ring.capacity(first);
            int more = (int) Math.min(capacity - block.rows(), count - t);
            if (isDecoded(row)) {
                more = Math.min(more, Decode.TOKENS);
                decode.steps(problem, buffers, row, head, t, more, block, ws);
            } else {
                look();
                isRead = isRead || isRead(block, ws);
                append.run(ws.rows.set(row, head, t, more), block, ws);
            }
            t += more;
            if (block.rows() == capacity) {
                at = ring.after(at, 1);
                TokenBlock next = slot.block(at, head);
                isRead = isRead || isRead(block, ws);
                decode.fold(head, ws.state, ws);
                first += capacity;
                isRead = next.settle(kernels.elements(), ScaledMatrix.key(seed, head, first), ws);
                block = next;
                block.rows(0);
            }
        }
    }

    private boolean isRead(TokenBlock block, Workspace ws) {
        block.read(kernels.elements(), ws.state, ws);
        return true;
    }

    private void writeZeros(int row, int head) {
        DType type = problem.outputType();
        int e = zeros.length;
        TensorMemory output = buffers.output();
        long at = output.at(problem.rowOffset(row, head, e)) * type.bytes();
        long stride = output.step(problem.rowStride(e)) * type.bytes();
        for (long t = 0; t < tokens(row); t++) {
            kernels.elements().store(zeros, 0, e, type, output.segment(), at + t * stride);
        }
    }

    private void look() {
        if (caller.isInterrupted()) {
            throw new AttentionInterruptedException(
                    "the thread was interrupted; the call ended between two blocks", false);
        }
    }

    /** The slots have their tokens; every stream has been computed. */
    void end() {
        for (int row = 0; row < places.length; row++) {
            if (places[row] >= 0) {
                slots[places[row]].advance(tokens(row));
            }
        }
    }
}
