package io.github.lightning4j.distributed;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Memory of one partition after another. The tensors of one are those of the one before, in the
 * same order and mostly of the same size, so each gets the memory that its predecessor had: new
 * memory is zeroed page by page, which can take longer than what a device does with it. Not
 * thread-safe.
 */
final class Room implements AutoCloseable {
    private final List<Block> blocks = new ArrayList<>();
    private int next;

    /** Memory and what it ends with. */
    private record Block(Arena arena, MemorySegment memory) {
        @SuppressWarnings("MustBeClosedChecker") // the room closes it
        static Block of(long bytes) {
            Arena arena = Arena.ofShared();
            try {
                return new Block(
                        arena, Tensor.allocate(arena, DType.I64, (bytes + 7) / 8).segment());
            } catch (RuntimeException | Error e) {
                arena.close();
                throw e;
            }
        }
    }

    /** Begins again: what was taken before must not be used any more. */
    void clear() {
        next = 0;
    }

    /** Takes memory, in which there is anything. */
    Tensor take(DType dtype, long... shape) {
        long bytes = Tensor.byteSize(dtype, shape);
        if (next == blocks.size()) {
            blocks.add(Block.of(bytes));
        } else if (blocks.get(next).memory.byteSize() < bytes) {
            blocks.get(next).arena.close(); // before there is more
            blocks.set(next, Block.of(bytes));
        }
        return Tensor.of(dtype, blocks.get(next++).memory.asSlice(0, bytes), shape);
    }

    /** Takes memory of zeros. */
    Tensor zeros(DType dtype, long... shape) {
        Tensor tensor = take(dtype, shape);
        tensor.segment().fill((byte) 0);
        return tensor;
    }

    @Override
    public void close() {
        blocks.forEach(block -> block.arena.close());
        blocks.clear();
    }
}
