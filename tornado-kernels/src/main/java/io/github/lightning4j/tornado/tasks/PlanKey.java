package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.DecayTable;
import io.github.lightning4j.tornado.kernels.DecodeKernels;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.Tile;

/**
 * What a plan is compiled for.
 *
 * @param config heads, dimensions, slopes, scale, feature map, layout
 * @param inputType dtype of q, k and v
 * @param sequences states it has room for
 * @param tokens tokens of all sequences together it has room for
 * @param segmentsAtOnce segments of one head that the device works on at a time; see {@code
 *     DeviceLimits.segmentsAtOnce}
 */
public record PlanKey(
        AttentionConfig config, DType inputType, int sequences, int tokens, int segmentsAtOnce)
        implements PlanShape {
    /** Chunks it has room for: any cut of its tokens into its sequences. */
    public int chunks() {
        return Math.toIntExact(chunksOf(tokens, sequences));
    }

    /**
     * Chunks of a segment in a run. All segments together are worked on in rounds of {@code
     * segmentsAtOnce}; there are as many as fill whole rounds, or a little fewer.
     *
     * @param chunks chunks of one head of all sequences of the run
     */
    public int segmentChunks(long chunks) {
        return (int)
                Math.min(DecayTable.MAX_SEGMENT_CHUNKS, Math.ceilDiv(chunks, segmentsFor(chunks)));
    }

    /** Segments of one head that a run is divided into, where each may have as many chunks. */
    private long segmentsFor(long chunks) {
        int heads = config.heads();
        long rounds =
                Math.ceilDiv(chunks * heads, (long) segmentsAtOnce * DecayTable.MAX_SEGMENT_CHUNKS);
        return Math.max(1, rounds * segmentsAtOnce / heads);
    }

    /** Segments it has room for. */
    public int segments() {
        return Math.toIntExact(segmentsOf());
    }

    /**
     * The most that any run has: more chunks never make fewer segments, apart from the last ones.
     */
    private long segmentsOf() {
        long chunks = chunksOf(tokens, sequences);
        long full =
                Math.max(segmentsFor(chunks), Math.ceilDiv(chunks, DecayTable.MAX_SEGMENT_CHUNKS));
        return Math.min(chunks, full + sequences);
    }

    private static long chunksOf(long tokens, int sequences) {
        return (tokens + ChunkTable.CHUNK - 1) / ChunkTable.CHUNK + sequences;
    }

    /** Ints of a table of chunks. */
    public int tableSize() {
        return ChunkTable.size(chunks(), segments(), sequences);
    }

    /** Where the segments begin in a table of chunks. */
    public int segmentsAt() {
        return ChunkTable.segmentsAt(chunks());
    }

    /** Where the sequences begin in a table of chunks. */
    public int sequencesAt() {
        return ChunkTable.sequencesAt(chunks(), segments());
    }

    /** Rows of q, k, v and o. */
    public int rows() {
        return Math.toIntExact((long) tokens * config.heads());
    }

    /** Elements of the states of all sequences. */
    public int stateElements() {
        return Math.toIntExact(sequences * config.stateElements());
    }

    /** Bytes of the states of all heads of one sequence. */
    public static long stateBytes(AttentionConfig config) {
        return config.stateElements() * Float.BYTES;
    }

    /** Elements of the state of a head. */
    public int stateSize() {
        return config.keyDim() * config.valueDim();
    }

    /** Streams: chunks of one head. */
    public int streams() {
        return Math.multiplyExact(chunks(), config.heads());
    }

    /** The same for a plan that may be too large to exist. */
    long chunksOfHeads() {
        return chunksOf(tokens, sequences) * config.heads();
    }

    /**
     * Rows that are not used are copied too, so a plan with room for more than one and a half times
     * as many is too large.
     */
    @Override
    public boolean serves(PlanShape wanted) {
        return wanted instanceof PlanKey other
                && config.equals(other.config)
                && inputType == other.inputType
                && sequences == other.sequences
                && tokens >= other.tokens
                && tokens <= Math.max(ChunkTable.CHUNK, other.tokens + other.tokens / 2)
                && segmentsAtOnce == other.segmentsAtOnce;
    }

    @Override
    public long largestExtent(KernelFamily family) {
        long dim = Math.max(config.keyDim(), config.valueDim());
        long perStream = Math.max(stateSize(), family.scratchPerStream());
        long arrays = Math.max((long) tokens * config.heads() * dim, chunksOfHeads() * perStream);
        return family == KernelFamily.TILED ? Math.max(arrays, threads()) : arrays;
    }

    /**
     * Threads of the largest grid, which are counted in ints too; more than elements where D is
     * tiny.
     */
    private long threads() {
        int keyDim = config.keyDim();
        int valueDim = config.valueDim();
        long tiles = Math.max(Tile.stateTiles(keyDim, valueDim), Tile.stateTiles(valueDim, keyDim));
        long decode =
                (long) DecodeKernels.THREADS
                        * config.heads()
                        * Math.ceilDiv(valueDim, DecodeKernels.COLUMNS);
        return Math.max(chunksOfHeads() * Tile.THREADS * tiles, sequences * decode);
    }

    @Override
    public long bytes(KernelFamily family) {
        long rows = (long) tokens * config.heads();
        long dims = 2L * config.keyDim() + config.valueDim();
        long narrow = inputType == DType.F32 ? 0 : rows * dims * Short.BYTES + (1 << 18);
        long floats = rows * (dims + config.valueDim()) + scratch(family);
        return floats * Float.BYTES + narrow;
    }

    /** Floats of states and scores on the device. */
    long scratch(KernelFamily family) {
        return chunksOfHeads() * (stateSize() + family.scratchPerStream())
                + (segmentsOf() + 2L * sequences) * config.heads() * stateSize();
    }

    /** The next of eight sizes an octave, so that neighbouring lengths share a plan. */
    public static int bucket(long tokens) {
        if (tokens <= 16) {
            return 16;
        }
        long step = Math.max(1, Long.highestOneBit(tokens - 1) >> 3);
        return Math.toIntExact((tokens + step - 1) / step * step);
    }

    /** The next power of two. */
    public static int sequenceBucket(int sequences) {
        return sequences <= 1 ? 1 : Integer.highestOneBit(sequences - 1) << 1;
    }
}
