package io.github.lightning4j.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.stream.LongStream;

/** Reads or writes many bytes, on several threads where that is worth it. Stateless. */
public final class Pieces {
    /** Bytes that make it worth waking another thread. */
    private static final long BYTES = 4 << 20;

    private Pieces() {}

    /** What is done with a piece. */
    @FunctionalInterface
    public interface Step {
        /**
         * Reads or writes it.
         *
         * @param from its first byte
         * @param bytes how many
         * @throws IOException if that fails
         */
        void take(long from, long bytes) throws IOException;
    }

    /**
     * Takes each byte once, in any order, from any thread.
     *
     * @param bytes of all runs
     * @param run bytes of a run; no piece lies in two of them
     * @param step what is done; it may be done several times at once
     * @throws IOException the first failure; other pieces may have been taken
     */
    public static void forEach(long bytes, long run, Step step) throws IOException {
        if (bytes == 0) {
            return;
        }
        long each = Math.ceilDiv(run, BYTES);
        long pieces = bytes / run * each;
        LongStream all = LongStream.range(0, pieces);
        try {
            (pieces > 1 ? all.parallel() : all)
                    .forEach(i -> {
                        long within = i % each * BYTES;
                        long count = Math.min(BYTES, run - within);
                        try {
                            step.take(i / each * run + within, count);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}
