package io.github.lightning4j.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * dQ and dK of a chunk for GPUs, in the tiles and by the rules of {@link TiledKernels}. The scores
 * of a chunk are computed where they are used and never leave local memory; P = (dO Vᵀ) ⊙ A serves
 * both, so they are one kernel.
 *
 * <pre>
 *   a chunk of a head   operations               floats that must move
 *   chunkStates         2·L·D·E                  L·(D + E) + D·E
 *   gradientStates      2·L·D·E                  L·(D + E) + D·E
 *   keyGradients        4·L·D·E + 2·L²·(D + E)   L·(4·D + 2·E) + 2·D·E
 *   valueGradients      2·L·D·E + L²·(2·D + E)   L·(2·D + 2·E) + D·E
 * </pre>
 *
 * <p>With D = E = 128 these are 14.2 million operations and 768 KiB, 2.5 and 2.4 times as many as
 * those of a forward pass.
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
    private static final int PAD = 2;

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
     * {@code dQ = P K + c diag(λ^(i+1)) dO Sᵀ} and {@code dK = Pᵀ Q + diag(λ^(n−1−j)) V Gᵀ} with
     * {@code P = c (dO Vᵀ) ⊙ A}, S the state before the chunk and G the gradient of the state after
     * it: of each what its own segment has added, and what is carried into the segment, faded by
     * the tokens between.
     *
     * <p>Groups: chunks × H × ⌈D/columns⌉, the last fastest.
     *
     * @param states S within segments [chunks, H, D, E]
     * @param statesCarried S before segments [segments, H, D, E]
     * @param gradients G within segments [chunks, H, D, E]
     * @param gradientsCarried G after segments [segments, H, D, E]
     */
    static void keyGradients(
            KernelContext context,
            IntArray table,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray dO,
            FloatArray decay,
            FloatArray states,
            FloatArray statesCarried,
            FloatArray gradients,
            FloatArray gradientsCarried,
            FloatArray dq,
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
        float[] vs = context.allocateFloatLocalArray(DEPTH * PADDED);
        float[] b = context.allocateFloatLocalArray(DEPTH * (MAX_COLUMNS + PAD));
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
        int keyRow = thread / columns;
        int keyColumn = TornadoMath.min(d0 + thread % columns, keyDim - 1);
        // Threads of a slice that is stored transposed: 16 elements of a row beside each other.
        int across = thread % DEPTH;
        int down = thread / DEPTH;
        int pitch = columns + PAD;
        int own = stream * keyDim * valueDim;
        int carried = (table.get(entry + ChunkTable.SEGMENT) * heads + h) * keyDim * valueDim;
        float since = decay.get(powers + DecayTable.CHUNKS + table.get(entry + ChunkTable.BEFORE));
        float until =
                decay.get(powers + DecayTable.CHUNKS + table.get(entry + ChunkTable.BETWEEN))
                        * decay.get(powers + table.get(entry + ChunkTable.AFTER));
        int[] rowAt = new int[8];
        for (int i = 0; i < 8; i++) {
            int t = TornadoMath.min(down + i * (THREADS / DEPTH), tokens - 1);
            rowAt[i] = (row + t * step) * valueDim;
        }
        int depth = valueDim;
        if (tokens == 0) {
            depth = 0;
        }

        // dO Sᵀ and dO Vᵀ, from one pass over dO.
        for (int e0 = 0; e0 < depth; e0 += DEPTH) {
            int e = within(e0 + across, valueDim, DEPTH);
            for (int i = 0; i < 8; i++) {
                int at = rowAt[i] + e;
                float x = dO.get(at);
                if (e0 + across > e) {
                    x = 0f;
                }
                staged[i] = x;
                staged[8 + i] = v.get(at);
            }
            for (int i = 0; i < 2 * width; i++) {
                int d = within(d0 + down + i * (THREADS / DEPTH), keyDim, columns);
                int at = d * valueDim + e;
                staged[16 + i] = states.get(own + at) + since * statesCarried.get(carried + at);
            }
            context.localBarrier();
            for (int i = 0; i < 8; i++) {
                int to = across * PADDED + down + i * (THREADS / DEPTH);
                a[to] = staged[i];
                vs[to] = staged[8 + i];
            }
            for (int i = 0; i < 2 * width; i++) {
                b[across * pitch + down + i * (THREADS / DEPTH)] = staged[16 + i];
            }
            context.localBarrier();
            for (int x = 0; x < DEPTH; x++) {
                for (int i = 0; i < 8; i++) {
                    float xi = a[x * PADDED + ty * 8 + i];
                    for (int j = 0; j < width; j++) {
                        out[i * width + j] += xi * b[x * pitch + tx + j * 16];
                    }
                    for (int j = 0; j < 4; j++) {
                        p[i * 4 + j] += xi * vs[x * PADDED + tx + j * 16];
                    }
                }
            }
        }
        for (int i = 0; i < 8; i++) {
            float weight = scale * decay.get(powers + ty * 8 + i + 1);
            for (int j = 0; j < width; j++) {
                out[i * width + j] *= weight;
            }
        }
        // P, masked and decayed, transposed into local memory.
        for (int i = 0; i < 8; i++) {
            for (int j = 0; j < 4; j++) {
                int distance = ty * 8 + i - tx - j * 16;
                float x = scale * p[i * 4 + j] * decay.get(powers + TornadoMath.max(distance, 0));
                if (distance < 0 || ty * 8 + i >= tokens) {
                    x = 0f;
                }
                ps[(tx + j * 16) * PADDED + ty * 8 + i] = x;
            }
        }
        // P K: nothing of a later token is touched, for it may be infinite.
        for (int t0 = 0; t0 < tokens; t0 += DEPTH) {
            for (int i = 0; i < 2 * width; i++) {
                int in = TornadoMath.min(t0 + keyRow + i * (THREADS / columns), tokens - 1);
                staged[i] = k.get((row + in * step) * keyDim + keyColumn);
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
        int to = (row + ty * 8 * step) * keyDim + d0 + tx;
        for (int i = 0; i < 8; i++) {
            for (int j = 0; j < width; j++) {
                if (ty * 8 + i < tokens && d0 + tx + j * 16 < keyDim) {
                    dq.set(to + i * step * keyDim + j * 16, out[i * width + j]);
                }
                out[i * width + j] = 0f;
            }
        }
        // V Gᵀ
        for (int e0 = 0; e0 < depth; e0 += DEPTH) {
            int e = within(e0 + across, valueDim, DEPTH);
            for (int i = 0; i < 8; i++) {
                float x = v.get(rowAt[i] + e);
                if (e0 + across > e) {
                    x = 0f;
                }
                staged[i] = x;
            }
            for (int i = 0; i < 2 * width; i++) {
                int d = within(d0 + down + i * (THREADS / DEPTH), keyDim, columns);
                int at = d * valueDim + e;
                staged[16 + i] =
                        gradients.get(own + at) + until * gradientsCarried.get(carried + at);
            }
            context.localBarrier();
            for (int i = 0; i < 8; i++) {
                a[across * PADDED + down + i * (THREADS / DEPTH)] = staged[i];
            }
            for (int i = 0; i < 2 * width; i++) {
                b[across * pitch + down + i * (THREADS / DEPTH)] = staged[16 + i];
            }
            context.localBarrier();
            for (int x = 0; x < DEPTH; x++) {
                for (int i = 0; i < 8; i++) {
                    float xi = a[x * PADDED + ty * 8 + i];
                    for (int j = 0; j < width; j++) {
                        out[i * width + j] += xi * b[x * pitch + tx + j * 16];
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
        // Pᵀ Q: nothing of an earlier token is touched.
        for (int t0 = 0; t0 < tokens; t0 += DEPTH) {
            for (int i = 0; i < 2 * width; i++) {
                int t = t0 + keyRow + i * (THREADS / columns);
                int in = TornadoMath.min(t, tokens - 1);
                float x = q.get((row + in * step) * keyDim + keyColumn);
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
                    for (int t4 = 0; t4 < 8; t4 += 4) {
                        for (int i = 0; i < 8; i++) {
                            for (int t = t4; t < t4 + 4; t++) {
                                float pi = ps[(ty * 8 + i) * PADDED + t0 + half + t];
                                for (int j = 0; j < width; j++) {
                                    out[i * width + j] +=
                                            pi * b[(half + t) * columns + tx + j * 16];
                                }
                            }
                        }
                    }
                }
                if (diagonal == 0) {
                    for (int i = 0; i < 8; i++) {
                        for (int t = i; t < 8; t++) {
                            float pi = ps[(ty * 8 + i) * PADDED + t0 + half + t];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] += pi * b[(half + t) * columns + tx + j * 16];
                            }
                        }
                    }
                }
            }
        }
        for (int i = 0; i < 8; i++) {
            for (int j = 0; j < width; j++) {
                if (ty * 8 + i < tokens && d0 + tx + j * 16 < keyDim) {
                    dk.set(to + i * step * keyDim + j * 16, out[i * width + j]);
                }
            }
        }
    }
}
