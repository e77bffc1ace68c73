package io.github.lightning4j.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * dV of a chunk for GPUs, in the tiles and by the rules of {@link TiledKernels}; see {@link
 * TiledKeyGradients} for what it costs.
 */
final class TiledValueGradients {
    private static final int THREADS = TiledKernels.THREADS;
    private static final int ROWS = TiledKernels.ROWS;
    private static final int MAX_COLUMNS = TiledKernels.MAX_COLUMNS;
    private static final int DEPTH = TiledKernels.DEPTH;
    private static final int PADDED = TiledKeyGradients.PADDED;

    private TiledValueGradients() {}

    /**
     * {@code dV = c ((Q Kᵀ) ⊙ A)ᵀ dO + diag(λ^(n−1−j)) K G} with G the gradient of the state after
     * the chunk: what the later chunks of its segment have added, and the one after the segment,
     * faded by the tokens between. The scores are computed as K Qᵀ, so that rows of the tile are
     * rows of K in both products.
     *
     * <p>Groups: chunks × H × ⌈E/columns⌉, the last fastest.
     *
     * @param gradients G within segments [chunks, H, D, E]
     * @param gradientsCarried G after segments [segments, H, D, E]
     */
    static void valueGradients(
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
            int columns,
            float scale,
            IntArray receipts) {
        int thread = context.localIdx;
        int ty = thread >> 4;
        int tx = thread & 15;
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
            receipts.set(
                    Receipts.VALUE_GRADIENTS,
                    table.get(ChunkTable.TICKET) + context.localGroupSizeX);
        }

        float[] ks = context.allocateFloatLocalArray(DEPTH * PADDED);
        float[] qs = context.allocateFloatLocalArray(DEPTH * PADDED);
        float[] b = context.allocateFloatLocalArray(DEPTH * MAX_COLUMNS);
        float[] ps = context.allocateFloatLocalArray(ROWS * PADDED);
        float[] staged = new float[32];
        float[] out = new float[64];
        float[] p = new float[32];
        for (int i = 0; i < 8 * width; i++) {
            out[i] = 0f;
        }
        for (int i = 0; i < 32; i++) {
            p[i] = 0f;
        }
        int valueRow = thread / columns;
        int valueColumn = TornadoMath.min(e0 + thread % columns, valueDim - 1);
        int across = thread % DEPTH;
        int down = thread / DEPTH;
        int own = stream * keyDim * valueDim;
        int carried = (table.get(entry + ChunkTable.SEGMENT) * heads + h) * keyDim * valueDim;
        float until =
                decay.get(powers + DecayTable.CHUNKS + table.get(entry + ChunkTable.BETWEEN))
                        * decay.get(powers + table.get(entry + ChunkTable.AFTER));
        int[] rowAt = new int[8];
        for (int i = 0; i < 8; i++) {
            int t = TornadoMath.min(down + i * (THREADS / DEPTH), tokens - 1);
            rowAt[i] = (row + t * step) * keyDim;
        }
        int depth = keyDim;
        if (tokens == 0) {
            depth = 0;
        }

        // K G and K Qᵀ, from one pass over K.
        for (int d0 = 0; d0 < depth; d0 += DEPTH) {
            int d = TiledKernels.within(d0 + across, keyDim);
            for (int i = 0; i < 8; i++) {
                int at = rowAt[i] + d;
                float x = k.get(at);
                if (d0 + across > d) {
                    x = 0f;
                }
                staged[i] = x;
                staged[8 + i] = q.get(at);
            }
            for (int i = 0; i < 2 * width; i++) {
                int t = d0 + valueRow + i * (THREADS / columns);
                int at = TiledKernels.within(t, keyDim) * valueDim + valueColumn;
                staged[16 + i] =
                        gradients.get(own + at) + until * gradientsCarried.get(carried + at);
            }
            context.localBarrier();
            for (int i = 0; i < 8; i++) {
                int to = across * PADDED + down + i * (THREADS / DEPTH);
                ks[to] = staged[i];
                qs[to] = staged[8 + i];
            }
            for (int i = 0; i < 2 * width; i++) {
                b[thread + i * THREADS] = staged[16 + i];
            }
            context.localBarrier();
            for (int x = 0; x < DEPTH; x++) {
                for (int i = 0; i < 8; i++) {
                    float ki = ks[x * PADDED + ty * 8 + i];
                    for (int j = 0; j < width; j++) {
                        out[i * width + j] += ki * b[x * columns + tx + j * 16];
                    }
                    for (int j = 0; j < 4; j++) {
                        p[i * 4 + j] += ki * qs[x * PADDED + tx + j * 16];
                    }
                }
            }
        }
        for (int i = 0; i < 8; i++) {
            float power = decay.get(powers + TornadoMath.max(tokens - 1 - ty * 8 - i, 0));
            for (int j = 0; j < width; j++) {
                out[i * width + j] *= power;
            }
        }
        // The scores of query tx + 16 j and key ty·8 + i, masked and decayed.
        for (int i = 0; i < 8; i++) {
            for (int j = 0; j < 4; j++) {
                int query = tx + j * 16;
                int distance = query - ty * 8 - i;
                float x = scale * p[i * 4 + j] * decay.get(powers + TornadoMath.max(distance, 0));
                if (distance < 0 || query >= tokens) {
                    x = 0f;
                }
                ps[query * PADDED + ty * 8 + i] = x;
            }
        }
        // Their transpose times dO: nothing of an earlier token is touched, for it may be infinite.
        for (int t0 = 0; t0 < tokens; t0 += DEPTH) {
            for (int i = 0; i < 2 * width; i++) {
                int t = t0 + valueRow + i * (THREADS / columns);
                int in = TornadoMath.min(t, tokens - 1);
                float x = dO.get((row + in * step) * valueDim + valueColumn);
                if (t > in) {
                    x = 0f;
                }
                staged[i] = x;
            }
            context.localBarrier();
            for (int i = 0; i < 2 * width; i++) {
                b[thread + i * THREADS] = staged[i];
            }
            context.localBarrier();
            for (int half = 0; half < DEPTH; half += 8) {
                int diagonal = t0 + half - ty * 8;
                if (diagonal > 0) {
                    for (int t = 0; t < 8; t++) {
                        for (int i = 0; i < 8; i++) {
                            float pi = ps[(t0 + half + t) * PADDED + ty * 8 + i];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] += pi * b[(half + t) * columns + tx + j * 16];
                            }
                        }
                    }
                }
                if (diagonal == 0) {
                    for (int i = 0; i < 8; i++) {
                        for (int t = i; t < 8; t++) {
                            float pi = ps[(t0 + half + t) * PADDED + ty * 8 + i];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] += pi * b[(half + t) * columns + tx + j * 16];
                            }
                        }
                    }
                }
            }
        }
        int to = (row + ty * 8 * step) * valueDim + e0 + tx;
        for (int i = 0; i < 8; i++) {
            for (int j = 0; j < width; j++) {
                if (ty * 8 + i < tokens && e0 + tx + j * 16 < valueDim) {
                    dv.set(to + i * step * valueDim + j * 16, out[i * width + j]);
                }
            }
        }
    }
}
