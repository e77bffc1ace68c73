package io.github.lightning4j.spi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Memory in an arena of its own. */
final class OrdinaryMemory implements BackendMemory {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    OrdinaryMemory(long bytes, long alignment) {
        try {
            segment = arena.allocate(bytes, alignment);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public MemorySegment segment() {
        return segment;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
