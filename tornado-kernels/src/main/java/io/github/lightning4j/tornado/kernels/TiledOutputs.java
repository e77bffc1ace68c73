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
 * The outputs of the chunk-parallel forward pass for GPUs, in the tiles and by the rules of {@link
 * Tile}.
 */
public final class TiledOutputs {
    private TiledOutputs() {}

    /**
     * The rows of a chunk: {@code O = c · (diag(λ^(i+1)) Q S + ((Q Kᵀ) ⊙ A) V)} with S the state
     * before the chunk: what its segment has added so far, and the state before the segment,
     * decayed over the chunks between. What is known to be zero is not read: the former for a
     * segment's first chunk, the latter for a sequence's first segment where the table says
     * FROM_ZERO.
     *
     * <p>With dO, V, K and Sᵀ instead of Q, K, V and S these are the gradients of the queries.
     *
     * <p>Groups: chunks, from the last to the first, × H × ⌈E/columns⌉, the last fastest.
     *
     * @param scores gets the lower triangles of (Q Kᵀ) ⊙ A [chunks, H, L, L], where {@code kept} is
     *     1; what is above them is not defined
     * @param sealedRows rows of q, k, v and o, where a {@linkplain Seals seal} stands behind each;
     *     else 0
     */
    public static void outputs(
            KernelContext context,
            IntArray table,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray decay,
            FloatArray local,
            FloatArray carried,
            FloatArray o,
            FloatArray scores,
            int kept,
            int sealedRows,
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
        int h = group / valueTiles % heads;
        int chunk = Tile.fromLast(group / valueTiles / heads, table.get(ChunkTable.USED));
        int stream = chunk * heads + h;
        int entry = ChunkTable.CHUNKS + chunk * ChunkTable.CHUNK_FIELDS;
        int tokens = table.get(entry + ChunkTable.TOKENS);
        int row = table.get(entry + ChunkTable.ROW) + h * table.get(entry + ChunkTable.HEAD_STRIDE);
        int step = table.get(ChunkTable.TOKEN_STRIDE);
        int powers = h * DecayTable.STRIDE;
        if (group == 0 && thread == 0) {
            receipts.set(receipt, table.get(ChunkTable.TICKET) + context.localGroupSizeX);
            if (sealedRows > 0) {
                float seal = q.get(sealedRows * keyDim);
                receipts.set(Seals.Q, (int) seal);
                receipts.set(Seals.K, (int) k.get(sealedRows * keyDim));
                receipts.set(Seals.V, (int) v.get(sealedRows * valueDim));
                o.set(sealedRows * valueDim, seal);
            }
        }

        float[] qs = context.allocateFloatLocalArray(DEPTH * PADDED);
        float[] ks = context.allocateFloatLocalArray(DEPTH * PADDED);
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
        // Of scores all warps need keys 0 … 15 of their first four queries and 0 … 47 of the last;
        // the first two warps also 48 … 63 of the last, the others 16 … 31 of the first.
        int moreQueries = 60 - ty * 4;
        int moreKeys = tx + 48;
        if (ty > 3) {
            moreQueries = ty * 4;
            moreKeys = tx + 16;
        }
        int valueRow = thread / columns;
        int apart = THREADS / columns;
        int valueColumn = TornadoMath.min(e0 + thread % columns, valueDim - 1);
        int localAt = stream * keyDim * valueDim + valueColumn;
        int carriedAt =
                (table.get(entry + ChunkTable.SEGMENT) * heads + h) * keyDim * valueDim
                        + valueColumn;
        int before = table.get(entry + ChunkTable.BEFORE);
        float since = decay.get(powers + DecayTable.CHUNKS + before);
        int earlier = table.get(entry + ChunkTable.EARLIER);
        if (table.get(ChunkTable.FROM_ZERO) == 0) {
            earlier = 1;
        }
        int across = thread % 8;
        int down = thread / 8;
        int[] rowAt = new int[4];
        for (int i = 0; i < 4; i++) {
            int t = TornadoMath.min(down + i * 16, tokens - 1);
            rowAt[i] = (row + t * step) * keyDim;
        }

        // Q S and Q Kᵀ, from one pass over Q.
        int depth = keyDim;
        if (tokens == 0) {
            depth = 0;
        }
        for (int d0 = 0; d0 < depth; d0 += DEPTH) {
            for (int i = 0; i < 8; i++) {
                int d = d0 + across + i % 2 * 8;
                int keyColumn = Tile.within(d, keyDim, DEPTH);
                int at = rowAt[i / 2] + keyColumn;
                float qi = q.get(at);
                if (d > keyColumn) {
                    qi = 0f;
                }
                staged[i] = qi;
                staged[8 + i] = k.get(at);
            }
            for (int i = 0; i < 2 * width; i++) {
                staged[16 + i] = 0f;
            }
            if (before > 0) {
                for (int i = 0; i < 2 * width; i++) {
                    int at = Tile.within(d0 + valueRow + i * apart, keyDim, DEPTH) * valueDim;
                    staged[16 + i] = local.get(localAt + at);
                }
            }
            if (earlier > 0) {
                for (int i = 0; i < 2 * width; i++) {
                    int at = Tile.within(d0 + valueRow + i * apart, keyDim, DEPTH) * valueDim;
                    staged[16 + i] += since * carried.get(carriedAt + at);
                }
            }
            context.localBarrier();
            for (int i = 0; i < 8; i++) {
                int to = (across + i % 2 * 8) * PADDED + down + i / 2 * 16;
                qs[to] = staged[i];
                ks[to] = staged[8 + i];
            }
            for (int i = 0; i < 2 * width; i++) {
                b[thread + i * THREADS] = staged[16 + i];
            }
            context.localBarrier();
            for (int x = 0; x < DEPTH; x++) {
                for (int i = 0; i < 8; i++) {
                    float qi = qs[x * PADDED + Tile.row(ty, i)];
                    for (int j = 0; j < width; j++) {
                        out[i * width + j] += qi * b[x * columns + tx + j * 16];
                    }
                    if (i < 4) {
                        p[i] += qi * ks[x * PADDED + tx];
                    }
                    if (i > 3) {
                        for (int j = 0; j < 3; j++) {
                            p[Tile.LOWER + (i - 4) * 3 + j] += qi * ks[x * PADDED + tx + j * 16];
                        }
                    }
                }
                for (int i = 0; i < 4; i++) {
                    p[Tile.MORE + i] +=
                            qs[x * PADDED + moreQueries + i] * ks[x * PADDED + moreKeys];
                }
            }
        }
        int last = TornadoMath.max(tokens - 1, 0);
        Tile.ask(staged, 0, 2 * width, v, valueDim, valueColumn, row, step, valueRow, apart, last);
        for (int i = 0; i < 8; i++) {
            float power = decay.get(powers + Tile.row(ty, i) + 1);
            for (int j = 0; j < width; j++) {
                out[i * width + j] *= power;
            }
        }
        // The scores that count, masked and decayed, transposed into local memory.
        for (int i = 0; i < Tile.SCORES; i++) {
            int query = ty * 4 + i;
            int key = tx;
            if (i > 3) {
                query = 60 - ty * 4 + (i - 4) / 3;
                key = tx + (i - 4) % 3 * 16;
            }
            if (i >= Tile.MORE) {
                query = moreQueries + i % 4;
                key = moreKeys;
            }
            float x = p[i] * decay.get(powers + TornadoMath.max(query - key, 0));
            if (query < key) {
                x = 0f;
            }
            ps[key * PADDED + query] = x;
            if (kept == 1 && e0 == 0) {
                scores.set(stream * ROWS * ROWS + query * ROWS + key, x);
            }
        }
        // P V: nothing of a later token is touched, because it may be infinite.
        for (int t0 = 0; t0 < tokens; t0 += DEPTH) {
            context.localBarrier();
            for (int i = 0; i < 2 * width; i++) {
                b[thread + i * THREADS] = staged[i];
            }
            int next = t0 + DEPTH + valueRow;
            if (t0 + DEPTH < tokens) {
                Tile.ask(
                        staged,
                        0,
                        2 * width,
                        v,
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
                int keys = (t0 + four) / 4;
                int p0 = (t0 + four) * PADDED;
                int b0 = four * columns + tx;
                if (keys < ty) {
                    for (int t = 0; t < 4; t++) {
                        for (int i = 0; i < 4; i++) {
                            float pi = ps[p0 + t * PADDED + Tile.row(ty, i)];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] += pi * b[b0 + t * columns + j * 16];
                            }
                        }
                    }
                }
                if (keys == ty) {
                    for (int t = 0; t < 4; t++) {
                        for (int i = t; i < 4; i++) {
                            float pi = ps[p0 + t * PADDED + Tile.row(ty, i)];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] += pi * b[b0 + t * columns + j * 16];
                            }
                        }
                    }
                }
                if (keys < 15 - ty) {
                    for (int t = 0; t < 4; t++) {
                        for (int i = 4; i < 8; i++) {
                            float pi = ps[p0 + t * PADDED + Tile.row(ty, i)];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] += pi * b[b0 + t * columns + j * 16];
                            }
                        }
                    }
                }
                if (keys == 15 - ty) {
                    for (int t = 0; t < 4; t++) {
                        for (int i = 4 + t; i < 8; i++) {
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
                    o.set(to + j * 16, scale * out[i * width + j]);
                }
            }
        }
    }
}
