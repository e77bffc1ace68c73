package io.github.lightning4j.tornado.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Memory of the host that stays with the process and is used again, always with the same size; see
 * {@link DeviceArrays} for why. Sizes go in steps of an eighth, so there are few. Thread-safe.
 */
public final class HostBlocks {
    /** A multiple of the page size of any system. */
    static final long PAGE = 1 << 16;

    private static final Map<Long, Deque<MemorySegment>> IDLE = new HashMap<>();

    private HostBlocks() {}

    /** The size of whole pages that hold {@code bytes} bytes. */
    static long pages(long bytes) {
        return (bytes + PAGE - 1) / PAGE * PAGE;
    }

    /** A block of at least {@code bytes} bytes, all zero. */
    static MemorySegment take(long bytes) {
        long step = Math.max(PAGE, Long.highestOneBit(bytes - 1) >> 3);
        long size = (bytes + step - 1) / step * step;
        MemorySegment idle;
        synchronized (IDLE) {
            Deque<MemorySegment> blocks = IDLE.get(size);
            idle = blocks == null ? null : blocks.pollFirst();
        }
        return idle == null ? Arena.global().allocate(size, PAGE) : idle.fill((byte) 0);
    }

    /** Takes a block back. */
    static void giveBack(MemorySegment block) {
        synchronized (IDLE) {
            IDLE.computeIfAbsent(block.byteSize(), size -> new ArrayDeque<>()).addFirst(block);
        }
    }
}
