package io.github.lightning4j.tornado.kernels;

/**
 * Where the chunks of a window stand in memory, as kernels read it: everything that changes from
 * call to call, in one array of ints, so that no kernel is compiled for a length. Rows are counted
 * in units of a token's row of one head.
 *
 * <p>A sequence is cut into chunks of L tokens, and its chunks into segments of {@code
 * PlanKey.segmentChunks}, whatever plan runs them. Only the last chunk of a sequence, and its last
 * segment, may be short.
 *
 * <pre>
 *   [TICKET]                             a number for this run; see {@link Receipts}
 *   [TOKEN_STRIDE]                       from one token's row to the next of the same head
 *   [FROM_ZERO]                          1 where states are zero before the run, whatever memory
 *                                        holds; else 0, and always so in a backward pass, which
 *                                        reads G there too
 *   [USED]                               how many chunks there are
 *   [CHUNKS + c·CHUNK_FIELDS + …]        chunk c: ROW of head 0, TOKENS ≤ L, HEAD_STRIDE, SEGMENT,
 *                                        BEFORE: chunks of its segment that come before it,
 *                                        BETWEEN it and the last chunk of its segment: how many,
 *                                        AFTER: tokens of that last chunk, 0 where it is the last,
 *                                        EARLIER: segments of its sequence before its own
 *   [segmentsAt + s·SEGMENT_FIELDS + …]  segment s: FIRST_CHUNK, CHUNK_COUNT, LAST_TOKENS
 *   [sequencesAt + r·SEQUENCE_FIELDS …]  sequence r: FIRST_SEGMENT and SEGMENT_COUNT
 * </pre>
 *
 * <p>Entries that are not used hold zeros: chunks without tokens, segments without chunks,
 * sequences without segments.
 *
 * <p>An array has 16 bytes before it on the device, so with four ints before the first chunk an
 * entry of eight is 32 bytes that a GPU reads at once; with three the states took 3 % longer.
 */
public final class ChunkTable {
    /** L: the most tokens of a chunk. */
    public static final int CHUNK = 64;

    /** The most scores of a chunk of a head. */
    public static final long SCORES = (long) CHUNK * CHUNK;

    public static final int TICKET = 0;

    /** Tickets are multiples of this, above the size of any group. */
    public static final int TICKET_STEP = 1 << 12;

    public static final int TOKEN_STRIDE = 1;
    public static final int FROM_ZERO = 2;
    public static final int USED = 3;
    public static final int CHUNKS = 4;
    public static final int CHUNK_FIELDS = 8;
    public static final int ROW = 0;
    public static final int TOKENS = 1;
    public static final int HEAD_STRIDE = 2;
    public static final int SEGMENT = 3;
    public static final int BEFORE = 4;
    public static final int BETWEEN = 5;
    public static final int AFTER = 6;
    public static final int EARLIER = 7;
    public static final int SEGMENT_FIELDS = 3;
    public static final int FIRST_CHUNK = 0;
    public static final int CHUNK_COUNT = 1;
    public static final int LAST_TOKENS = 2;
    public static final int SEQUENCE_FIELDS = 2;
    public static final int FIRST_SEGMENT = 0;
    public static final int SEGMENT_COUNT = 1;

    private ChunkTable() {}

    /** Ints of a table with room for these chunks, segments and sequences. */
    public static int size(int chunks, int segments, int sequences) {
        return sequencesAt(chunks, segments) + sequences * SEQUENCE_FIELDS;
    }

    /** Where the segments begin. */
    public static int segmentsAt(int chunks) {
        return CHUNKS + chunks * CHUNK_FIELDS;
    }

    /** Where the sequences begin. */
    public static int sequencesAt(int chunks, int segments) {
        return segmentsAt(chunks) + segments * SEGMENT_FIELDS;
    }
}
