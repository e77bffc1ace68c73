package io.github.lightning4j.spi;

import java.lang.foreign.MemorySegment;

/**
 * Where the elements of a tensor are: little-endian, of no particular alignment, and numbered
 * row-major.
 *
 * <p>Mostly they lie together. Those of a part of an axis, such as some of the tokens, lie in runs
 * of equal length, one for each index of the axes before it, with gaps in between, which are
 * neither read nor written. A run is always everything behind one index of some axis, so the
 * elements that follow each other along an axis have the same distance from one to the next
 * everywhere.
 *
 * @param segment the runs, with the gaps between them
 * @param run elements of a run; {@link Long#MAX_VALUE} where all lie together
 * @param stride elements from the beginning of a run to that of the next, ≥ run
 */
public record TensorMemory(MemorySegment segment, long run, long stride) {
    /**
     * Of a tensor whose elements lie together.
     *
     * @param segment exactly its elements
     * @return the memory
     */
    public static TensorMemory of(MemorySegment segment) {
        return new TensorMemory(segment, Long.MAX_VALUE, Long.MAX_VALUE);
    }

    /**
     * Whether there are no gaps.
     *
     * @return true if an element's number is its place
     */
    public boolean isContiguous() {
        return run == stride;
    }

    /**
     * The place of an element.
     *
     * @param element its number
     * @return elements, gaps counted, from the beginning of the segment
     */
    public long at(long element) {
        return run == stride ? element : element / run * stride + element % run;
    }

    /**
     * The distance from an element to the next along an axis, such as from a row to the next of the
     * same head.
     *
     * @param step the difference of their numbers: the product of the extents after the axis
     * @return elements, gaps counted
     */
    public long step(long step) {
        return run == stride || step % run != 0 ? step : step / run * stride;
    }

    /** Something to do with elements that lie together. */
    @FunctionalInterface
    public interface Run {
        /**
         * Does it.
         *
         * @param at place of the first
         * @param done how many of those that were asked for came before
         * @param count how many
         */
        void accept(long at, long done, long count);
    }

    /**
     * Goes through elements in order, as many at a time as lie together.
     *
     * @param first number of the first
     * @param count how many
     * @param action what to do with them
     */
    public void forEachRun(long first, long count, Run action) {
        for (long done = 0; done < count; ) {
            long left = run == stride ? count : run - (first + done) % run;
            long now = Math.min(left, count - done);
            action.accept(at(first + done), done, now);
            done += now;
        }
    }
}
