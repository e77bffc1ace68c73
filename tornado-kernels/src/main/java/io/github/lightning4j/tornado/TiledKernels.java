package io.github.lightning4j.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The chunk-parallel forward pass for GPUs: every product is a tile of {@value #ROWS} rows and 64
 * or 128 columns held in the registers of one group of {@value #THREADS} threads, fed from local
 * memory in slices of {@value #DEPTH}.
 *
 * <p>Thread (ty, tx), ty = 0 … 7 and tx = 0 … 15, owns the rows ty·8 … ty·8+7 of the tile and the
 * columns tx, tx+16, tx+32 …: its neighbours read neighbouring banks of local memory.
 *
 * <p>Loads go to registers first and from there to local memory. A compiler that sees a load, a
 * store to local memory and the next load must keep that order, and each load then waits for the
 * one before. They have no branches for the same reason: what lies beyond a chunk or a dimension is
 * read from its last row or column instead, and left out where it would count.
 *
 * <p>{@code keyDim}, {@code valueDim} and {@code columns} are constants of the compiled kernel, so
 * loops over them unroll and arrays become registers. Everything that changes from call to call
 * stands in the {@link ChunkTable}. The first thread leaves a {@link Receipts receipt}.
 */
final class TiledKernels {
    /** Threads of a group. */
    static final int THREADS = 128;

    /** Rows of a tile, and L. */
    static final int ROWS = 64;

    /** Columns of a tile at most. */
    static final int MAX_COLUMNS = 128;

    /** Rows and columns that are in local memory at a time. */
    static final int DEPTH = 16;

    /** Chunks whose numbers a thread of the scan asks for before it uses the first. */
    private static final int AT_ONCE = 8;

    /** Rows of a transposed slice: 16 by 2 threads store it, each pair of them to other banks. */
    private static final int PADDED = ROWS + 2;

    /** Rows of the transposed scores: 16 by 2 threads store them, each to another bank. */
    private static final int SCORES_PADDED = ROWS + 1;

    private TiledKernels() {}

    /**
     * The merge law along each segment, from a zero state: {@code local} [chunks, H, D, E] gets the
     * state before each chunk, {@code carried} [segments, H, D, E] the one after the last. A chunk
     * of n tokens turns S into {@code λ^n S + (diag(λ^(n−1−i)) K)ᵀ V}.
     *
     * <p>Groups: segments × H × ⌈D/{@value #ROWS}⌉ × ⌈E/columns⌉, the last fastest.
     */
    static void chunkStates(
            KernelContext context,
            IntArray table,
            FloatArray k,
            FloatArray v,
            FloatArray decay,
            FloatArray local,
            FloatArray carried,
            int segmentsAt,
            int heads,
            int keyDim,
            int valueDim,
            int columns,
            IntArray receipts) {
        int thread = context.localIdx;
        int ty = thread >> 4;
        int tx = thread & 15;
        int width = columns / 16;
        int valueTiles = (valueDim + columns - 1) / columns;
        int keyTiles = (keyDim + ROWS - 1) / ROWS;
        int group = context.groupIdx;
        int e0 = (group % valueTiles) * columns;
        int d0 = ((group / valueTiles) % keyTiles) * ROWS;
        int x = group / (valueTiles * keyTiles);
        int h = x % heads;
        int segment = segmentsAt + x / heads * ChunkTable.SEGMENT_FIELDS;
        int first = table.get(segment + ChunkTable.FIRST_CHUNK);
        int chunks = table.get(segment + ChunkTable.CHUNK_COUNT);
        int step = table.get(ChunkTable.TOKEN_STRIDE);
        int powers = h * DecayTable.STRIDE;
        if (group == 0 && thread == 0) {
            receipts.set(
                    Receipts.CHUNK_STATES, table.get(ChunkTable.TICKET) + context.localGroupSizeX);
        }

        float[] a = context.allocateFloatLocalArray(DEPTH * ROWS);
        float[] b = context.allocateFloatLocalArray(DEPTH * MAX_COLUMNS);
        float[] staged = new float[24];
        float[] u = new float[64];
        for (int i = 0; i < 8 * width; i++) {
            u[i] = 0f;
        }
        int keyRow = thread / ROWS;
        int keyColumn = TornadoMath.min(d0 + thread % ROWS, keyDim - 1);
        int valueRow = thread / columns;
        int valueColumn = TornadoMath.min(e0 + thread % columns, valueDim - 1);
        int corner = (d0 + ty * 8) * valueDim + e0 + tx;
        for (int c = first; c < first + chunks; c++) {
            int entry = ChunkTable.CHUNKS + c * ChunkTable.CHUNK_FIELDS;
            int tokens = table.get(entry + ChunkTable.TOKENS);
            int row =
                    table.get(entry + ChunkTable.ROW)
                            + h * table.get(entry + ChunkTable.HEAD_STRIDE);
            float fade = decay.get(powers + DecayTable.FADE + tokens);
            float keep = decay.get(powers + DecayTable.KEEP + tokens);
            int to = (c * heads + h) * keyDim * valueDim + corner;
            for (int i = 0; i < 8; i++) {
                for (int j = 0; j < width; j++) {
                    if (d0 + ty * 8 + i < keyDim && e0 + tx + j * 16 < valueDim) {
                        local.set(to + i * valueDim + j * 16, u[i * width + j]);
                    }
                    u[i * width + j] = keep * u[i * width + j] + fade * u[i * width + j];
                }
            }
            for (int t0 = 0; t0 < tokens; t0 += DEPTH) {
                for (int i = 0; i < 8; i++) {
                    int t = t0 + keyRow + i * (THREADS / ROWS);
                    int in = TornadoMath.min(t, tokens - 1);
                    float power = decay.get(powers + tokens - 1 - in);
                    if (t > in) {
                        power = 0f;
                    }
                    staged[i] = k.get((row + in * step) * keyDim + keyColumn) * power;
                }
                for (int i = 0; i < 2 * width; i++) {
                    int t = t0 + valueRow + i * (THREADS / columns);
                    int in = TornadoMath.min(t, tokens - 1);
                    staged[8 + i] = v.get((row + in * step) * valueDim + valueColumn);
                }
                context.localBarrier();
                for (int i = 0; i < 8; i++) {
                    a[thread + i * THREADS] = staged[i];
                }
                for (int i = 0; i < 2 * width; i++) {
                    b[thread + i * THREADS] = staged[8 + i];
                }
                context.localBarrier();
                for (int t = 0; t < DEPTH; t++) {
                    for (int i = 0; i < 8; i++) {
                        float ai = a[t * ROWS + ty * 8 + i];
                        for (int j = 0; j < width; j++) {
                            u[i * width + j] += ai * b[t * columns + tx + j * 16];
                        }
                    }
                }
            }
        }
        if (chunks > 0) {
            int to = x * keyDim * valueDim + corner;
            for (int i = 0; i < 8; i++) {
                for (int j = 0; j < width; j++) {
                    if (d0 + ty * 8 + i < keyDim && e0 + tx + j * 16 < valueDim) {
                        carried.set(to + i * valueDim + j * 16, u[i * width + j]);
                    }
                }
            }
        }
    }

    /**
     * The merge law along each sequence: {@code carried} gets the state before each segment in
     * place of what the segment adds, and {@code state} [R, H, D, E] goes from initial to final.
     * One thread an element; {@value #AT_ONCE} segments are on their way from memory at a time.
     */
    static void scan(
            KernelContext context,
            IntArray table,
            FloatArray decay,
            FloatArray carried,
            FloatArray state,
            int segmentsAt,
            int sequencesAt,
            int heads,
            int stateSize,
            int elements,
            IntArray receipts) {
        int x = context.globalIdx;
        if (x == 0) {
            receipts.set(Receipts.SCAN, table.get(ChunkTable.TICKET) + context.localGroupSizeX);
        }
        if (x < elements) {
            int stream = x / stateSize;
            int h = stream % heads;
            int sequence = sequencesAt + (stream / heads) * ChunkTable.SEQUENCE_FIELDS;
            int first = table.get(sequence + ChunkTable.FIRST_SEGMENT);
            int segments = table.get(sequence + ChunkTable.SEGMENT_COUNT);
            int fades = h * DecayTable.STRIDE + DecayTable.FADE;
            int keeps = h * DecayTable.STRIDE + DecayTable.KEEP;
            float s = state.get(x);
            int pitch = heads * stateSize;
            int at = (first * heads + h) * stateSize + x % stateSize;
            float[] u = new float[AT_ONCE];
            for (int c = 0; c < segments; c += AT_ONCE) {
                for (int i = 0; i < AT_ONCE; i++) {
                    u[i] = carried.get(at + TornadoMath.min(c + i, segments - 1) * pitch);
                }
                for (int i = 0; i < AT_ONCE; i++) {
                    if (c + i < segments) {
                        int segment = segmentsAt + (first + c + i) * ChunkTable.SEGMENT_FIELDS;
                        int full =
                                DecayTable.CHUNKS + table.get(segment + ChunkTable.CHUNK_COUNT) - 1;
                        int last = table.get(segment + ChunkTable.LAST_TOKENS);
                        carried.set(at + (c + i) * pitch, s);
                        s = decay.get(keeps + full) * s + decay.get(fades + full) * s;
                        s = decay.get(keeps + last) * s + (decay.get(fades + last) * s + u[i]);
                    }
                }
            }
            state.set(x, s);
        }
    }

    /**
     * The rows of a chunk: {@code O = c · (diag(λ^(i+1)) Q S + ((Q Kᵀ) ⊙ A) V)} with S the state
     * before the chunk: what its segment has added so far, and the state before the segment, faded
     * by the chunks between.
     *
     * <p>Groups: chunks × H × ⌈E/columns⌉, the last fastest.
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
        float[] ps = context.allocateFloatLocalArray(ROWS * SCORES_PADDED);
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

        int segment = table.get(entry + ChunkTable.SEGMENT) * heads + h;
        float since = decay.get(powers + DecayTable.CHUNKS + table.get(entry + ChunkTable.BEFORE));

        // Q S and Q Kᵀ, from one pass over Q.
        int depth = keyDim;
        if (tokens == 0) {
            depth = 0;
        }
        for (int d0 = 0; d0 < depth; d0 += DEPTH) {
            int d = d0 + thread % DEPTH;
            int keyColumn = TornadoMath.min(d, keyDim - 1);
            for (int i = 0; i < 8; i++) {
                int in = TornadoMath.min(thread / DEPTH + i * (THREADS / DEPTH), tokens - 1);
                int at = (row + in * step) * keyDim + keyColumn;
                float qi = q.get(at);
                if (d > keyColumn) {
                    qi = 0f;
                }
                staged[i] = qi;
                staged[8 + i] = k.get(at);
            }
            for (int i = 0; i < 2 * width; i++) {
                int in = TornadoMath.min(d0 + valueRow + i * (THREADS / columns), keyDim - 1);
                int at = in * valueDim + valueColumn;
                staged[16 + i] =
                        local.get(stream * keyDim * valueDim + at)
                                + since * carried.get(segment * keyDim * valueDim + at);
            }
            context.localBarrier();
            for (int i = 0; i < 8; i++) {
                int to = (thread % DEPTH) * PADDED + thread / DEPTH + i * (THREADS / DEPTH);
                qs[to] = staged[i];
                ks[to] = staged[8 + i];
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
                ps[(tx + j * 16) * SCORES_PADDED + ty * 8 + i] = x;
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
                            float pi = ps[(t0 + half + t) * SCORES_PADDED + ty * 8 + i];
                            for (int j = 0; j < width; j++) {
                                out[i * width + j] += pi * b[(half + t) * columns + tx + j * 16];
                            }
                        }
                    }
                }
                if (diagonal == 0) {
                    for (int t = 0; t < 8; t++) {
                        for (int i = t; i < 8; i++) {
                            float pi = ps[(t0 + half + t) * SCORES_PADDED + ty * 8 + i];
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
