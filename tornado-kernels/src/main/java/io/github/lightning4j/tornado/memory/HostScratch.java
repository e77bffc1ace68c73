package io.github.lightning4j.tornado.memory;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory that passes use one after another. New memory costs far more than what is done in it,
 * because the JVM zeroes it in one thread, page by page.
 *
 * <p>Used by one thread at a time.
 */
public final class HostScratch implements AutoCloseable {
    /** More than that is not kept. */
    private static final long MOST_KEPT = 256L << 20;

    private @Nullable Block kept;

    private static final class Block {
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory;

        Block(long bytes) {
            try {
                memory = arena.allocate(HostBlocks.pages(bytes), HostBlocks.PAGE);
            } catch (RuntimeException | Error e) {
                arena.close();
                throw e;
            }
        }
    }

    /** Uses memory. */
    @FunctionalInterface
    public interface Work {
        /** Does something with memory, which may hold anything. */
        void in(MemorySegment memory);
    }

    /** Lends memory of some bytes. Whoever has it does not ask for more. */
    public void with(long bytes, Work work) {
        if (bytes > MOST_KEPT) {
            try (Arena arena = Arena.ofShared()) {
                work.in(arena.allocate(bytes, HostBlocks.PAGE));
            }
            return;
        }
        Block block = kept;
        if (block == null || block.memory.byteSize() < bytes) {
            close();
            block = new Block(bytes);
            kept = block;
        }
        work.in(block.memory.asSlice(0, bytes));
    }

    @Override
    public void close() {
        Block block = kept;
        kept = null;
        if (block != null) {
            block.arena.close();
        }
    }
}
