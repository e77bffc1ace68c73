package io.github.lightning4j.tornado;

import static io.github.lightning4j.tornado.TiledKernels.DEPTH;
import static io.github.lightning4j.tornado.TiledKernels.MAX_COLUMNS;
import static io.github.lightning4j.tornado.TiledKernels.ROWS;
import static io.github.lightning4j.tornado.TiledKernels.THREADS;
import static io.github.lightning4j.tornado.TiledKernels.within;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The outputs of the chunk-parallel forward pass for GPUs, in tiles as {@link TiledKernels}. */
final class TiledOutputs {
    /** Rows of a transposed slice, so that threads which store it meet in a bank by twos only. */
    private static final int PADDED = ROWS + 4;

    private TiledOutputs() {}

    /**
     * The rows of a chunk: {@code O = c · (diag(λ^(i+1)) Q S + ((Q Kᵀ) ⊙ A) V)} with S the state
     * before the chunk: what its segment has added so far, and the state before the segment, faded
     * by the chunks between.
     *
     * <p>With dO, V, K and Sᵀ instead of Q, K, V and S these are the gradients of the queries.
     *
     * <p>Groups: chunks × H × ⌈E/columns⌉, the last fastest.
     *
     * @param scores gets (Q Kᵀ) ⊙ A [chunks, H, L, L], where {@code kept} is 1; else it is left
     */
    static void outputs(
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
        int chunk = stream / heads;
        int entry = ChunkTable.CHUNKS + chunk * ChunkTable.CHUNK_FIELDS;
        int tokens = table.get(entry + ChunkTable.TOKENS);
        int row = table.get(entry + ChunkTable.ROW) + h * table.get(entry + ChunkTable.HEAD_STRIDE);
        int step = table.get(ChunkTable.TOKEN_STRIDE);
        int powers = h * DecayTable.STRIDE;
        if (group == 0 && thread == 0) {
            receipts.set(Receipts.OUTPUTS, table.get(ChunkTable.TICKET) + context.localGroupSizeX);
        }

        float[] qs = context.allocateFloatLocalArray(DEPTH * PADDED);
        float[] ks = context.allocateFloatLocalArray(DEPTH * PADDED);
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
        int localAt = stream * keyDim * valueDim + valueColumn;
        int carriedAt =
                (table.get(entry + ChunkTable.SEGMENT) * heads + h) * keyDim * valueDim
                        + valueColumn;
        float since = decay.get(powers + DecayTable.CHUNKS + table.get(entry + ChunkTable.BEFORE));
        int[] rowAt = new int[8];
        for (int i = 0; i < 8; i++) {
            int t = TornadoMath.min(thread / DEPTH + i * (THREADS / DEPTH), tokens - 1);
            rowAt[i] = (row + t * step) * keyDim;
        }

        // Q S and Q Kᵀ, from one pass over Q.
        int depth = keyDim;
        if (tokens == 0) {
            depth = 0;
        }
        for (int d0 = 0; d0 < depth; d0 += DEPTH) {
            int d = d0 + thread % DEPTH;
            int keyColumn = within(d, keyDim);
            for (int i = 0; i < 8; i++) {
                int at = rowAt[i] + keyColumn;
                float qi = q.get(at);
                if (d > keyColumn) {
                    qi = 0f;
                }
                staged[i] = qi;
                staged[8 + i] = k.get(at);
            }
            for (int i = 0; i < 2 * width; i++) {
                int at = within(d0 + valueRow + i * (THREADS / columns), keyDim) * valueDim;
                staged[16 + i] = local.get(localAt + at) + since * carried.get(carriedAt + at);
            }
            context.localBarrier();
            for (int i = 0; i < 8; i++) {
                int to = (thread % DEPTH) * PADDED;
                int t = thread / DEPTH + i * (THREADS / DEPTH);
                qs[to + t] = staged[i];
                ks[to + t] = staged[8 + i];
            }
            for (int i = 0; i < 2 * width; i++) {
                b[thread + i * THREADS] = staged[16 + i];
            }
            context.localBarrier();
            for (int x = 0; x < DEPTH; x++) {
                for (int i = 0; i < 8; i++) {
                    float qi = qs[x * PADDED + ty * 8 + i];
                    for (int j = 0; j < width; j++) {
                        out[i * width + j] += qi * b[x * columns + tx + j * 16];
                    }
                    for (int j = 0; j < 4; j++) {
                        p[i * 4 + j] += qi * ks[x * PADDED + tx + j * 16];
                    }
                }
            }
        }
        for (int i = 0; i < 8; i++) {
            float power = decay.get(powers + ty * 8 + i + 1);
            for (int j = 0; j < width; j++) {
                out[i * width + j] *= power;
            }
        }
        // The scores, masked and decayed, transposed into local memory.
        for (int i = 0; i < 8; i++) {
            for (int j = 0; j < 4; j++) {
                int distance = ty * 8 + i - tx - j * 16;
                float x = p[i * 4 + j] * decay.get(powers + TornadoMath.max(distance, 0));
                if (distance < 0) {
                    x = 0f;
                }
                ps[(tx + j * 16) * PADDED + ty * 8 + i] = x;
                if (kept == 1 && e0 == 0) {
                    scores.set(stream * ROWS * ROWS + (ty * 8 + i) * ROWS + tx + j * 16, x);
                }
            }
        }
        // P V: nothing of a later token is touched, for it may be infinite.
        for (int t0 = 0; t0 < tokens; t0 += DEPTH) {
            for (int i = 0; i < 2 * width; i++) {
                int in = TornadoMath.min(t0 + valueRow + i * (THREADS / columns), tokens - 1);
                staged[i] = v.get((row + in * step) * valueDim + valueColumn);
            }
            context.localBarrier();
            for (int i = 0; i < 2 * width; i++) {
                b[thread + i * THREADS] = staged[i];
            }
            context.localBarrier();
            for (int half = 0; half < DEPTH; half += 8) {
                int diagonal = ty * 8 - t0 - half;
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
                    for (int t = 0; t < 8; t++) {
                        for (int i = t; i < 8; i++) {
                            float pi = ps[(t0 + half + t) * PADDED + ty * 8 + i];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] += pi * b[(half + t) * columns + tx + j * 16];
                            }
                        }
                    }
                }
            }
        }
        int to = row + ty * 8 * step;
        for (int i = 0; i < 8; i++) {
            for (int j = 0; j < width; j++) {
                if (ty * 8 + i < tokens && e0 + tx + j * 16 < valueDim) {
                    o.set(
                            (to + i * step) * valueDim + e0 + tx + j * 16,
                            scale * out[i * width + j]);
                }
            }
        }
    }
}
