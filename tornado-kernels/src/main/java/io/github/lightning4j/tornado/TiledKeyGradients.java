package io.github.lightning4j.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * dK of a chunk for GPUs, in the tiles and by the rules of {@link TiledKernels}. dQ is what {@link
 * TiledOutputs} makes of dO, V, K and Sᵀ; it keeps the scores P = (dO Vᵀ) ⊙ A for dK.
 *
 * <pre>
 *   a chunk of a head   operations               floats that must move
 *   chunkStates         2·L·D·E                  L·(D + E) + D·E
 *   gradientStates      2·L·D·E                  L·(D + E) + D·E
 *   queryGradients      2·L·D·E + L²·(D + E)     L·(2·D + 2·E) + D·E + L²
 *   keyGradients        2·L·D·E + L²·D           L·(2·D + E) + D·E + L²
 *   valueGradients      2·L·D·E + L²·(D + E)     L·(2·D + 2·E) + D·E
 * </pre>
 *
 * <p>With D = E = 128 these are 13.1 million operations, 2.5 times as many as those of a forward
 * pass; with what tiles compute above the diagonal, 14.2 million.
 */
final class TiledKeyGradients {
    private static final int THREADS = TiledKernels.THREADS;
    private static final int ROWS = TiledKernels.ROWS;
    private static final int MAX_COLUMNS = TiledKernels.MAX_COLUMNS;
    private static final int DEPTH = TiledKernels.DEPTH;

    /**
     * Rows of a transposed slice of inputs and of the transposed scores: threads that store it meet
     * in a bank by twos or fours, and eight neighbours are read in two instructions.
     */
    static final int PADDED = ROWS + 4;

    /** Between the columns of a transposed slice of states: threads store it to different banks. */
    private static final int PAD = 4;

    private TiledKeyGradients() {}

    /** The row or column d of a dimension that goes in tiles of a size, or the last one beyond. */
    static int within(int d, int dim, int tile) {
        int in = d;
        if (dim % tile != 0) {
            in = TornadoMath.min(d, dim - 1);
        }
        return in;
    }

    /**
     * {@code dK = c Pᵀ Q + diag(λ^(n−1−j)) V Gᵀ} with G the gradient of the state after the chunk:
     * what the later chunks of its segment have added, and the one after the segment, faded by the
     * tokens between.
     *
     * <p>Groups: chunks × H × ⌈D/columns⌉, the last fastest.
     *
     * @param scores P [chunks, H, L, L], a query a row
     * @param gradients G within segments [chunks, H, D, E]
     * @param gradientsCarried G after segments [segments, H, D, E]
     */
    static void keyGradients(
            KernelContext context,
            IntArray table,
            FloatArray q,
            FloatArray v,
            FloatArray decay,
            FloatArray scores,
            FloatArray gradients,
            FloatArray gradientsCarried,
            FloatArray dk,
            int heads,
            int keyDim,
            int valueDim,
            int columns,
            float scale,
            IntArray receipts) {
        int thread = context.localIdx;
        int ty = thread >> 4;
        int tx = thread & 15;
        int near = tx * 4;
        int width = columns / 16;
        int keyTiles = (keyDim + columns - 1) / columns;
        int group = context.groupIdx;
        int d0 = (group % keyTiles) * columns;
        int stream = group / keyTiles;
        int h = stream % heads;
        int entry = ChunkTable.CHUNKS + stream / heads * ChunkTable.CHUNK_FIELDS;
        int tokens = table.get(entry + ChunkTable.TOKENS);
        int row = table.get(entry + ChunkTable.ROW) + h * table.get(entry + ChunkTable.HEAD_STRIDE);
        int step = table.get(ChunkTable.TOKEN_STRIDE);
        int powers = h * DecayTable.STRIDE;
        if (group == 0 && thread == 0) {
            receipts.set(
                    Receipts.KEY_GRADIENTS, table.get(ChunkTable.TICKET) + context.localGroupSizeX);
        }

        float[] a = context.allocateFloatLocalArray(DEPTH * PADDED);
        float[] b = context.allocateFloatLocalArray(DEPTH * (MAX_COLUMNS + PAD));
        float[] staged = new float[24];
        float[] out = new float[64];
        for (int i = 0; i < 8 * width; i++) {
            out[i] = 0f;
        }
        int keyRow = thread / columns;
        int keyColumn = TornadoMath.min(d0 + thread % columns, keyDim - 1);
        int valuePlace = keyRow * columns + TiledKernels.place(thread % columns);
        // Threads of a slice that is stored transposed: 16 elements of a row beside each other.
        int across = thread % DEPTH;
        int down = thread / DEPTH;
        int pitch = columns + PAD;
        int own = stream * keyDim * valueDim;
        int carried = (table.get(entry + ChunkTable.SEGMENT) * heads + h) * keyDim * valueDim;
        float until =
                decay.get(powers + DecayTable.CHUNKS + table.get(entry + ChunkTable.BETWEEN))
                        * decay.get(powers + table.get(entry + ChunkTable.AFTER));
        int depth = valueDim;
        if (tokens == 0) {
            depth = 0;
        }

        // V Gᵀ
        for (int e0 = 0; e0 < depth; e0 += DEPTH) {
            int e = TiledKernels.within(e0 + across, valueDim);
            for (int i = 0; i < 8; i++) {
                int in = TornadoMath.min(down + i * (THREADS / DEPTH), tokens - 1);
                float x = v.get((row + in * step) * valueDim + e);
                if (e0 + across > e) {
                    x = 0f;
                }
                staged[i] = x;
            }
            for (int i = 0; i < 2 * width; i++) {
                int d = within(d0 + down + i * (THREADS / DEPTH), keyDim, columns);
                int at = d * valueDim + e;
                staged[8 + i] =
                        gradients.get(own + at) + until * gradientsCarried.get(carried + at);
            }
            context.localBarrier();
            for (int i = 0; i < 8; i++) {
                a[across * PADDED + down + i * (THREADS / DEPTH)] = staged[i];
            }
            for (int i = 0; i < 2 * width; i++) {
                b[across * pitch + TiledKernels.place(down + i * (THREADS / DEPTH))] =
                        staged[8 + i];
            }
            context.localBarrier();
            for (int x2 = 0; x2 < DEPTH; x2 += 2) {
                for (int x = x2; x < x2 + 2; x++) {
                    for (int i = 0; i < 8; i++) {
                        float xi = a[x * PADDED + ty * 8 + i];
                        for (int j = 0; j < width; j++) {
                            out[i * width + j] += xi * b[x * pitch + near + j / 4 * 64 + j % 4];
                        }
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
        // Pᵀ Q: nothing of an earlier token is touched, for it may be infinite.
        for (int t0 = 0; t0 < tokens; t0 += DEPTH) {
            for (int i = 0; i < 8; i++) {
                int t = t0 + thread / ROWS + i * (THREADS / ROWS);
                float x = scale * scores.get((stream * ROWS + t) * ROWS + thread % ROWS);
                if (t >= tokens) {
                    x = 0f;
                }
                staged[i] = x;
            }
            for (int i = 0; i < 2 * width; i++) {
                int t = t0 + keyRow + i * (THREADS / columns);
                int in = TornadoMath.min(t, tokens - 1);
                float x = q.get((row + in * step) * keyDim + keyColumn);
                if (t > in) {
                    x = 0f;
                }
                staged[8 + i] = x;
            }
            context.localBarrier();
            for (int i = 0; i < 8; i++) {
                a[thread + i * THREADS] = staged[i];
            }
            for (int i = 0; i < 2 * width; i++) {
                b[valuePlace + i * THREADS] = staged[8 + i];
            }
            context.localBarrier();
            for (int half = 0; half < DEPTH; half += 8) {
                int diagonal = t0 + half - ty * 8;
                if (diagonal > 0) {
                    for (int t = 0; t < 8; t++) {
                        for (int i = 0; i < 8; i++) {
                            float pi = a[(half + t) * ROWS + ty * 8 + i];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] +=
                                        pi * b[(half + t) * columns + near + j / 4 * 64 + j % 4];
                            }
                        }
                    }
                }
                if (diagonal == 0) {
                    for (int i = 0; i < 8; i++) {
                        for (int t = i; t < 8; t++) {
                            float pi = a[(half + t) * ROWS + ty * 8 + i];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] +=
                                        pi * b[(half + t) * columns + near + j / 4 * 64 + j % 4];
                            }
                        }
                    }
                }
            }
        }
        int to = (row + ty * 8 * step) * keyDim + d0 + tx;
        for (int i = 0; i < 8; i++) {
            for (int j = 0; j < width; j++) {
                if (ty * 8 + i < tokens && d0 + tx + j * 16 < keyDim) {
                    dk.set(to + i * step * keyDim + j * 16, out[i * width + j]);
                }
            }
        }
    }
}
