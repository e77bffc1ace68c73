package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The chunk-parallel backward pass as plain loops, right on any device: the lines of
 * docs/algorithm.md, one method each. The states before the chunks come from {@link LoopKernels},
 * (Q Kᵀ) ⊙ A too. A stream is a chunk of one head; every loop marked {@code @Parallel} may run in
 * any order.
 */
public final class LoopBackwardKernels {
    private LoopBackwardKernels() {}

    /**
     * The gradient of the state along each segment, from its last chunk to its first and from zero:
     * {@code local} [chunks, H, D, E] gets G after each chunk, {@code carried} [segments, H, D, E]
     * the one before the first.
     *
     * <p>A chunk of n tokens turns G into {@code λ^n G + (c diag(λ^(i+1)) Q)ᵀ dO}.
     */
    public static void gradientStates(
            IntArray table,
            FloatArray q,
            FloatArray dO,
            FloatArray decay,
            FloatArray local,
            FloatArray carried,
            int segments,
            int segmentsAt,
            int heads,
            int keyDim,
            int valueDim,
            float scale,
            IntArray receipts) {
        for (@Parallel int x = 0; x < segments; x++) {
            for (@Parallel int e = 0; e < valueDim; e++) {
                if (x == 0 && e == 0) {
                    receipts.set(Receipts.GRADIENT_STATES, table.get(ChunkTable.TICKET));
                }
                int h = x % heads;
                int powers = h * DecayTable.STRIDE;
                int segment = segmentsAt + x / heads * ChunkTable.SEGMENT_FIELDS;
                int chunks = table.get(segment + ChunkTable.CHUNK_COUNT);
                int last = table.get(segment + ChunkTable.FIRST_CHUNK) + chunks - 1;
                int step = table.get(ChunkTable.TOKEN_STRIDE);
                for (int d = 0; d < keyDim; d++) {
                    float g = 0f;
                    for (int b = 0; b < chunks; b++) {
                        int c = last - b;
                        int entry = ChunkTable.CHUNKS + c * ChunkTable.CHUNK_FIELDS;
                        int n = table.get(entry + ChunkTable.TOKENS);
                        int row =
                                table.get(entry + ChunkTable.ROW)
                                        + h * table.get(entry + ChunkTable.HEAD_STRIDE);
                        local.set(((c * heads + h) * keyDim + d) * valueDim + e, g);
                        float u = 0f;
                        for (int i = 0; i < n; i++) {
                            int at = row + i * step;
                            float weight = scale * decay.get(powers + i + 1);
                            u += weight * q.get(at * keyDim + d) * dO.get(at * valueDim + e);
                        }
                        float fade = decay.get(powers + DecayTable.FADE + n);
                        float keep = decay.get(powers + DecayTable.KEEP + n);
                        g = keep * g + (fade * g + u);
                    }
                    carried.set((x * keyDim + d) * valueDim + e, g);
                }
            }
        }
    }

    /**
     * The gradient of the state along each sequence, from its last segment to its first: {@code
     * carried} gets G after each segment in place of what the segment adds, and {@code gradient}
     * [R, H, D, E] goes from that of the final state to that of the initial one.
     */
    public static void gradientScan(
            IntArray table,
            FloatArray decay,
            FloatArray carried,
            FloatArray gradient,
            int segmentsAt,
            int sequencesAt,
            int heads,
            int stateSize,
            int elements,
            IntArray receipts) {
        for (@Parallel int x = 0; x < elements; x++) {
            if (x == 0) {
                receipts.set(Receipts.GRADIENT_SCAN, table.get(ChunkTable.TICKET));
            }
            int stream = x / stateSize;
            int h = stream % heads;
            int sequence = sequencesAt + stream / heads * ChunkTable.SEQUENCE_FIELDS;
            int segments = table.get(sequence + ChunkTable.SEGMENT_COUNT);
            int end = table.get(sequence + ChunkTable.FIRST_SEGMENT) + segments - 1;
            int fades = h * DecayTable.STRIDE + DecayTable.FADE;
            int keeps = h * DecayTable.STRIDE + DecayTable.KEEP;
            float g = gradient.get(x);
            for (int b = 0; b < segments; b++) {
                int segment = segmentsAt + (end - b) * ChunkTable.SEGMENT_FIELDS;
                int full = DecayTable.CHUNKS + table.get(segment + ChunkTable.CHUNK_COUNT) - 1;
                int last = table.get(segment + ChunkTable.LAST_TOKENS);
                int at = ((end - b) * heads + h) * stateSize + x % stateSize;
                float u = carried.get(at);
                carried.set(at, g);
                g = decay.get(keeps + full) * g + decay.get(fades + full) * g;
                g = decay.get(keeps + last) * g + (decay.get(fades + last) * g + u);
            }
            gradient.set(x, g);
        }
    }

    /** {@code P = c (dO Vᵀ) ⊙ A} of every chunk, into {@code p} [chunks, H, L, L]. */
    public static void scoreGradients(
            IntArray table,
            FloatArray v,
            FloatArray dO,
            FloatArray decay,
            FloatArray p,
            int streams,
            int heads,
            int valueDim,
            float scale,
            IntArray receipts) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int i = 0; i < ChunkTable.CHUNK; i++) {
                if (stream == 0 && i == 0) {
                    receipts.set(Receipts.SCORE_GRADIENTS, table.get(ChunkTable.TICKET));
                }
                int h = stream % heads;
                int entry = ChunkTable.CHUNKS + stream / heads * ChunkTable.CHUNK_FIELDS;
                int n = table.get(entry + ChunkTable.TOKENS);
                int row =
                        table.get(entry + ChunkTable.ROW)
                                + h * table.get(entry + ChunkTable.HEAD_STRIDE);
                int step = table.get(ChunkTable.TOKEN_STRIDE);
                if (i < n) {
                    for (int j = 0; j <= i; j++) {
                        float dot = 0f;
                        for (int e = 0; e < valueDim; e++) {
                            dot +=
                                    dO.get((row + i * step) * valueDim + e)
                                            * v.get((row + j * step) * valueDim + e);
                        }
                        float weight = scale * decay.get(h * DecayTable.STRIDE + i - j);
                        p.set((stream * ChunkTable.CHUNK + i) * ChunkTable.CHUNK + j, weight * dot);
                    }
                }
            }
        }
    }

    /**
     * {@code dQ = P K + c diag(λ^(i+1)) dO Sᵀ} with S the state before the chunk: what its segment
     * has added so far, and the state before the segment, faded by the chunks between.
     */
    public static void queryGradients(
            IntArray table,
            FloatArray k,
            FloatArray dO,
            FloatArray decay,
            FloatArray local,
            FloatArray carried,
            FloatArray p,
            FloatArray dq,
            int streams,
            int heads,
            int keyDim,
            int valueDim,
            float scale,
            IntArray receipts) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int d = 0; d < keyDim; d++) {
                if (stream == 0 && d == 0) {
                    receipts.set(Receipts.QUERY_GRADIENTS, table.get(ChunkTable.TICKET));
                }
                int h = stream % heads;
                int powers = h * DecayTable.STRIDE;
                int entry = ChunkTable.CHUNKS + stream / heads * ChunkTable.CHUNK_FIELDS;
                int n = table.get(entry + ChunkTable.TOKENS);
                int row =
                        table.get(entry + ChunkTable.ROW)
                                + h * table.get(entry + ChunkTable.HEAD_STRIDE);
                int step = table.get(ChunkTable.TOKEN_STRIDE);
                int segment = table.get(entry + ChunkTable.SEGMENT) * heads + h;
                int before = table.get(entry + ChunkTable.BEFORE);
                float since = decay.get(powers + DecayTable.CHUNKS + before);
                for (int i = 0; i < n; i++) {
                    float inter = 0f;
                    for (int e = 0; e < valueDim; e++) {
                        float s =
                                local.get((stream * keyDim + d) * valueDim + e)
                                        + since
                                                * carried.get(
                                                        (segment * keyDim + d) * valueDim + e);
                        inter += dO.get((row + i * step) * valueDim + e) * s;
                    }
                    float intra = 0f;
                    for (int j = 0; j <= i; j++) {
                        intra +=
                                p.get((stream * ChunkTable.CHUNK + i) * ChunkTable.CHUNK + j)
                                        * k.get((row + j * step) * keyDim + d);
                    }
                    float weight = scale * decay.get(powers + i + 1);
                    dq.set((row + i * step) * keyDim + d, weight * inter + intra);
                }
            }
        }
    }

    /**
     * {@code dK = Pᵀ Q + diag(λ^(n−1−j)) V Gᵀ} with G the gradient of the state after the chunk:
     * what the later chunks of its segment have added, and the one after the segment, faded by
     * their tokens.
     */
    public static void keyGradients(
            IntArray table,
            FloatArray q,
            FloatArray v,
            FloatArray decay,
            FloatArray local,
            FloatArray carried,
            FloatArray p,
            FloatArray dk,
            int streams,
            int heads,
            int keyDim,
            int valueDim,
            IntArray receipts) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int d = 0; d < keyDim; d++) {
                if (stream == 0 && d == 0) {
                    receipts.set(Receipts.KEY_GRADIENTS, table.get(ChunkTable.TICKET));
                }
                int h = stream % heads;
                int powers = h * DecayTable.STRIDE;
                int entry = ChunkTable.CHUNKS + stream / heads * ChunkTable.CHUNK_FIELDS;
                int n = table.get(entry + ChunkTable.TOKENS);
                int row =
                        table.get(entry + ChunkTable.ROW)
                                + h * table.get(entry + ChunkTable.HEAD_STRIDE);
                int step = table.get(ChunkTable.TOKEN_STRIDE);
                int segment = table.get(entry + ChunkTable.SEGMENT) * heads + h;
                int between = table.get(entry + ChunkTable.BETWEEN);
                int after = table.get(entry + ChunkTable.AFTER);
                float until =
                        decay.get(powers + DecayTable.CHUNKS + between) * decay.get(powers + after);
                for (int j = 0; j < n; j++) {
                    float inter = 0f;
                    for (int e = 0; e < valueDim; e++) {
                        float g =
                                local.get((stream * keyDim + d) * valueDim + e)
                                        + until
                                                * carried.get(
                                                        (segment * keyDim + d) * valueDim + e);
                        inter += v.get((row + j * step) * valueDim + e) * g;
                    }
                    float intra = 0f;
                    for (int i = j; i < n; i++) {
                        intra +=
                                p.get((stream * ChunkTable.CHUNK + i) * ChunkTable.CHUNK + j)
                                        * q.get((row + i * step) * keyDim + d);
                    }
                    float power = decay.get(powers + n - 1 - j);
                    dk.set((row + j * step) * keyDim + d, power * inter + intra);
                }
            }
        }
    }

    /** {@code dV = c ((Q Kᵀ) ⊙ A)ᵀ dO + diag(λ^(n−1−j)) K G} with G as above. */
    public static void valueGradients(
            IntArray table,
            FloatArray k,
            FloatArray dO,
            FloatArray decay,
            FloatArray local,
            FloatArray carried,
            FloatArray scores,
            FloatArray dv,
            int streams,
            int heads,
            int keyDim,
            int valueDim,
            float scale,
            IntArray receipts) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int e = 0; e < valueDim; e++) {
                if (stream == 0 && e == 0) {
                    receipts.set(Receipts.VALUE_GRADIENTS, table.get(ChunkTable.TICKET));
                }
                int h = stream % heads;
                int powers = h * DecayTable.STRIDE;
                int entry = ChunkTable.CHUNKS + stream / heads * ChunkTable.CHUNK_FIELDS;
                int n = table.get(entry + ChunkTable.TOKENS);
                int row =
                        table.get(entry + ChunkTable.ROW)
                                + h * table.get(entry + ChunkTable.HEAD_STRIDE);
                int step = table.get(ChunkTable.TOKEN_STRIDE);
                int segment = table.get(entry + ChunkTable.SEGMENT) * heads + h;
                int between = table.get(entry + ChunkTable.BETWEEN);
                int after = table.get(entry + ChunkTable.AFTER);
                float until =
                        decay.get(powers + DecayTable.CHUNKS + between) * decay.get(powers + after);
                for (int j = 0; j < n; j++) {
                    float inter = 0f;
                    for (int d = 0; d < keyDim; d++) {
                        float g =
                                local.get((stream * keyDim + d) * valueDim + e)
                                        + until
                                                * carried.get(
                                                        (segment * keyDim + d) * valueDim + e);
                        inter += k.get((row + j * step) * keyDim + d) * g;
                    }
                    float intra = 0f;
                    for (int i = j; i < n; i++) {
                        intra +=
                                scores.get((stream * ChunkTable.CHUNK + i) * ChunkTable.CHUNK + j)
                                        * dO.get((row + i * step) * valueDim + e);
                    }
                    float power = decay.get(powers + n - 1 - j);
                    dv.set((row + j * step) * valueDim + e, power * inter + scale * intra);
                }
            }
        }
    }
}
