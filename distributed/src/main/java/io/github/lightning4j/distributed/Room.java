package io.github.lightning4j.distributed;

import io.github.lightning4j.DType;
import io.github.lightning4j.DeviceTensor;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory of one partition after another. The tensors of one are those of the one before, in the
 * same order and mostly of the same size, so each gets the memory that its predecessor had: new
 * memory is zeroed page by page, which can take longer than what a device does with it. A device
 * with memory of its own copies directly from this one if a tensor has all of it. Not thread-safe.
 */
final class Room implements AutoCloseable {
    private final LightningAttention attention;
    private final boolean direct;
    private final List<Block> blocks = new ArrayList<>();
    private int next;

    /** Memory and what ends it. */
    private record Block(Runnable end, MemorySegment memory) {
        @SuppressWarnings("MustBeClosedChecker") // the room closes it
        static Block of(long bytes) {
            Arena arena = Arena.ofShared();
            try {
                return new Block(
                        arena::close, Tensor.allocate(arena, DType.I64, (bytes + 7) / 8).segment());
            } catch (RuntimeException | Error e) {
                arena.close();
                throw e;
            }
        }

        static Block of(DeviceTensor tensor) {
            return new Block(tensor::close, tensor.tensor().segment());
        }
    }

    /** For partitions on a device. */
    Room(LightningAttention attention) {
        this.attention = attention;
        direct = attention.deviceMemory().isPresent();
    }

    /** Whether rows are better copied into it than used where they are. */
    boolean wantsCopies() {
        return direct;
    }

    /** Begins again: what was taken before must not be used any more. */
    void clear() {
        next = 0;
    }

    /** Takes memory, in which there is anything. */
    Tensor take(DType dtype, long... shape) {
        long bytes = Tensor.byteSize(dtype, shape);
        if (next < blocks.size() && !suits(blocks.get(next), bytes)) {
            blocks.remove(next).end.run(); // before there is more
            blocks.add(next, allocate(dtype, shape, bytes));
        } else if (next == blocks.size()) {
            blocks.add(allocate(dtype, shape, bytes));
        }
        return Tensor.of(dtype, blocks.get(next++).memory.asSlice(0, bytes), shape);
    }

    private boolean suits(Block block, long bytes) {
        long size = block.memory.byteSize();
        return direct ? size == bytes : size >= bytes;
    }

    private Block allocate(DType dtype, long[] shape, long bytes) {
        return direct ? Block.of(attention.allocate(dtype, shape)) : Block.of(bytes);
    }

    /** Takes memory of zeros. */
    Tensor zeros(DType dtype, long... shape) {
        Tensor tensor = take(dtype, shape);
        tensor.segment().fill((byte) 0);
        return tensor;
    }

    @Override
    public void close() {
        blocks.forEach(block -> block.end.run());
        blocks.clear();
    }
}
