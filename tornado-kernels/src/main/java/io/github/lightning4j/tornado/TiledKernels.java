package io.github.lightning4j.tornado;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The states of the chunk-parallel forward pass for GPUs, and what all tiled kernels share: every
 * product is a tile of {@value #ROWS} rows and 64 or 128 columns held in the registers of one group
 * of {@value #THREADS} threads, fed from local memory in slices of {@value #DEPTH}, or of {@value
 * #SLICE} where the next one is on its way from memory while one is used.
 *
 * <p>Thread (ty, tx), ty = 0 … 7 and tx = 0 … 15, owns the rows ty·8 … ty·8+7 of the tile and the
 * columns tx, tx+16, tx+32 …, so that neighbours read neighbouring banks of local memory and write
 * neighbouring columns of the result.
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

    /** Rows of a slice of which local memory holds two: one is used while the other fills. */
    static final int SLICE = 8;

    /** Chunks whose numbers a thread of the scan asks for before it uses the first. */
    private static final int AT_ONCE = 8;

    private TiledKernels() {}

    /** The row or column d of a dimension, or the last one beyond it. */
    static int within(int d, int dim) {
        int in = d;
        if (dim % DEPTH != 0) {
            in = TornadoMath.min(d, dim - 1);
        }
        return in;
    }

    /**
     * Where column c of a slice stands in local memory so that what a thread needs of a row are
     * groups of four neighbours, which a compiler reads in one instruction each. Worth a twentieth
     * of {@link #chunkStates}; {@link TiledOutputs} gets slower by it.
     */
    static int place(int c) {
        return c / 64 * 64 + c % 16 * 4 + c % 64 / 16;
    }

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
        int near = tx * 4;
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

        float[] a = context.allocateFloatLocalArray(2 * SLICE * ROWS);
        float[] b = context.allocateFloatLocalArray(2 * SLICE * MAX_COLUMNS);
        float[] staged = new float[16];
        float[] u = new float[64];
        for (int i = 0; i < 8 * width; i++) {
            u[i] = 0f;
        }
        int keyRow = thread / ROWS;
        int keyColumn = TornadoMath.min(d0 + thread % ROWS, keyDim - 1);
        int valueRow = thread / columns;
        int valueColumn = TornadoMath.min(e0 + thread % columns, valueDim - 1);
        int valuePlace = valueRow * columns + place(thread % columns);
        int corner = (d0 + ty * 8) * valueDim + e0 + tx;
        for (int c = first; c < first + chunks; c++) {
            int entry = ChunkTable.CHUNKS + c * ChunkTable.CHUNK_FIELDS;
            int tokens = table.get(entry + ChunkTable.TOKENS);
            int row =
                    table.get(entry + ChunkTable.ROW)
                            + h * table.get(entry + ChunkTable.HEAD_STRIDE);
            int last = TornadoMath.max(tokens - 1, 0);
            float fade = decay.get(powers + DecayTable.FADE + tokens);
            float keep = decay.get(powers + DecayTable.KEEP + tokens);
            for (int i = 0; i < 4; i++) {
                int in = TornadoMath.min(keyRow + i * (THREADS / ROWS), last);
                staged[i] = k.get((row + in * step) * keyDim + keyColumn);
                staged[4 + i] = decay.get(powers + last - in);
            }
            for (int i = 0; i < width; i++) {
                int in = TornadoMath.min(valueRow + i * (THREADS / columns), last);
                staged[8 + i] = v.get((row + in * step) * valueDim + valueColumn);
            }
            int to = (c * heads + h) * keyDim * valueDim + corner;
            for (int i = 0; i < 8; i++) {
                for (int j = 0; j < width; j++) {
                    if (d0 + ty * 8 + i < keyDim && e0 + tx + j * 16 < valueDim) {
                        local.set(to + i * valueDim + j * 16, u[i * width + j]);
                    }
                    u[i * width + j] = keep * u[i * width + j] + fade * u[i * width + j];
                }
            }
            context.localBarrier();
            for (int t0 = 0; t0 < tokens; t0 += SLICE) {
                int as = t0 / SLICE % 2 * SLICE * ROWS;
                int bs = t0 / SLICE % 2 * SLICE * columns;
                for (int i = 0; i < 4; i++) {
                    float power = staged[4 + i];
                    if (t0 + keyRow + i * (THREADS / ROWS) >= tokens) {
                        power = 0f;
                    }
                    a[as + thread + i * THREADS] = staged[i] * power;
                }
                for (int i = 0; i < width; i++) {
                    b[bs + valuePlace + i * THREADS] = staged[8 + i];
                }
                context.localBarrier();
                int next = t0 + SLICE;
                for (int i = 0; i < 4; i++) {
                    int in = TornadoMath.min(next + keyRow + i * (THREADS / ROWS), last);
                    staged[i] = k.get((row + in * step) * keyDim + keyColumn);
                    staged[4 + i] = decay.get(powers + last - in);
                }
                for (int i = 0; i < width; i++) {
                    int in = TornadoMath.min(next + valueRow + i * (THREADS / columns), last);
                    staged[8 + i] = v.get((row + in * step) * valueDim + valueColumn);
                }
                for (int t2 = 0; t2 < SLICE; t2 += 2) {
                    for (int t = t2; t < t2 + 2; t++) {
                        for (int i = 0; i < 8; i++) {
                            float ai = a[as + t * ROWS + ty * 8 + i];
                            for (int j = 0; j < width; j++) {
                                u[i * width + j] +=
                                        ai * b[bs + t * columns + near + j / 4 * 64 + j % 4];
                            }
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
     *
     * @param transposed D where {@code carried} holds transposes [segments, H, E, D], else 0
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
            int transposed,
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
            int place = x;
            if (transposed > 0) {
                int y = x % stateSize;
                place = x - y + y % transposed * (stateSize / transposed) + y / transposed;
            }
            float s = state.get(place);
            int pitch = heads * stateSize;
            int at = (first * heads + h) * stateSize + x % stateSize;
            float[] u = new float[AT_ONCE];
            float[] keep = new float[AT_ONCE];
            float[] fade = new float[AT_ONCE];
            for (int c = 0; c < segments; c += AT_ONCE) {
                for (int i = 0; i < AT_ONCE; i++) {
                    int in = TornadoMath.min(c + i, segments - 1);
                    int segment = segmentsAt + (first + in) * ChunkTable.SEGMENT_FIELDS;
                    int full = DecayTable.CHUNKS + table.get(segment + ChunkTable.CHUNK_COUNT) - 1;
                    int last = table.get(segment + ChunkTable.LAST_TOKENS);
                    float keepFull = decay.get(keeps + full);
                    float keepLast = decay.get(keeps + last);
                    float fadeFull = decay.get(fades + full);
                    float fadeLast = decay.get(fades + last);
                    u[i] = carried.get(at + in * pitch);
                    keep[i] = keepFull * keepLast;
                    fade[i] = keepFull * fadeLast + (fadeFull * keepLast + fadeFull * fadeLast);
                }
                for (int i = 0; i < AT_ONCE; i++) {
                    if (c + i < segments) {
                        carried.set(at + (c + i) * pitch, s);
                        s = keep[i] * s + (fade[i] * s + u[i]);
                    }
                }
            }
            state.set(place, s);
        }
    }
}
