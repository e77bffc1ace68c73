package io.github.lightning4j.tornado.kernels;

import static io.github.lightning4j.tornado.kernels.Tile.MAX_COLUMNS;
import static io.github.lightning4j.tornado.kernels.Tile.ROWS;
import static io.github.lightning4j.tornado.kernels.Tile.SLICE;
import static io.github.lightning4j.tornado.kernels.Tile.THREADS;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The states of the chunk-parallel passes for GPUs and their gradients, which are the same with
 * time reversed, in the tiles and by the rules of {@link Tile}.
 *
 * <p>A chunk costs 2·L·D·E operations and reads K and V, L·(D+E) floats; D·E floats are written.
 */
public final class TiledStates {
    /** Chunks whose numbers a thread of the scan loads before it uses the first. */
    private static final int AT_ONCE = 8;

    private TiledStates() {}

    /**
     * The merge law along each segment, from a zero state: {@code local} [chunks, H, D, E] gets the
     * state before each chunk but the first, where it is zero and is not read; {@code carried}
     * [segments, H, D, E] gets the state after the last. A chunk of n tokens turns S into {@code
     * λ^n S + x (diag(λ^(n−1−i+s)) K)ᵀ V}, with s = 0 forwards and 1 backwards.
     *
     * <p>Groups: segments × H × ⌈D/{@value Tile#ROWS}⌉ × ⌈E/columns⌉, the last fastest.
     *
     * @param factor x
     */
    public static void chunkStates(
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
            int direction,
            float factor,
            int receipt,
            IntArray receipts) {
        int thread = context.localIdx;
        int ty = thread >> 4;
        int tx = thread & 15;
        int near = tx * 4;
        int columns = Tile.columns(valueDim);
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
        int step = Direction.step(table, direction);
        int powers = h * DecayTable.STRIDE;
        if (group == 0 && thread == 0) {
            receipts.set(receipt, table.get(ChunkTable.TICKET) + context.localGroupSizeX);
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
        int valuePlace = valueRow * columns + Tile.place(thread % columns);
        int corner = (d0 + ty * 8) * valueDim + e0 + tx;
        int start = TornadoMath.max(Direction.inTurn(first, chunks, 0, direction), 0);
        int entry = ChunkTable.CHUNKS + start * ChunkTable.CHUNK_FIELDS;
        int tokens = table.get(entry + ChunkTable.TOKENS);
        int row = Direction.row(table, entry, h, direction);
        int last = TornadoMath.max(tokens - 1, 0);
        Tile.ask(staged, 0, 4, k, keyDim, keyColumn, row, step, keyRow, THREADS / ROWS, last);
        Tile.ask(
                staged,
                8,
                width,
                v,
                valueDim,
                valueColumn,
                row,
                step,
                valueRow,
                THREADS / columns,
                last);
        for (int i = 0; i < 4; i++) {
            int in = TornadoMath.min(keyRow + i * (THREADS / ROWS), last);
            staged[4 + i] = decay.get(powers + Direction.inState(last + 1, in, direction));
        }
        for (int turn = 0; turn < chunks; turn++) {
            int c = Direction.inTurn(first, chunks, turn, direction);
            int nextTurn = TornadoMath.min(turn + 1, chunks - 1);
            int following =
                    ChunkTable.CHUNKS
                            + Direction.inTurn(first, chunks, nextTurn, direction)
                                    * ChunkTable.CHUNK_FIELDS;
            int followingTokens = table.get(following + ChunkTable.TOKENS);
            int followingRow = Direction.row(table, following, h, direction);
            float fade = decay.get(powers + DecayTable.FADE + tokens);
            float keep = decay.get(powers + DecayTable.KEEP + tokens);
            int to = (c * heads + h) * keyDim * valueDim + corner;
            if (turn > 0) {
                for (int i = 0; i < 8; i++) {
                    for (int j = 0; j < width; j++) {
                        if (d0 + ty * 8 + i < keyDim && e0 + tx + j * 16 < valueDim) {
                            local.set(to + i * valueDim + j * 16, u[i * width + j]);
                        }
                    }
                }
            }
            for (int i = 0; i < 8 * width; i++) {
                u[i] = keep * u[i] + fade * u[i];
            }
            context.localBarrier();
            for (int t0 = 0; t0 < tokens; t0 += SLICE) {
                int as = t0 / SLICE % 2 * SLICE * ROWS;
                int bs = t0 / SLICE % 2 * SLICE * columns;
                for (int i = 0; i < 4; i++) {
                    float power = factor * staged[4 + i];
                    if (t0 + keyRow + i * (THREADS / ROWS) >= tokens) {
                        power = 0f;
                    }
                    a[as + thread + i * THREADS] = staged[i] * power;
                }
                for (int i = 0; i < width; i++) {
                    b[bs + valuePlace + i * THREADS] = staged[8 + i];
                }
                int next = t0 + SLICE;
                int from = row;
                int bound = last;
                if (next >= tokens) {
                    next = 0;
                    from = followingRow;
                    bound = followingTokens - 1;
                }
                Tile.ask(
                        staged,
                        0,
                        4,
                        k,
                        keyDim,
                        keyColumn,
                        from,
                        step,
                        next + keyRow,
                        THREADS / ROWS,
                        bound);
                Tile.ask(
                        staged,
                        8,
                        width,
                        v,
                        valueDim,
                        valueColumn,
                        from,
                        step,
                        next + valueRow,
                        THREADS / columns,
                        bound);
                for (int i = 0; i < 4; i++) {
                    int in = TornadoMath.min(next + keyRow + i * (THREADS / ROWS), bound);
                    staged[4 + i] = decay.get(powers + Direction.inState(bound + 1, in, direction));
                }
                context.localBarrier();
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
            tokens = followingTokens;
            row = followingRow;
            last = tokens - 1;
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
     * @param sealed 1 where the ticket is to be left behind {@code state} as its {@linkplain Seals
     *     seal}, else 0
     * @param transposed D where {@code carried} holds transposes [segments, H, E, D] and no final
     *     states are wanted, else 0
     */
    public static void scan(
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
            int sealed,
            int transposed,
            int receipt,
            IntArray receipts) {
        int x = context.globalIdx;
        if (x == 0) {
            receipts.set(receipt, table.get(ChunkTable.TICKET) + context.localGroupSizeX);
            receipts.set(Seals.DECAY, (int) decay.get(heads * DecayTable.STRIDE));
            if (sealed == 1) {
                state.set(elements, table.get(ChunkTable.TICKET));
            }
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
            float s = 0f;
            if (table.get(ChunkTable.FROM_ZERO) == 0) {
                s = state.get(place);
            }
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
            if (transposed == 0) {
                state.set(place, s);
            }
        }
    }

    /**
     * The gradient of the state along each sequence, from its last segment to its first: {@code
     * carried} gets G after each segment in place of what the segment adds, and {@code gradient}
     * [R, H, D, E] goes from that of the final state to that of the initial one. One thread an
     * element; {@value #AT_ONCE} segments are on their way from memory at a time.
     *
     * <p>A twin of {@link #scan}, because one kernel for both directions costs the forward pass 86
     * instead of 39 µs on an H100 at B 4, H 32, N 4096.
     */
    public static void gradientScan(
            KernelContext context,
            IntArray table,
            FloatArray decay,
            FloatArray carried,
            FloatArray gradient,
            int segmentsAt,
            int sequencesAt,
            int heads,
            int stateSize,
            int elements,
            int receipt,
            IntArray receipts) {
        int x = context.globalIdx;
        if (x == 0) {
            receipts.set(receipt, table.get(ChunkTable.TICKET) + context.localGroupSizeX);
        }
        if (x < elements) {
            int stream = x / stateSize;
            int h = stream % heads;
            int sequence = sequencesAt + (stream / heads) * ChunkTable.SEQUENCE_FIELDS;
            int segments = table.get(sequence + ChunkTable.SEGMENT_COUNT);
            int end = table.get(sequence + ChunkTable.FIRST_SEGMENT) + segments - 1;
            int fades = h * DecayTable.STRIDE + DecayTable.FADE;
            int keeps = h * DecayTable.STRIDE + DecayTable.KEEP;
            float g = gradient.get(x);
            int pitch = heads * stateSize;
            int at = (end * heads + h) * stateSize + x % stateSize;
            float[] u = new float[AT_ONCE];
            float[] keep = new float[AT_ONCE];
            float[] fade = new float[AT_ONCE];
            for (int c = 0; c < segments; c += AT_ONCE) {
                for (int i = 0; i < AT_ONCE; i++) {
                    u[i] = carried.get(at - TornadoMath.min(c + i, segments - 1) * pitch);
                }
                for (int i = 0; i < AT_ONCE; i++) {
                    int in = TornadoMath.min(c + i, segments - 1);
                    int segment = segmentsAt + (end - in) * ChunkTable.SEGMENT_FIELDS;
                    int full = DecayTable.CHUNKS + table.get(segment + ChunkTable.CHUNK_COUNT) - 1;
                    int last = table.get(segment + ChunkTable.LAST_TOKENS);
                    float keepFull = decay.get(keeps + full);
                    float keepLast = decay.get(keeps + last);
                    float fadeFull = decay.get(fades + full);
                    float fadeLast = decay.get(fades + last);
                    keep[i] = keepFull * keepLast;
                    fade[i] = keepFull * fadeLast + (fadeFull * keepLast + fadeFull * fadeLast);
                }
                for (int i = 0; i < AT_ONCE; i++) {
                    if (c + i < segments) {
                        carried.set(at - (c + i) * pitch, g);
                        g = keep[i] * g + (fade[i] * g + u[i]);
                    }
                }
            }
            gradient.set(x, g);
        }
    }
}
