package io.github.lightning4j.tornado.kernels;

import static io.github.lightning4j.tornado.kernels.Tile.DEPTH;
import static io.github.lightning4j.tornado.kernels.Tile.MAX_COLUMNS;
import static io.github.lightning4j.tornado.kernels.Tile.PADDED;
import static io.github.lightning4j.tornado.kernels.Tile.ROWS;
import static io.github.lightning4j.tornado.kernels.Tile.THREADS;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * dV of a chunk for GPUs, in the tiles and by the rules of {@link Tile}; see {@link
 * TiledKeyGradients} for what it costs.
 *
 * <p>This is {@link TiledOutputs} with time reversed (see {@link Direction}). It stays a twin,
 * because one kernel for both took the outputs from 1,020 to 1,058 µs on an H100 at B 4, H 32, N
 * 4096, D 128.
 */
public final class TiledValueGradients {
    private TiledValueGradients() {}

    /**
     * {@code dV = c ((Q Kᵀ) ⊙ A)ᵀ dO + diag(λ^(n−1−j)) K G} with G the gradient of the state after
     * the chunk: what the later chunks of its segment have added, and G after the segment, decayed
     * over the tokens between. The scores are computed as K Qᵀ, so that rows of the tile are rows
     * of K in both products.
     *
     * <p>Groups: chunks × H × ⌈E/columns⌉, the last fastest.
     *
     * @param gradients G within segments [chunks, H, D, E]
     * @param gradientsCarried G after segments [segments, H, D, E]
     */
    public static void valueGradients(
            KernelContext context,
            IntArray table,
            FloatArray q,
            FloatArray k,
            FloatArray dO,
            FloatArray decay,
            FloatArray gradients,
            FloatArray gradientsCarried,
            FloatArray dv,
            int heads,
            int keyDim,
            int valueDim,
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
        int entry = ChunkTable.CHUNKS + stream / heads * ChunkTable.CHUNK_FIELDS;
        int tokens = table.get(entry + ChunkTable.TOKENS);
        int row = table.get(entry + ChunkTable.ROW) + h * table.get(entry + ChunkTable.HEAD_STRIDE);
        int step = table.get(ChunkTable.TOKEN_STRIDE);
        int powers = h * DecayTable.STRIDE;
        if (group == 0 && thread == 0) {
            receipts.set(receipt, table.get(ChunkTable.TICKET) + context.localGroupSizeX);
        }

        float[] ks = context.allocateFloatLocalArray(DEPTH * PADDED);
        float[] qs = context.allocateFloatLocalArray(DEPTH * PADDED);
        float[] b = context.allocateFloatLocalArray(DEPTH * MAX_COLUMNS);
        float[] ps = context.allocateFloatLocalArray(ROWS * PADDED);
        float[] staged = new float[32];
        float[] out = new float[64];
        float[] p = new float[Tile.SCORES];
        for (int i = 0; i < 8 * width; i++) {
            out[i] = 0f;
        }
        for (int i = 0; i < Tile.SCORES; i++) {
            p[i] = 0f;
        }
        // Of scores all warps need queries 16 … 63 of their first four keys and 48 … 63 of the
        // last;
        // the first two warps also 0 … 15 of the first, the others 32 … 47 of the last.
        int moreKeys = ty * 4;
        int moreQueries = tx;
        if (ty > 3) {
            moreKeys = 60 - ty * 4;
            moreQueries = tx + 32;
        }
        int valueRow = thread / columns;
        int apart = THREADS / columns;
        int valueColumn = TornadoMath.min(e0 + thread % columns, valueDim - 1);
        int across = thread % 8;
        int down = thread / 8;
        int own = stream * keyDim * valueDim;
        int carried = (table.get(entry + ChunkTable.SEGMENT) * heads + h) * keyDim * valueDim;
        int after = table.get(entry + ChunkTable.AFTER);
        float until =
                decay.get(powers + DecayTable.CHUNKS + table.get(entry + ChunkTable.BETWEEN))
                        * decay.get(powers + after);
        int[] rowAt = new int[4];
        for (int i = 0; i < 4; i++) {
            int t = TornadoMath.min(down + i * 16, tokens - 1);
            rowAt[i] = (row + t * step) * keyDim;
        }
        int depth = keyDim;
        if (tokens == 0) {
            depth = 0;
        }

        // K G and K Qᵀ, from one pass over K.
        for (int d0 = 0; d0 < depth; d0 += DEPTH) {
            for (int i = 0; i < 8; i++) {
                int wanted = d0 + across + i % 2 * 8;
                int d = Tile.within(wanted, keyDim, DEPTH);
                int at = rowAt[i / 2] + d;
                float x = k.get(at);
                if (wanted > d) {
                    x = 0f;
                }
                staged[i] = x;
                staged[8 + i] = q.get(at);
            }
            for (int i = 0; i < 2 * width; i++) {
                int d = Tile.within(d0 + valueRow + i * apart, keyDim, DEPTH);
                int at = d * valueDim + valueColumn;
                staged[16 + i] = until * gradientsCarried.get(carried + at);
            }
            if (after > 0) {
                for (int i = 0; i < 2 * width; i++) {
                    int d = Tile.within(d0 + valueRow + i * apart, keyDim, DEPTH);
                    int at = d * valueDim + valueColumn;
                    staged[16 + i] += gradients.get(own + at);
                }
            }
            context.localBarrier();
            for (int i = 0; i < 8; i++) {
                int to = (across + i % 2 * 8) * PADDED + down + i / 2 * 16;
                ks[to] = staged[i];
                qs[to] = staged[8 + i];
            }
            for (int i = 0; i < 2 * width; i++) {
                b[thread + i * THREADS] = staged[16 + i];
            }
            context.localBarrier();
            for (int x = 0; x < DEPTH; x++) {
                for (int i = 0; i < 8; i++) {
                    float ki = ks[x * PADDED + Tile.row(ty, i)];
                    for (int j = 0; j < width; j++) {
                        out[i * width + j] += ki * b[x * columns + tx + j * 16];
                    }
                    if (i < 4) {
                        for (int j = 1; j < 4; j++) {
                            p[i * 3 + j - 1] += ki * qs[x * PADDED + tx + j * 16];
                        }
                    }
                    if (i > 3) {
                        p[8 + i] += ki * qs[x * PADDED + tx + 48];
                    }
                }
                for (int i = 0; i < 4; i++) {
                    p[Tile.MORE + i] +=
                            ks[x * PADDED + moreKeys + i] * qs[x * PADDED + moreQueries];
                }
            }
        }
        int last = TornadoMath.max(tokens - 1, 0);
        Tile.ask(staged, 0, 2 * width, dO, valueDim, valueColumn, row, step, valueRow, apart, last);
        for (int i = 0; i < 8; i++) {
            float power = decay.get(powers + TornadoMath.max(tokens - 1 - Tile.row(ty, i), 0));
            for (int j = 0; j < width; j++) {
                out[i * width + j] *= power;
            }
        }
        // The scores that count, masked and decayed.
        for (int i = 0; i < Tile.SCORES; i++) {
            int key = ty * 4 + i / 3;
            int query = tx + (i % 3 + 1) * 16;
            if (i > 11) {
                key = 60 - ty * 4 + i % 4;
                query = tx + 48;
            }
            if (i >= Tile.MORE) {
                key = moreKeys + i % 4;
                query = moreQueries;
            }
            float x = scale * p[i] * decay.get(powers + TornadoMath.max(query - key, 0));
            if (query < key || query >= tokens) {
                x = 0f;
            }
            ps[query * PADDED + key] = x;
        }
        // Their transpose times dO: nothing of an earlier token is touched, because it may be
        // infinite.
        for (int t0 = 0; t0 < tokens; t0 += DEPTH) {
            context.localBarrier();
            for (int i = 0; i < 2 * width; i++) {
                float x = staged[i];
                if (t0 + valueRow + i * apart >= tokens) {
                    x = 0f;
                }
                b[thread + i * THREADS] = x;
            }
            int next = t0 + DEPTH + valueRow;
            if (t0 + DEPTH < tokens) {
                Tile.ask(
                        staged,
                        0,
                        2 * width,
                        dO,
                        valueDim,
                        valueColumn,
                        row,
                        step,
                        next,
                        apart,
                        last);
            }
            context.localBarrier();
            for (int four = 0; four < DEPTH; four += 4) {
                int queries = (t0 + four) / 4;
                int p0 = (t0 + four) * PADDED;
                int b0 = four * columns + tx;
                if (queries > ty) {
                    for (int t = 0; t < 4; t++) {
                        for (int i = 0; i < 4; i++) {
                            float pi = ps[p0 + t * PADDED + Tile.row(ty, i)];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] += pi * b[b0 + t * columns + j * 16];
                            }
                        }
                    }
                }
                if (queries == ty) {
                    for (int i = 0; i < 4; i++) {
                        for (int t = i; t < 4; t++) {
                            float pi = ps[p0 + t * PADDED + Tile.row(ty, i)];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] += pi * b[b0 + t * columns + j * 16];
                            }
                        }
                    }
                }
                if (queries > 15 - ty) {
                    for (int t = 0; t < 4; t++) {
                        for (int i = 4; i < 8; i++) {
                            float pi = ps[p0 + t * PADDED + Tile.row(ty, i)];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] += pi * b[b0 + t * columns + j * 16];
                            }
                        }
                    }
                }
                if (queries == 15 - ty) {
                    for (int i = 4; i < 8; i++) {
                        for (int t = i - 4; t < 4; t++) {
                            float pi = ps[p0 + t * PADDED + Tile.row(ty, i)];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] += pi * b[b0 + t * columns + j * 16];
                            }
                        }
                    }
                }
            }
        }
        for (int i = 0; i < 8; i++) {
            int t = Tile.row(ty, i);
            int to = (row + t * step) * valueDim + e0 + tx;
            for (int j = 0; j < width; j++) {
                if (t < tokens && e0 + tx + j * 16 < valueDim) {
                    dv.set(to + j * 16, out[i * width + j]);
                }
            }
        }
    }
}
