package io.github.lightning4j.tornado;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;

/**
 * What a plan is compiled for.
 *
 * @param config heads, dimensions, slopes, scale, feature map, layout
 * @param inputType dtype of q, k and v
 * @param sequences states it has room for
 * @param tokens tokens of all sequences together it has room for
 */
record PlanKey(AttentionConfig config, DType inputType, int sequences, int tokens)
        implements PlanShape {
    /** Elements of an array at most: array lengths are ints, and kernels index in ints. */
    static final long MAX_ELEMENTS = Integer.MAX_VALUE - 64L;

    /** Chunks of a segment at most. */
    static final int MAX_SEGMENT_CHUNKS = 16;

    /**
     * Segments of all heads that keep a large device busy: fewer of them than there are chunks make
     * the scan short, but each is worked on from its first chunk to its last.
     */
    private static final int ENOUGH_SEGMENTS = 512;

    /** Chunks it has room for: any cut of its tokens into its sequences. */
    int chunks() {
        return Math.toIntExact(chunksOf(tokens, sequences));
    }

    /** Chunks of a segment: a power of two. */
    int segmentChunks() {
        long fit = chunksOf(tokens, sequences) * config.heads() / ENOUGH_SEGMENTS;
        return Long.bitCount(fit) == 0
                ? 1
                : (int) Math.min(MAX_SEGMENT_CHUNKS, Long.highestOneBit(fit));
    }

    /** Segments it has room for. */
    int segments() {
        return Math.toIntExact(segmentsOf());
    }

    private long segmentsOf() {
        return chunksOf(tokens, 0) / segmentChunks() + 1 + sequences;
    }

    private static long chunksOf(long tokens, int sequences) {
        return (tokens + ChunkTable.CHUNK - 1) / ChunkTable.CHUNK + sequences;
    }

    /** Rows of q, k, v and o. */
    int rows() {
        return Math.toIntExact((long) tokens * config.heads());
    }

    /** Elements of the states of all sequences. */
    int stateElements() {
        return Math.toIntExact((long) sequences * config.heads() * stateSize());
    }

    /** Elements of one state. */
    int stateSize() {
        return config.keyDim() * config.valueDim();
    }

    /** Streams: chunks of one head. */
    int streams() {
        return Math.multiplyExact(chunks(), config.heads());
    }

    /** The same, for a plan that may be too large to exist. */
    long chunksOfHeads() {
        return chunksOf(tokens, sequences) * config.heads();
    }

    /**
     * Rows that are not used are copied all the same, so room for half as many again is too much.
     * Segments are as long, so that results do not depend, in their last bits, on what plan there
     * is.
     */
    @Override
    public boolean serves(PlanShape wanted) {
        return wanted instanceof PlanKey other
                && config.equals(other.config)
                && inputType == other.inputType
                && sequences == other.sequences
                && tokens >= other.tokens
                && tokens <= Math.max(ChunkTable.CHUNK, other.tokens + other.tokens / 2)
                && segmentChunks() == other.segmentChunks();
    }

    @Override
    public long largestArray(Family family) {
        long dim = Math.max(config.keyDim(), config.valueDim());
        long perStream = Math.max(stateSize(), family.scratchPerStream());
        long arrays = Math.max((long) tokens * config.heads() * dim, chunksOfHeads() * perStream);
        return family == Family.TILED ? Math.max(arrays, threads()) : arrays;
    }

    /**
     * Threads of the largest grid, which are counted in ints too; more than elements where D is
     * tiny.
     */
    private long threads() {
        int valueDim = config.valueDim();
        long tiles = StateTasks.tiles(valueDim, StateTasks.columns(valueDim));
        long decode =
                (long) DecodeKernels.THREADS
                        * config.heads()
                        * Math.ceilDiv(valueDim, DecodeKernels.COLUMNS);
        return Math.max(chunksOfHeads() * Tile.THREADS * tiles, sequences * decode);
    }

    @Override
    public long bytes(Family family) {
        long rows = (long) tokens * config.heads();
        long dims = 2L * config.keyDim() + config.valueDim();
        long narrow = inputType == DType.F32 ? 0 : rows * dims * Short.BYTES + (1 << 18);
        long floats = rows * (dims + config.valueDim()) + scratch(family);
        return floats * Float.BYTES + narrow;
    }

    /** Floats of states and scores on the device. */
    long scratch(Family family) {
        return chunksOfHeads() * (stateSize() + family.scratchPerStream())
                + (segmentsOf() + 2L * sequences) * config.heads() * stateSize();
    }

    /** The next of eight sizes an octave, so that neighbouring lengths share a plan. */
    static int bucket(long tokens) {
        if (tokens <= 16) {
            return 16;
        }
        long step = Math.max(1, Long.highestOneBit(tokens - 1) >> 3);
        return Math.toIntExact((tokens + step - 1) / step * step);
    }

    /** The next power of two. */
    static int sequenceBucket(int sequences) {
        return sequences <= 1 ? 1 : Integer.highestOneBit(sequences - 1) << 1;
    }
}
