package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The attentions that Lightning Attention-2 is compared with, in plain loops. {@code streams} are
 * chunks of a head; what changes from call to call stands in the {@link PairTable}.
 */
public final class PairLoopKernels {
    /** Below any score. */
    private static final float LEAST = TiledPairs.LEAST;

    private PairLoopKernels() {}

    /**
     * Softmax, a row of a head at a time: {@code o = Σ exp(x_j − m) v_j / Σ exp(x_j − m)} over the
     * keys j up to the row's own, with x_j = c q·k_j and the largest of them, m, carried along.
     */
    public static void softmaxRows(
            IntArray table,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray o,
            int streams,
            int heads,
            int keyDim,
            int valueDim,
            float scale,
            int receipt,
            IntArray receipts) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int i = 0; i < ChunkTable.CHUNK; i++) {
                if (stream == 0 && i == 0) {
                    receipts.set(receipt, table.get(ChunkTable.TICKET));
                }
                int entry = PairTable.CHUNKS + stream / heads * PairTable.FIELDS;
                int step = table.get(ChunkTable.TOKEN_STRIDE);
                int chunkRow =
                        table.get(entry + PairTable.ROW)
                                + stream % heads * table.get(entry + PairTable.HEAD_STRIDE);
                int before = table.get(entry + PairTable.BEFORE) * ChunkTable.CHUNK;
                if (i < table.get(entry + PairTable.TOKENS)) {
                    int row = chunkRow + i * step;
                    int first = chunkRow - before * step;
                    float most = LEAST;
                    float sum = 0f;
                    for (int e = 0; e < valueDim; e++) {
                        o.set(row * valueDim + e, 0f);
                    }
                    for (int j = 0; j <= before + i; j++) {
                        int key = first + j * step;
                        float dot = 0f;
                        for (int d = 0; d < keyDim; d++) {
                            dot += q.get(row * keyDim + d) * k.get(key * keyDim + d);
                        }
                        float x = scale * dot;
                        float next = TornadoMath.max(most, x);
                        float fade = TornadoMath.exp(most - next);
                        float weight = TornadoMath.exp(x - next);
                        most = next;
                        sum = sum * fade + weight;
                        for (int e = 0; e < valueDim; e++) {
                            o.set(
                                    row * valueDim + e,
                                    o.get(row * valueDim + e) * fade
                                            + weight * v.get(key * valueDim + e));
                        }
                    }
                    for (int e = 0; e < valueDim; e++) {
                        o.set(row * valueDim + e, o.get(row * valueDim + e) / sum);
                    }
                }
            }
        }
    }

    /** The left product, a row of a head at a time: {@code o = c Σ λ^(i−j) (q·k_j) v_j}. */
    public static void leftRows(
            IntArray table,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray slopes,
            FloatArray o,
            int streams,
            int heads,
            int keyDim,
            int valueDim,
            float scale,
            int receipt,
            IntArray receipts) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int i = 0; i < ChunkTable.CHUNK; i++) {
                if (stream == 0 && i == 0) {
                    receipts.set(receipt, table.get(ChunkTable.TICKET));
                    receipts.set(Seals.DECAY, (int) slopes.get(heads));
                }
                int h = stream % heads;
                int entry = PairTable.CHUNKS + stream / heads * PairTable.FIELDS;
                int step = table.get(ChunkTable.TOKEN_STRIDE);
                int chunkRow =
                        table.get(entry + PairTable.ROW)
                                + h * table.get(entry + PairTable.HEAD_STRIDE);
                int before = table.get(entry + PairTable.BEFORE) * ChunkTable.CHUNK;
                if (i < table.get(entry + PairTable.TOKENS)) {
                    int row = chunkRow + i * step;
                    int first = chunkRow - before * step;
                    float slope = slopes.get(h);
                    for (int e = 0; e < valueDim; e++) {
                        o.set(row * valueDim + e, 0f);
                    }
                    for (int j = 0; j <= before + i; j++) {
                        int key = first + j * step;
                        float dot = 0f;
                        for (int d = 0; d < keyDim; d++) {
                            dot += q.get(row * keyDim + d) * k.get(key * keyDim + d);
                        }
                        float weight = scale * dot * TornadoMath.exp(-slope * (before + i - j));
                        for (int e = 0; e < valueDim; e++) {
                            o.set(
                                    row * valueDim + e,
                                    o.get(row * valueDim + e) + weight * v.get(key * valueDim + e));
                        }
                    }
                }
            }
        }
    }

    /**
     * The right product, a column of a head's state at a time, token by token: {@code S = λ S + kᵀ
     * v}, {@code o = c q S}, from zeros. For each head {@code steps} holds the two parts of λ, fade
     * and keep; see {@link DecayTable}.
     */
    public static void rightColumns(
            IntArray table,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray steps,
            FloatArray state,
            FloatArray o,
            int streams,
            int heads,
            int keyDim,
            int valueDim,
            float scale,
            int receipt,
            IntArray receipts) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int e = 0; e < valueDim; e++) {
                if (stream == 0 && e == 0) {
                    receipts.set(receipt, table.get(ChunkTable.TICKET));
                    receipts.set(Seals.DECAY, (int) steps.get(2 * heads));
                }
                int h = stream % heads;
                float fade = steps.get(2 * h);
                float keep = steps.get(2 * h + 1);
                int entry = PairTable.CHUNKS + stream / heads * PairTable.FIELDS;
                int step = table.get(ChunkTable.TOKEN_STRIDE);
                int row =
                        table.get(entry + PairTable.ROW)
                                + h * table.get(entry + PairTable.HEAD_STRIDE);
                int at = (table.get(entry + PairTable.SLOT) * heads + h) * keyDim * valueDim + e;
                // Only the first chunk of a sequence does any work; it takes the whole sequence.
                int tokens = table.get(entry + PairTable.LEFT);
                if (table.get(entry + PairTable.BEFORE) > 0) {
                    tokens = 0;
                }
                if (tokens > 0) {
                    for (int d = 0; d < keyDim; d++) {
                        state.set(at + d * valueDim, 0f);
                    }
                }
                for (int t = 0; t < tokens; t++) {
                    int token = row + t * step;
                    float value = v.get(token * valueDim + e);
                    float sum = 0f;
                    for (int d = 0; d < keyDim; d++) {
                        float s = state.get(at + d * valueDim);
                        s = keep * s + (fade * s + k.get(token * keyDim + d) * value);
                        state.set(at + d * valueDim, s);
                        sum += q.get(token * keyDim + d) * s;
                    }
                    o.set(token * valueDim + e, scale * sum);
                }
            }
        }
    }
}
