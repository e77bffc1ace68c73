package io.github.lightning4j.spi;

import java.lang.foreign.MemorySegment;

/** Memory of this process for a tensor, chosen by a backend. Thread-safe. */
public interface BackendMemory extends AutoCloseable {
    /**
     * The memory.
     *
     * @return exactly the bytes that were asked for, all zero at first, for all threads
     */
    MemorySegment segment();

    /**
     * Frees it. A call that uses it ends first, or throws {@link IllegalStateException}. Again, it
     * does nothing.
     */
    @Override
    void close();
}
