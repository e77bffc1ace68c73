package io.github.lightning4j.serving;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Slot;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.serving.Schedule.Piece;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Packs the tokens of many calls into one and takes the outputs apart again, in memory that is kept
 * from step to step. A caller's memory is touched in copies alone, never while the device computes:
 * what is wrong with one call's memory harms no other call.
 *
 * <p>Used by the dispatcher's thread alone.
 */
final class Staging {
    private final AttentionConfig config;
    private final DType inputs;
    private final DType outputs;
    private MemorySegment memory = MemorySegment.NULL;

    /** Room for the tokens of one step, in layers of a configuration. */
    Staging(AttentionConfig config, ServiceOptions options) {
        this.config = config;
        inputs = options.inputs();
        outputs = options.outputs();
    }

    /** The tensors of a step. */
    private record Step(Tensor q, Tensor k, Tensor v, Tensor o) {}

    /**
     * One call of the pool for all pieces; outputs go to their calls.
     *
     * @return calls whose own memory could not be read, such as one that was freed meanwhile; they
     *     changed nothing
     */
    Map<Piece, Throwable> append(StatePool pool, List<Piece> pieces) {
        Step step = step(pieces.stream().mapToLong(Piece::count).sum());
        PackedSequences packed =
                PackedSequences.ofLengths(pieces.stream().mapToLong(Piece::count).toArray());
        Map<Piece, Throwable> unread = new HashMap<>();
        Slot[] slots = new Slot[pieces.size()];
        for (int r = 0; r < slots.length; r++) {
            Piece piece = pieces.get(r);
            try {
                in(piece, piece.call().inputs().q(), step.q, packed.start(r));
                in(piece, piece.call().inputs().k(), step.k, packed.start(r));
                in(piece, piece.call().inputs().v(), step.v, packed.start(r));
                slots[r] = piece.lane().sequence().slots().get(piece.lane().layer());
            } catch (RuntimeException | InternalError e) {
                // An InternalError is a mapped file that was cut.
                unread.put(piece, e);
                slots[r] = Slot.NONE;
            }
        }
        if (unread.size() < slots.length) {
            pool.append(slots, packed, step.q, step.k, step.v, step.o);
        }
        for (int r = 0; r < slots.length; r++) {
            Piece piece = pieces.get(r);
            if (!unread.containsKey(piece)) {
                copy(step.o, packed.start(r), piece.call().output(), piece.from(), piece.count());
            }
        }
        return unread;
    }

    private void in(Piece piece, Tensor from, Tensor to, long start) {
        copy(from, piece.from(), to, start, piece.count());
    }

    private Step step(long tokens) {
        long[] keys = config.layout().shape(1, config.heads(), tokens, config.keyDim());
        long[] values = config.layout().shape(1, config.heads(), tokens, config.valueDim());
        long keyBytes = Tensor.byteSize(inputs, keys);
        long valueBytes = Tensor.byteSize(inputs, values);
        long outputBytes = Tensor.byteSize(outputs, values);
        reserve(2 * keyBytes + valueBytes + outputBytes);
        return new Step(
                Tensor.of(inputs, memory.asSlice(0, keyBytes), keys),
                Tensor.of(inputs, memory.asSlice(keyBytes, keyBytes), keys),
                Tensor.of(inputs, memory.asSlice(2 * keyBytes, valueBytes), values),
                Tensor.of(outputs, memory.asSlice(2 * keyBytes + valueBytes, outputBytes), values));
    }

    private void reserve(long bytes) {
        if (memory.byteSize() < bytes) {
            long floats = (bytes + bytes / 4) / Float.BYTES + 1;
            memory = Tensor.allocate(DType.F32, floats).segment();
        }
    }

    /** Copies tokens of every head of one sequence, both tensors being of one configuration. */
    private void copy(Tensor from, long first, Tensor to, long start, long count) {
        int axis = config.layout().tokenAxis();
        to.slice(axis, start, start + count).copyFrom(from, axis, first);
    }
}
