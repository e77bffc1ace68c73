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
 * dK of a chunk for GPUs, in the tiles and by the rules of {@link Tile}. dQ comes from {@link
 * TiledOutputs}, given dO, V, K and Sᵀ, which keeps the scores P = (dO Vᵀ) ⊙ A for dK.
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
 * pass; with what tiles compute above the diagonal, 13.4 million.
 */
public final class TiledKeyGradients {
    private TiledKeyGradients() {}

    /**
     * {@code dK = c Pᵀ Q + diag(λ^(n−1−j)) V Gᵀ} with G the gradient of the state after the chunk:
     * what the later chunks of its segment have added, and G after the segment, decayed over the
     * tokens between.
     *
     * <p>Groups: chunks, from the last to the first, × H × ⌈D/columns⌉, the last fastest.
     *
     * @param scores P [chunks, H, L, L], a query a row
     * @param gradients G within segments [chunks, H, D, E]
     * @param gradientsCarried G after segments [segments, H, D, E]
     */
    public static void keyGradients(
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
            float scale,
            int receipt,
            IntArray receipts) {
        int thread = context.localIdx;
        int ty = thread >> 4;
        int tx = thread & 15;
        int near = tx * 4;
        int columns = Tile.columns(keyDim);
        int width = columns / 16;
        int keyTiles = (keyDim + columns - 1) / columns;
        int group = context.groupIdx;
        int d0 = (group % keyTiles) * columns;
        int h = group / keyTiles % heads;
        int chunk = Tile.fromLast(group / keyTiles / heads, table.get(ChunkTable.USED));
        int stream = chunk * heads + h;
        int entry = ChunkTable.CHUNKS + chunk * ChunkTable.CHUNK_FIELDS;
        int tokens = table.get(entry + ChunkTable.TOKENS);
        int row = table.get(entry + ChunkTable.ROW) + h * table.get(entry + ChunkTable.HEAD_STRIDE);
        int step = table.get(ChunkTable.TOKEN_STRIDE);
        int powers = h * DecayTable.STRIDE;
        if (group == 0 && thread == 0) {
            receipts.set(receipt, table.get(ChunkTable.TICKET) + context.localGroupSizeX);
        }

        float[] a = context.allocateFloatLocalArray(DEPTH * PADDED);
        float[] b = context.allocateFloatLocalArray(DEPTH * (MAX_COLUMNS + 4));
        float[] staged = new float[40];
        float[] out = new float[64];
        for (int i = 0; i < 8 * width; i++) {
            out[i] = 0f;
        }
        int keyRow = thread / columns;
        int keyColumn = TornadoMath.min(d0 + thread % columns, keyDim - 1);
        int valuePlace = keyRow * columns + Tile.place(thread % columns);
        // Of a slice that is stored transposed a thread takes elements across and across + 8 of
        // rows
        // down, down + 16 …: of V in their order, of G in that of their places.
        int across = thread % 8;
        int down = thread / 8;
        int pitch = columns + 4;
        int own = stream * keyDim * valueDim;
        int carried = (table.get(entry + ChunkTable.SEGMENT) * heads + h) * keyDim * valueDim;
        int after = table.get(entry + ChunkTable.AFTER);
        float until =
                decay.get(powers + DecayTable.CHUNKS + table.get(entry + ChunkTable.BETWEEN))
                        * decay.get(powers + after);
        int last = TornadoMath.max(tokens - 1, 0);
        int[] rowAt = new int[4];
        for (int i = 0; i < 4; i++) {
            rowAt[i] = (row + TornadoMath.min(down + i * 16, last) * step) * valueDim;
        }
        int[] stateAt = new int[8];
        for (int i = 0; i < width; i++) {
            int d = d0 + Tile.column(down) + Tile.column(i * 16);
            stateAt[i] = Tile.within(d, keyDim, columns) * valueDim;
        }
        int depth = valueDim;
        if (tokens == 0) {
            depth = 0;
        }

        // V Gᵀ
        askRows(staged, v, rowAt, across, valueDim);
        for (int i = 0; i < 2 * width; i++) {
            staged[8 + i] = 0f;
        }
        if (after > 0) {
            askStates(staged, 8, gradients, own, stateAt, across, valueDim, width);
        }
        askStates(staged, 24, gradientsCarried, carried, stateAt, across, valueDim, width);
        for (int e0 = 0; e0 < depth; e0 += DEPTH) {
            context.localBarrier();
            for (int i = 0; i < 8; i++) {
                int e = across + i % 2 * 8;
                float x = staged[i];
                if (e0 + e >= valueDim) {
                    x = 0f;
                }
                a[e * PADDED + down + i / 2 * 16] = x;
            }
            for (int i = 0; i < 2 * width; i++) {
                b[(across + i % 2 * 8) * pitch + down + i / 2 * 16] =
                        staged[8 + i] + until * staged[24 + i];
            }
            if (e0 + DEPTH < depth) {
                int next = e0 + DEPTH + across;
                askRows(staged, v, rowAt, next, valueDim);
                if (after > 0) {
                    askStates(staged, 8, gradients, own, stateAt, next, valueDim, width);
                }
                askStates(staged, 24, gradientsCarried, carried, stateAt, next, valueDim, width);
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
        // Pᵀ Q: nothing of an earlier token is touched, because it may be infinite.
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

    /** Loads elements e and e + 8 of four rows. */
    private static void askRows(float[] staged, FloatArray rows, int[] rowAt, int e, int dim) {
        for (int i = 0; i < 8; i++) {
            staged[i] = rows.get(rowAt[i / 2] + Tile.within(e + i % 2 * 8, dim, DEPTH));
        }
    }

    /** Loads elements e and e + 8 of as many rows of a state as the tile has columns. */
    private static void askStates(
            float[] staged,
            int into,
            FloatArray states,
            int state,
            int[] stateAt,
            int e,
            int dim,
            int width) {
        for (int i = 0; i < 2 * width; i++) {
            int at = stateAt[i / 2] + Tile.within(e + i % 2 * 8, dim, DEPTH);
            staged[into + i] = states.get(state + at);
        }
    }
}
