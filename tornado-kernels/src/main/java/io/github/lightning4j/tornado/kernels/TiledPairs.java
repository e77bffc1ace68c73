package io.github.lightning4j.tornado.kernels;

import static io.github.lightning4j.tornado.kernels.Tile.DEPTH;
import static io.github.lightning4j.tornado.kernels.Tile.MAX_COLUMNS;
import static io.github.lightning4j.tornado.kernels.Tile.ROWS;
import static io.github.lightning4j.tornado.kernels.Tile.THREADS;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The attentions that look at every pair of tokens, for GPUs, exact: softmax attention and the left
 * product of linear attention, in tiles of {@value Tile#ROWS} queries and {@value Tile#ROWS} keys.
 * Threads, slices and the rules of loads are those of {@link Tile}.
 *
 * <p>The two differ only in how a score becomes a weight, and in what follows from that. Which of
 * them runs is a constant of the kernel.
 */
public final class TiledPairs {
    /** Weights are λ^(i−j) times the score. */
    public static final int DECAY = 0;

    /** Weights are exp of the score, over their sum. */
    public static final int SOFTMAX = 1;

    /**
     * Rows of a transposed slice: 16 by 2 threads store it, each pair of them to different banks.
     */
    private static final int PADDED = ROWS + 2;

    /** Rows of the transposed scores: 16 by 2 threads store them, each to another bank. */
    private static final int SCORES_PADDED = ROWS + 1;

    /** Below any score. Not infinite, because some compilers refuse infinities and NaN. */
    static final float LEAST = -3e38f;

    private TiledPairs() {}

    /**
     * The rows of a chunk, over the tiles of keys up to its own. The left product: {@code O += c
     * ((Q Kᵀ) ⊙ A) V} with A[i, j] = λ^(i−j), in powers of exponents ≥ 0. Softmax, with the largest
     * score m and the sum l of each row carried along: {@code P = c Q Kᵀ}, {@code m′ = max(m, max
     * P)}, {@code P = exp(P − m′)}, {@code l = exp(m − m′) l + Σ P}, {@code O = exp(m − m′) O + P
     * V}; and {@code O / l}.
     *
     * <p>Groups: chunks × H × ⌈E/columns⌉, the last fastest.
     *
     * @param slopes of the heads, and a {@linkplain Seals seal}
     * @param weights {@link #DECAY} or {@link #SOFTMAX}
     */
    public static void pairs(
            KernelContext context,
            IntArray table,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray slopes,
            FloatArray o,
            int heads,
            int keyDim,
            int valueDim,
            int weights,
            float scale,
            int receipt,
            IntArray receipts) {
        int thread = context.localIdx;
        int ty = thread >> 4;
        int tx = thread & 15;
        int columns = Tile.columns(valueDim);
        int width = columns / 16;
        int valueTiles = (valueDim + columns - 1) / columns;
        int group = context.groupIdx;
        int e0 = (group % valueTiles) * columns;
        int stream = group / valueTiles;
        int h = stream % heads;
        int entry = PairTable.CHUNKS + stream / heads * PairTable.FIELDS;
        int tokens = table.get(entry + PairTable.TOKENS);
        int before = table.get(entry + PairTable.BEFORE);
        int row = table.get(entry + PairTable.ROW) + h * table.get(entry + PairTable.HEAD_STRIDE);
        int step = table.get(ChunkTable.TOKEN_STRIDE);
        int first = row - before * ROWS * step;
        float slope = slopes.get(h);
        if (group == 0 && thread == 0) {
            receipts.set(receipt, table.get(ChunkTable.TICKET) + context.localGroupSizeX);
            receipts.set(Seals.DECAY, (int) slopes.get(heads));
        }

        float[] qs = context.allocateFloatLocalArray(DEPTH * PADDED);
        float[] ks = context.allocateFloatLocalArray(DEPTH * PADDED);
        float[] b = context.allocateFloatLocalArray(DEPTH * MAX_COLUMNS);
        float[] ps = context.allocateFloatLocalArray(ROWS * SCORES_PADDED);
        float[] most = context.allocateFloatLocalArray(ROWS);
        float[] sum = context.allocateFloatLocalArray(ROWS);
        float[] fade = context.allocateFloatLocalArray(ROWS);
        float[] part = context.allocateFloatLocalArray(THREADS);
        float[] staged = new float[16];
        float[] out = new float[64];
        float[] p = new float[32];
        for (int i = 0; i < 8 * width; i++) {
            out[i] = 0f;
        }
        int line = thread % ROWS;
        int half = thread / ROWS * (ROWS / 2);
        if (weights == SOFTMAX) {
            if (thread < ROWS) {
                most[line] = LEAST;
                sum[line] = 0f;
            }
        }
        int valueRow = thread / columns;
        int valueColumn = TornadoMath.min(e0 + thread % columns, valueDim - 1);
        int tiles = before + 1;
        if (tokens == 0) {
            tiles = 0;
        }
        for (int c = 0; c < tiles; c++) {
            int keyRow = first + c * ROWS * step;
            int keys = ROWS;
            if (c == before) {
                keys = tokens;
            }
            for (int i = 0; i < 32; i++) {
                p[i] = 0f;
            }
            for (int d0 = 0; d0 < keyDim; d0 += DEPTH) {
                int d = d0 + thread % DEPTH;
                int keyColumn = TornadoMath.min(d, keyDim - 1);
                for (int i = 0; i < 8; i++) {
                    int at = thread / DEPTH + i * (THREADS / DEPTH);
                    int query = TornadoMath.min(at, tokens - 1);
                    int key = TornadoMath.min(at, keys - 1);
                    float qi = q.get((row + query * step) * keyDim + keyColumn);
                    if (d > keyColumn) {
                        qi = 0f;
                    }
                    staged[i] = qi;
                    staged[8 + i] = k.get((keyRow + key * step) * keyDim + keyColumn);
                }
                context.localBarrier();
                for (int i = 0; i < 8; i++) {
                    int to = (thread % DEPTH) * PADDED + thread / DEPTH + i * (THREADS / DEPTH);
                    qs[to] = staged[i];
                    ks[to] = staged[8 + i];
                }
                context.localBarrier();
                for (int x = 0; x < DEPTH; x++) {
                    for (int i = 0; i < 8; i++) {
                        float qi = qs[x * PADDED + ty * 8 + i];
                        for (int j = 0; j < 4; j++) {
                            p[i * 4 + j] += qi * ks[x * PADDED + tx + j * 16];
                        }
                    }
                }
            }
            // The scores, masked, and decayed for the left product, transposed into local memory.
            for (int i = 0; i < 8; i++) {
                for (int j = 0; j < 4; j++) {
                    int distance = (before - c) * ROWS + ty * 8 + i - tx - j * 16;
                    float x = scale * p[i * 4 + j];
                    float masked = LEAST;
                    if (weights == DECAY) {
                        x = x * TornadoMath.exp(-slope * TornadoMath.max(distance, 0));
                        masked = 0f;
                    }
                    if (distance < 0) {
                        x = masked;
                    }
                    ps[(tx + j * 16) * SCORES_PADDED + ty * 8 + i] = x;
                }
            }
            if (weights == SOFTMAX) {
                context.localBarrier();
                // Two threads a row: its largest score, then weights and their sum.
                float largest = LEAST;
                for (int t = 0; t < ROWS / 2; t++) {
                    largest = TornadoMath.max(largest, ps[(half + t) * SCORES_PADDED + line]);
                }
                part[thread] = largest;
                context.localBarrier();
                float old = most[line];
                float next = TornadoMath.max(old, TornadoMath.max(part[line], part[line + ROWS]));
                float added = 0f;
                for (int t = 0; t < ROWS / 2; t++) {
                    float weight = TornadoMath.exp(ps[(half + t) * SCORES_PADDED + line] - next);
                    ps[(half + t) * SCORES_PADDED + line] = weight;
                    added += weight;
                }
                context.localBarrier();
                part[thread] = added;
                context.localBarrier();
                if (thread < ROWS) {
                    float factor = TornadoMath.exp(old - next);
                    fade[line] = factor;
                    sum[line] = factor * sum[line] + (part[line] + part[line + ROWS]);
                    most[line] = next;
                }
                context.localBarrier();
                for (int i = 0; i < 8; i++) {
                    float factor = fade[ty * 8 + i];
                    for (int j = 0; j < width; j++) {
                        out[i * width + j] *= factor;
                    }
                }
            }
            // P V: nothing of a later token is touched, because it may be infinite.
            for (int t0 = 0; t0 < keys; t0 += DEPTH) {
                for (int i = 0; i < 2 * width; i++) {
                    int in = TornadoMath.min(t0 + valueRow + i * (THREADS / columns), keys - 1);
                    staged[i] = v.get((keyRow + in * step) * valueDim + valueColumn);
                }
                context.localBarrier();
                for (int i = 0; i < 2 * width; i++) {
                    b[thread + i * THREADS] = staged[i];
                }
                context.localBarrier();
                for (int run = 0; run < DEPTH; run += 8) {
                    int diagonal = ty * 8 - t0 - run;
                    if (c < before) {
                        diagonal = 1;
                    }
                    if (diagonal > 0) {
                        for (int t = 0; t < 8; t++) {
                            for (int i = 0; i < 8; i++) {
                                float pi = ps[(t0 + run + t) * SCORES_PADDED + ty * 8 + i];
                                for (int j = 0; j < width; j++) {
                                    out[i * width + j] += pi * b[(run + t) * columns + tx + j * 16];
                                }
                            }
                        }
                    }
                    if (diagonal == 0) {
                        for (int t = 0; t < 8; t++) {
                            for (int i = t; i < 8; i++) {
                                float pi = ps[(t0 + run + t) * SCORES_PADDED + ty * 8 + i];
                                for (int j = 0; j < width; j++) {
                                    out[i * width + j] += pi * b[(run + t) * columns + tx + j * 16];
                                }
                            }
                        }
                    }
                }
            }
            context.localBarrier();
        }
        int to = row + ty * 8 * step;
        for (int i = 0; i < 8; i++) {
            float weight = 1f;
            if (weights == SOFTMAX) {
                weight = sum[ty * 8 + i];
            }
            for (int j = 0; j < width; j++) {
                if (ty * 8 + i < tokens && e0 + tx + j * 16 < valueDim) {
                    o.set(
                            (to + i * step) * valueDim + e0 + tx + j * 16,
                            out[i * width + j] / weight);
                }
            }
        }
    }
}
