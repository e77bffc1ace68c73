package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * {@link PoolKernels} in groups of threads, for GPUs: {@link #scores}, {@link #outputs} and {@link
 * #states}. Where every row has one token, scores are the first step too.
 *
 * <p>A token is computed by the same instructions whether it came alone or among others, so its
 * bits do not depend on that. Loops over D take its value from the table: a compiler that knows it
 * unrolls them, and their loads then need so many registers that a multiprocessor has one group.
 */
public final class PoolAttention {
    /** Threads of a group. */
    public static final int THREADS = 256;

    private static final int TOKENS = PoolTable.TOKENS;

    /** Rows of S, or of Kᵀ, that are read at a time. */
    private static final int DEPTH = 128;

    /** Threads that share a score, and rows of each. */
    private static final int SLICES = THREADS / TOKENS;

    private static final int SLICE = DEPTH / SLICES;

    /** Columns of a group of {@link #outputs}, threads that share one, and rows of S of each. */
    private static final int NARROW = 32;

    private static final int PARTS = THREADS / NARROW;
    private static final int ROWS = 8;

    /** Rows of V of a thread. */
    private static final int VALUES = TOKENS / PARTS;

    /** Columns and rows of a group of {@link #states}, threads that share a column, their rows. */
    private static final int COLUMNS = 64;

    private static final int FOLDED = 64;
    private static final int FOLDING = THREADS / COLUMNS;
    private static final int AT_ONCE = FOLDED / FOLDING;

    /** Elements of Kᵀ that a thread copies when as many rows are folded. */
    private static final int COPIES = FOLDED * TOKENS / THREADS;

    private PoolAttention() {}

    /**
     * {@code scores} [staged rows, 32]: λ^(i−j) φ(q_i) · φ(k_j) of the new tokens i of each block,
     * for j ≤ i. Where every row has one token, its key and value go to their places.
     *
     * <p>Groups: blocks × H, the last fastest.
     *
     * @param rows q, k and v, as {@link PoolRows} has them
     * @param stagedRows how many of each there is room for
     */
    public static void scores(
            KernelContext context,
            IntArray table,
            FloatArray rows,
            FloatArray keys,
            FloatArray values,
            FloatArray decay,
            FloatArray scores,
            int stagedRows,
            int heads,
            int keyDim,
            int valueDim,
            int featureMap,
            int receipt,
            IntArray receipts) {
        int thread = context.localIdx;
        int group = context.groupIdx;
        int h = group % heads;
        int block = group / heads;
        int j = thread % TOKENS;
        int slice = thread / TOKENS;
        if (group == 0 && thread == 0) {
            receipts.set(receipt, table.get(PoolTable.TICKET) + context.localGroupSizeX);
            receipts.set(Seals.ROWS, (int) rows.get(PoolRows.seal(stagedRows, keyDim, valueDim)));
            receipts.set(Seals.DECAY, (int) decay.get(heads * DecayTable.STRIDE));
        }
        int keysAt = PoolRows.keys(stagedRows, keyDim);
        int valuesAt = PoolRows.values(stagedRows, keyDim);
        float[] sums = context.allocateFloatLocalArray(THREADS);
        int entry = PoolTable.FIRST + block * PoolTable.BLOCK_FIELDS;
        int old = table.get(entry + PoolTable.OLD);
        int count = table.get(entry + PoolTable.COUNT);
        if (block >= table.get(PoolTable.BLOCKS)) {
            count = old;
        }
        int staged =
                table.get(entry + PoolTable.STAGED) + h * table.get(entry + PoolTable.HEAD_STRIDE);
        int stride = table.get(entry + PoolTable.TOKEN_STRIDE);
        int home = table.get(entry + PoolTable.PLACE) * heads + h;
        int depth = table.get(PoolTable.DEPTH);
        for (int i = old; i < count; i++) {
            int row = staged + (i - old) * stride;
            float dot = 0f;
            for (int d0 = slice * SLICE; d0 < depth; d0 += DEPTH) {
                if (j < i) {
                    for (int u = 0; u < SLICE; u++) {
                        int d = d0 + u;
                        if (d < depth) {
                            dot +=
                                    FeatureKernels.phi(rows.get(row * keyDim + d), featureMap)
                                            * keys.get((home * keyDim + d) * TOKENS + j);
                        }
                    }
                }
                if (j == i) {
                    for (int u = 0; u < SLICE; u++) {
                        int d = d0 + u;
                        if (d < depth) {
                            dot +=
                                    FeatureKernels.phi(rows.get(row * keyDim + d), featureMap)
                                            * FeatureKernels.phi(
                                                    rows.get(keysAt + row * keyDim + d),
                                                    featureMap);
                        }
                    }
                }
            }
            sums[thread] = dot;
            if (table.get(PoolTable.STEP) == 1) {
                for (int d = thread; d < depth; d += THREADS) {
                    keys.set(
                            (home * keyDim + d) * TOKENS + i,
                            FeatureKernels.phi(rows.get(keysAt + row * keyDim + d), featureMap));
                }
                for (int e = thread; e < valueDim; e += THREADS) {
                    values.set(
                            (home * TOKENS + i) * valueDim + e,
                            rows.get(valuesAt + row * valueDim + e));
                }
            }
            context.localBarrier();
            if (thread <= i) {
                float sum = 0f;
                for (int u = 0; u < SLICES; u++) {
                    sum += sums[u * TOKENS + thread];
                }
                float power = decay.get(h * DecayTable.STRIDE + i - thread);
                scores.set(row * TOKENS + thread, power * sum);
            }
            context.localBarrier();
        }
    }

    /** Groups of {@link #outputs} for so many blocks. */
    public static int outputGroups(int blocks, int heads, int valueDim) {
        return blocks * heads * ((valueDim + NARROW - 1) / NARROW);
    }

    /**
     * {@code o_i = c (λ^(i+1) φ(q_i) S + Σ_{j ≤ i} P_ij v_j)} of the new tokens i of each block,
     * with the {@link #scores} P.
     *
     * <p>Groups: blocks × H × ⌈E/{@value #NARROW}⌉, the last fastest.
     *
     * @param rows q, k and v, as {@link PoolRows} has them
     * @param stagedRows how many of each there is room for, and of o
     */
    public static void outputs(
            KernelContext context,
            IntArray table,
            FloatArray rows,
            FloatArray values,
            FloatArray decay,
            FloatArray states,
            FloatArray scores,
            FloatArray o,
            int stagedRows,
            int heads,
            int keyDim,
            int valueDim,
            int featureMap,
            float scale,
            int receipt,
            IntArray receipts) {
        int thread = context.localIdx;
        int group = context.groupIdx;
        int tiles = (valueDim + NARROW - 1) / NARROW;
        int h = group / tiles % heads;
        int block = group / tiles / heads;
        int e = group % tiles * NARROW + thread % NARROW;
        int part = thread / NARROW;
        int column = TornadoMath.min(e, valueDim - 1);
        if (group == 0 && thread == 0) {
            receipts.set(receipt, table.get(PoolTable.TICKET) + context.localGroupSizeX);
            o.set(stagedRows * valueDim, rows.get(PoolRows.seal(stagedRows, keyDim, valueDim)));
        }
        float[] sums = context.allocateFloatLocalArray(THREADS);
        float[] s = new float[ROWS];
        int entry = PoolTable.FIRST + block * PoolTable.BLOCK_FIELDS;
        int old = table.get(entry + PoolTable.OLD);
        int count = table.get(entry + PoolTable.COUNT);
        if (block >= table.get(PoolTable.BLOCKS)) {
            count = old;
        }
        int staged =
                table.get(entry + PoolTable.STAGED) + h * table.get(entry + PoolTable.HEAD_STRIDE);
        int stride = table.get(entry + PoolTable.TOKEN_STRIDE);
        int home = table.get(entry + PoolTable.PLACE) * heads + h;
        int depth = table.get(PoolTable.DEPTH);
        for (int i = old; i < count; i++) {
            int row = staged + (i - old) * stride;
            float read = 0f;
            int d0 = part;
            int queryAt = row * keyDim + part;
            int stateAt = (home * keyDim + part) * valueDim + column;
            for (; d0 + (ROWS - 1) * PARTS < depth; d0 += ROWS * PARTS) {
                for (int u = 0; u < ROWS; u++) {
                    s[u] = states.get(stateAt + u * PARTS * valueDim);
                }
                for (int u = 0; u < ROWS; u++) {
                    read += FeatureKernels.phi(rows.get(queryAt + u * PARTS), featureMap) * s[u];
                }
                queryAt += ROWS * PARTS;
                stateAt += ROWS * PARTS * valueDim;
            }
            for (; d0 < depth; d0 += PARTS) {
                read += FeatureKernels.phi(rows.get(queryAt), featureMap) * states.get(stateAt);
                queryAt += PARTS;
                stateAt += PARTS * valueDim;
            }
            float added = 0f;
            for (int u = 0; u < VALUES; u++) {
                int j = part + u * PARTS;
                if (j <= i) {
                    added +=
                            scores.get(row * TOKENS + j)
                                    * values.get((home * TOKENS + j) * valueDim + column);
                }
            }
            sums[thread] = decay.get(h * DecayTable.STRIDE + i + 1) * read + added;
            context.localBarrier();
            if (part == 0 && e < valueDim) {
                float sum = 0f;
                for (int u = 0; u < PARTS; u++) {
                    sum += sums[u * NARROW + thread];
                }
                o.set(row * valueDim + e, scale * sum);
            }
            context.localBarrier();
        }
    }

    /**
     * {@link PoolKernels#states} in tiles.
     *
     * <p>Groups: rows × H × ⌈D/{@value #FOLDED}⌉ × ⌈E/{@value #COLUMNS}⌉, the last fastest.
     */
    public static void states(
            KernelContext context,
            IntArray table,
            FloatArray keys,
            FloatArray values,
            FloatArray decay,
            FloatArray states,
            int rowsAt,
            int heads,
            int keyDim,
            int valueDim,
            int receipt,
            IntArray receipts) {
        int thread = context.localIdx;
        int group = context.groupIdx;
        int tiles = columnTiles(valueDim);
        int depths = depths(keyDim);
        int h = group / tiles / depths % heads;
        int row = group / tiles / depths / heads;
        int e = group % tiles * COLUMNS + thread % COLUMNS;
        int d0 = group / tiles % depths * FOLDED;
        int part = thread / COLUMNS;
        int column = TornadoMath.min(e, valueDim - 1);
        if (group == 0 && thread == 0) {
            receipts.set(receipt, table.get(PoolTable.TICKET) + context.localGroupSizeX);
            receipts.set(Seals.DECAY, (int) decay.get(heads * DecayTable.STRIDE));
        }
        float[] ks = context.allocateFloatLocalArray(FOLDED * TOKENS);
        float[] s = new float[AT_ONCE];
        float[] vs = new float[TOKENS];
        int at = rowsAt + row * PoolTable.ROW_FIELDS;
        int entry =
                PoolTable.FIRST + table.get(at + PoolTable.FIRST_BLOCK) * PoolTable.BLOCK_FIELDS;
        int folds = table.get(at + PoolTable.FOLDS);
        if (row >= table.get(PoolTable.ROWS)) {
            folds = 0;
        }
        int powers = h * DecayTable.STRIDE;
        int first = table.get(entry + PoolTable.PLACE) * heads + h;
        if (folds > 0) {
            for (int u = 0; u < AT_ONCE; u++) {
                int d = TornadoMath.min(d0 + u * FOLDING + part, keyDim - 1);
                s[u] = states.get((first * keyDim + d) * valueDim + column);
            }
        }
        for (int b = 0; b < folds; b++) {
            int n = table.get(entry + PoolTable.COUNT);
            int home = table.get(entry + PoolTable.PLACE) * heads + h;
            int there = table.get(entry + PoolTable.NEXT) * heads + h;
            float fade = decay.get(powers + DecayTable.FADE + n);
            float keep = decay.get(powers + DecayTable.KEEP + n);
            for (int i = 0; i < TOKENS; i++) {
                int t = TornadoMath.min(i, n - 1);
                vs[i] = values.get((home * TOKENS + t) * valueDim + column);
            }
            int i = thread % TOKENS;
            for (int u = 0; u < COPIES; u++) {
                int row0 = thread / TOKENS + u * SLICES;
                int d = TornadoMath.min(d0 + row0, keyDim - 1);
                float weighted = 0f;
                if (i < n) {
                    weighted =
                            decay.get(powers + n - 1 - i)
                                    * keys.get((home * keyDim + d) * TOKENS + i);
                }
                ks[row0 * TOKENS + i] = weighted;
            }
            context.localBarrier();
            for (int u = 0; u < AT_ONCE; u++) {
                int d = d0 + u * FOLDING + part;
                float sum = 0f;
                for (int t = 0; t < TOKENS; t++) {
                    sum += ks[(u * FOLDING + part) * TOKENS + t] * vs[t];
                }
                s[u] = keep * s[u] + (fade * s[u] + sum);
                if (d < keyDim && e < valueDim) {
                    states.set((there * keyDim + d) * valueDim + e, s[u]);
                }
            }
            context.localBarrier();
            entry += PoolTable.BLOCK_FIELDS;
        }
    }

    /** Groups of {@link #states} for so many rows. */
    public static int stateGroups(int rows, int heads, int keyDim, int valueDim) {
        return rows * heads * depths(keyDim) * columnTiles(valueDim);
    }

    private static int columnTiles(int valueDim) {
        return (valueDim + COLUMNS - 1) / COLUMNS;
    }

    private static int depths(int keyDim) {
        return (keyDim + FOLDED - 1) / FOLDED;
    }
}
