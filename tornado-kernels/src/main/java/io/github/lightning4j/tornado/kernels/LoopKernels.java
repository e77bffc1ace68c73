package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The chunk-parallel passes as plain loops, correct on any device: one method for each step of the
 * algorithm, for both directions of time. A stream is a chunk of one head; every loop marked
 * {@code @Parallel} may run in any order.
 */
public final class LoopKernels {
    private LoopKernels() {}

    /**
     * The merge law along each segment, from a zero state: {@code local} [chunks, H, D, E] gets the
     * state before each chunk, {@code carried} [segments, H, D, E] the state after the last.
     *
     * <p>A chunk of n tokens turns S into {@code λ^n S + x (diag(λ^(n−1−i+s)) K)ᵀ V}, with s = 0
     * forwards and 1 backwards.
     *
     * @param factor x
     */
    public static void chunkStates(
            IntArray table,
            FloatArray k,
            FloatArray v,
            FloatArray decay,
            FloatArray local,
            FloatArray carried,
            int segments,
            int segmentsAt,
            int heads,
            int keyDim,
            int valueDim,
            int direction,
            float factor,
            int receipt,
            IntArray receipts) {
        for (@Parallel int x = 0; x < segments; x++) {
            for (@Parallel int e = 0; e < valueDim; e++) {
                if (x == 0 && e == 0) {
                    receipts.set(receipt, table.get(ChunkTable.TICKET));
                }
                int h = x % heads;
                int powers = h * DecayTable.STRIDE;
                int segment = segmentsAt + x / heads * ChunkTable.SEGMENT_FIELDS;
                int first = table.get(segment + ChunkTable.FIRST_CHUNK);
                int chunks = table.get(segment + ChunkTable.CHUNK_COUNT);
                int step = Direction.step(table, direction);
                for (int d = 0; d < keyDim; d++) {
                    float s = 0f;
                    for (int turn = 0; turn < chunks; turn++) {
                        int c = Direction.inTurn(first, chunks, turn, direction);
                        int entry = ChunkTable.CHUNKS + c * ChunkTable.CHUNK_FIELDS;
                        int n = table.get(entry + ChunkTable.TOKENS);
                        int row = Direction.row(table, entry, h, direction);
                        local.set(((c * heads + h) * keyDim + d) * valueDim + e, s);
                        float u = 0f;
                        for (int i = 0; i < n; i++) {
                            int at = row + i * step;
                            int exponent = Direction.inState(n, i, direction);
                            float weight = factor * decay.get(powers + exponent);
                            u += weight * k.get(at * keyDim + d) * v.get(at * valueDim + e);
                        }
                        float fade = decay.get(powers + DecayTable.FADE + n);
                        float keep = decay.get(powers + DecayTable.KEEP + n);
                        s = keep * s + (fade * s + u);
                    }
                    carried.set((x * keyDim + d) * valueDim + e, s);
                }
            }
        }
    }

    /**
     * The merge law along each sequence: {@code carried} gets the state before each segment in
     * place of what the segment adds, and {@code state} [R, H, D, E] goes from initial to final;
     * backwards from the gradient of the final state to that of the initial one.
     *
     * @param sealed 1 where the ticket is to be left behind {@code state} as its {@linkplain Seals
     *     seal}, else 0
     */
    public static void scan(
            IntArray table,
            FloatArray decay,
            FloatArray carried,
            FloatArray state,
            int segmentsAt,
            int sequencesAt,
            int heads,
            int stateSize,
            int elements,
            int sealed,
            int direction,
            int receipt,
            IntArray receipts) {
        for (@Parallel int x = 0; x < elements; x++) {
            if (x == 0) {
                receipts.set(receipt, table.get(ChunkTable.TICKET));
                receipts.set(Seals.DECAY, (int) decay.get(heads * DecayTable.STRIDE));
                if (sealed == 1) {
                    state.set(elements, table.get(ChunkTable.TICKET));
                }
            }
            int stream = x / stateSize;
            int h = stream % heads;
            int sequence = sequencesAt + stream / heads * ChunkTable.SEQUENCE_FIELDS;
            int first = table.get(sequence + ChunkTable.FIRST_SEGMENT);
            int segments = table.get(sequence + ChunkTable.SEGMENT_COUNT);
            int fades = h * DecayTable.STRIDE + DecayTable.FADE;
            int keeps = h * DecayTable.STRIDE + DecayTable.KEEP;
            float s = 0f;
            if (table.get(ChunkTable.FROM_ZERO) == 0) {
                s = state.get(x);
            }
            for (int turn = 0; turn < segments; turn++) {
                int i = Direction.inTurn(first, segments, turn, direction);
                int segment = segmentsAt + i * ChunkTable.SEGMENT_FIELDS;
                int full = DecayTable.CHUNKS + table.get(segment + ChunkTable.CHUNK_COUNT) - 1;
                int last = table.get(segment + ChunkTable.LAST_TOKENS);
                int at = (i * heads + h) * stateSize + x % stateSize;
                float u = carried.get(at);
                carried.set(at, s);
                s = decay.get(keeps + full) * s + decay.get(fades + full) * s;
                s = decay.get(keeps + last) * s + (decay.get(fades + last) * s + u);
            }
            state.set(x, s);
        }
    }

    /**
     * {@code (Q Kᵀ) ⊙ A} of every chunk, into {@code scores} [chunks, H, L, L]; with dO and V
     * instead, {@code (dO Vᵀ) ⊙ A}.
     */
    public static void scores(
            IntArray table,
            FloatArray q,
            FloatArray k,
            FloatArray decay,
            FloatArray scores,
            int streams,
            int heads,
            int keyDim,
            int receipt,
            IntArray receipts) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int i = 0; i < ChunkTable.CHUNK; i++) {
                if (stream == 0 && i == 0) {
                    receipts.set(receipt, table.get(ChunkTable.TICKET));
                }
                int h = stream % heads;
                int entry = ChunkTable.CHUNKS + stream / heads * ChunkTable.CHUNK_FIELDS;
                int n = table.get(entry + ChunkTable.TOKENS);
                int row = Direction.row(table, entry, h, Direction.FORWARD);
                int step = table.get(ChunkTable.TOKEN_STRIDE);
                if (i < n) {
                    for (int j = 0; j <= i; j++) {
                        float dot = 0f;
                        for (int d = 0; d < keyDim; d++) {
                            dot +=
                                    q.get((row + i * step) * keyDim + d)
                                            * k.get((row + j * step) * keyDim + d);
                        }
                        float power = decay.get(h * DecayTable.STRIDE + i - j);
                        scores.set(
                                (stream * ChunkTable.CHUNK + i) * ChunkTable.CHUNK + j,
                                power * dot);
                    }
                }
            }
        }
    }

    /**
     * {@code O = x diag(λ^(i+s)) Q S + y P V}, with s = 1 forwards and 0 backwards and S the state
     * before the chunk: what its segment has added so far, and the state before the segment,
     * decayed over the chunks between.
     *
     * @param scores P forwards [chunks, H, L, L], a row a token in the order of time: backwards,
     *     row i and column j of P stand in column n−1−i and row n−1−j
     * @param transposed 1 where {@code local} and {@code carried} hold Sᵀ, else 0
     * @param inter x
     * @param intra y
     */
    public static void outputs(
            IntArray table,
            FloatArray q,
            FloatArray v,
            FloatArray decay,
            FloatArray local,
            FloatArray carried,
            FloatArray scores,
            FloatArray o,
            int streams,
            int heads,
            int keyDim,
            int valueDim,
            int direction,
            int transposed,
            float inter,
            float intra,
            int receipt,
            IntArray receipts) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int e = 0; e < valueDim; e++) {
                if (stream == 0 && e == 0) {
                    receipts.set(receipt, table.get(ChunkTable.TICKET));
                }
                int h = stream % heads;
                int powers = h * DecayTable.STRIDE;
                int entry = ChunkTable.CHUNKS + stream / heads * ChunkTable.CHUNK_FIELDS;
                int n = table.get(entry + ChunkTable.TOKENS);
                int row = Direction.row(table, entry, h, direction);
                int step = Direction.step(table, direction);
                int segment = table.get(entry + ChunkTable.SEGMENT) * heads + h;
                float since = Direction.since(table, entry, decay, powers, direction);
                for (int i = 0; i < n; i++) {
                    float read = 0f;
                    for (int d = 0; d < keyDim; d++) {
                        int at = d * valueDim + e;
                        if (transposed == 1) {
                            at = e * keyDim + d;
                        }
                        float s =
                                local.get(stream * keyDim * valueDim + at)
                                        + since * carried.get(segment * keyDim * valueDim + at);
                        read += q.get((row + i * step) * keyDim + d) * s;
                    }
                    float added = 0f;
                    for (int j = 0; j <= i; j++) {
                        int at = i * ChunkTable.CHUNK + j;
                        if (direction == Direction.BACKWARD) {
                            at = (n - 1 - j) * ChunkTable.CHUNK + n - 1 - i;
                        }
                        added +=
                                scores.get(stream * ChunkTable.CHUNK * ChunkTable.CHUNK + at)
                                        * v.get((row + j * step) * valueDim + e);
                    }
                    float power = inter * decay.get(powers + Direction.ofState(i, direction));
                    o.set((row + i * step) * valueDim + e, power * read + intra * added);
                }
            }
        }
    }
}
