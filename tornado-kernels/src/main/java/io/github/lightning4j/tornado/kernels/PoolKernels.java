package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Appends to the slots of a pool as plain loops, correct on any device; {@link PoolAttention} has
 * scores and outputs for GPUs. Prefill and decode are the same steps over blocks of at most {@value
 * PoolTable#TOKENS} tokens, which end at multiples of that many tokens of the sequence, so that the
 * bits of a state do not depend on how its tokens were cut into appends:
 *
 * <pre>
 *   enter     φ(q) in place; φ(k) and v go to the rows of their block
 *   scores    P = (Q Kᵀ) ⊙ A of the new tokens with all of their block
 *   states    S before each further block: S ← λ^n S + (diag(λ^(n−1−i)) K)ᵀ V
 *   outputs   o = c λ^(i+1) q S + c P V: S is read and not written
 *   keep      the blocks that stay go from scratch to the places of their slots
 * </pre>
 *
 * <p>Arrays by place: {@code states} [places, H, D, E], {@code keys} [places, H, D, 32], {@code
 * values} [places, H, 32, E]. The {@linkplain PoolTable table} says what is where. q, k and v of
 * the new tokens come as {@link PoolRows}.
 */
public final class PoolKernels {
    /** φ(q) takes the place of q. */
    public static final int IN_PLACE = 1;

    /** q stays as it is. */
    public static final int AS_IT_IS = 0;

    /** Rows of S that a thread folds, of one column. */
    public static final int STRIP = 8;

    private static final int TOKENS = PoolTable.TOKENS;

    private PoolKernels() {}

    /**
     * The first step.
     *
     * @param rows q, k and v, as {@link PoolRows} has them
     * @param stagedRows how many of each there is room for
     * @param width the larger of D and E
     * @param queries {@link #IN_PLACE} or {@link #AS_IT_IS}
     */
    public static void enter(
            IntArray table,
            FloatArray rows,
            FloatArray keys,
            FloatArray values,
            int stagedRows,
            int streams,
            int heads,
            int keyDim,
            int valueDim,
            int width,
            int featureMap,
            int queries,
            int receipt,
            IntArray receipts) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int x = 0; x < width; x++) {
                if (stream == 0 && x == 0) {
                    receipts.set(receipt, table.get(PoolTable.TICKET));
                }
                int h = stream % heads;
                int block = stream / heads;
                int entry = PoolTable.FIRST + block * PoolTable.BLOCK_FIELDS;
                if (block < table.get(PoolTable.BLOCKS)) {
                    int old = table.get(entry + PoolTable.OLD);
                    int count = table.get(entry + PoolTable.COUNT);
                    int staged =
                            table.get(entry + PoolTable.STAGED)
                                    + h * table.get(entry + PoolTable.HEAD_STRIDE);
                    int step = table.get(entry + PoolTable.TOKEN_STRIDE);
                    int home = table.get(entry + PoolTable.PLACE) * heads + h;
                    for (int i = old; i < count; i++) {
                        int row = staged + (i - old) * step;
                        if (x < keyDim) {
                            int at = row * keyDim + x;
                            if (queries == IN_PLACE) {
                                rows.set(at, FeatureKernels.phi(rows.get(at), featureMap));
                            }
                            keys.set(
                                    (home * keyDim + x) * TOKENS + i,
                                    FeatureKernels.phi(
                                            rows.get(PoolRows.keys(stagedRows, keyDim) + at),
                                            featureMap));
                        }
                        if (x < valueDim) {
                            values.set(
                                    (home * TOKENS + i) * valueDim + x,
                                    rows.get(
                                            PoolRows.values(stagedRows, keyDim)
                                                    + row * valueDim
                                                    + x));
                        }
                    }
                }
            }
        }
    }

    /** {@code scores} [staged rows, 32]: λ^(i−j) φ(q_i) · φ(k_j), for j ≤ i. */
    public static void scores(
            IntArray table,
            FloatArray rows,
            FloatArray keys,
            FloatArray decay,
            FloatArray scores,
            int streams,
            int heads,
            int keyDim,
            int receipt,
            IntArray receipts) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int j = 0; j < TOKENS; j++) {
                if (stream == 0 && j == 0) {
                    receipts.set(receipt, table.get(PoolTable.TICKET));
                    receipts.set(Seals.DECAY, (int) decay.get(heads * DecayTable.STRIDE));
                }
                int h = stream % heads;
                int block = stream / heads;
                int entry = PoolTable.FIRST + block * PoolTable.BLOCK_FIELDS;
                int count = table.get(entry + PoolTable.COUNT);
                if (block < table.get(PoolTable.BLOCKS) && j < count) {
                    int old = table.get(entry + PoolTable.OLD);
                    int staged =
                            table.get(entry + PoolTable.STAGED)
                                    + h * table.get(entry + PoolTable.HEAD_STRIDE);
                    int step = table.get(entry + PoolTable.TOKEN_STRIDE);
                    int home = table.get(entry + PoolTable.PLACE) * heads + h;
                    for (int i = old; i < count; i++) {
                        if (j <= i) {
                            int query = staged + (i - old) * step;
                            float dot = 0f;
                            for (int d = 0; d < keyDim; d++) {
                                dot +=
                                        rows.get(query * keyDim + d)
                                                * keys.get((home * keyDim + d) * TOKENS + j);
                            }
                            float power = decay.get(h * DecayTable.STRIDE + i - j);
                            scores.set(query * TOKENS + j, power * dot);
                        }
                    }
                }
            }
        }
    }

    /**
     * S of every block but the first of each row, which is where it was.
     *
     * @param strips rows that there is room for, times H, times D over {@value #STRIP}
     */
    public static void states(
            IntArray table,
            FloatArray keys,
            FloatArray values,
            FloatArray decay,
            FloatArray states,
            int strips,
            int rowsAt,
            int heads,
            int keyDim,
            int valueDim,
            int receipt,
            IntArray receipts) {
        for (@Parallel int x = 0; x < strips; x++) {
            for (@Parallel int e = 0; e < valueDim; e++) {
                if (x == 0 && e == 0) {
                    receipts.set(receipt, table.get(PoolTable.TICKET));
                    receipts.set(Seals.DECAY, (int) decay.get(heads * DecayTable.STRIDE));
                }
                int stream = x / strips(keyDim);
                int h = stream % heads;
                int row = rowsAt + stream / heads * PoolTable.ROW_FIELDS;
                if (stream / heads < table.get(PoolTable.ROWS)) {
                    int folds = table.get(row + PoolTable.FOLDS);
                    int begin =
                            PoolTable.FIRST
                                    + table.get(row + PoolTable.FIRST_BLOCK)
                                            * PoolTable.BLOCK_FIELDS;
                    int home = table.get(begin + PoolTable.PLACE) * heads + h;
                    int first = x % strips(keyDim) * STRIP;
                    int end = TornadoMath.min(first + STRIP, keyDim);
                    for (int d = first; d < end; d++) {
                        float s = states.get((home * keyDim + d) * valueDim + e);
                        for (int b = 0; b < folds; b++) {
                            int entry = begin + b * PoolTable.BLOCK_FIELDS;
                            int n = table.get(entry + PoolTable.COUNT);
                            int from = table.get(entry + PoolTable.PLACE) * heads + h;
                            s =
                                    folded(
                                            s,
                                            keys,
                                            (from * keyDim + d) * TOKENS,
                                            values,
                                            from * TOKENS * valueDim + e,
                                            valueDim,
                                            decay,
                                            h * DecayTable.STRIDE,
                                            n);
                            int there = table.get(entry + PoolTable.NEXT) * heads + h;
                            states.set((there * keyDim + d) * valueDim + e, s);
                        }
                    }
                }
            }
        }
    }

    /** Strips of a state. */
    public static int strips(int keyDim) {
        return (keyDim + STRIP - 1) / STRIP;
    }

    /**
     * An element of {@code λ^n S + (diag(λ^(n−1−i)) K)ᵀ V}.
     *
     * @param key where its row of Kᵀ begins
     * @param value where its column of V begins
     * @param powers where the powers of λ begin
     * @param n tokens, more than 0
     */
    static float folded(
            float s,
            FloatArray keys,
            int key,
            FloatArray values,
            int value,
            int valueDim,
            FloatArray decay,
            int powers,
            int n) {
        float u = 0f;
        for (int i = 0; i < n; i++) {
            u +=
                    decay.get(powers + n - 1 - i)
                            * keys.get(key + i)
                            * values.get(value + i * valueDim);
        }
        float fade = decay.get(powers + DecayTable.FADE + n);
        float keep = decay.get(powers + DecayTable.KEEP + n);
        return keep * s + (fade * s + u);
    }

    /** o of the new tokens. */
    public static void outputs(
            IntArray table,
            FloatArray rows,
            FloatArray values,
            FloatArray decay,
            FloatArray states,
            FloatArray scores,
            FloatArray o,
            int streams,
            int heads,
            int keyDim,
            int valueDim,
            float scale,
            int receipt,
            IntArray receipts) {
        for (@Parallel int stream = 0; stream < streams; stream++) {
            for (@Parallel int e = 0; e < valueDim; e++) {
                if (stream == 0 && e == 0) {
                    receipts.set(receipt, table.get(PoolTable.TICKET));
                }
                int h = stream % heads;
                int block = stream / heads;
                int entry = PoolTable.FIRST + block * PoolTable.BLOCK_FIELDS;
                if (block < table.get(PoolTable.BLOCKS)) {
                    int old = table.get(entry + PoolTable.OLD);
                    int count = table.get(entry + PoolTable.COUNT);
                    int staged =
                            table.get(entry + PoolTable.STAGED)
                                    + h * table.get(entry + PoolTable.HEAD_STRIDE);
                    int step = table.get(entry + PoolTable.TOKEN_STRIDE);
                    int home = table.get(entry + PoolTable.PLACE) * heads + h;
                    for (int i = old; i < count; i++) {
                        int query = staged + (i - old) * step;
                        float read = 0f;
                        for (int d = 0; d < keyDim; d++) {
                            read +=
                                    rows.get(query * keyDim + d)
                                            * states.get((home * keyDim + d) * valueDim + e);
                        }
                        float added = 0f;
                        for (int j = 0; j <= i; j++) {
                            added +=
                                    scores.get(query * TOKENS + j)
                                            * values.get((home * TOKENS + j) * valueDim + e);
                        }
                        float power = decay.get(h * DecayTable.STRIDE + i + 1);
                        o.set(query * valueDim + e, scale * (power * read + added));
                    }
                }
            }
        }
    }

    /** Copies places: S, and the rows that there are. */
    public static void keep(
            IntArray table,
            FloatArray keys,
            FloatArray values,
            FloatArray states,
            int moveStreams,
            int movesAt,
            int heads,
            int keyDim,
            int valueDim,
            int receipt,
            IntArray receipts) {
        for (@Parallel int x = 0; x < moveStreams; x++) {
            for (@Parallel int e = 0; e < valueDim; e++) {
                if (x == 0 && e == 0) {
                    receipts.set(receipt, table.get(PoolTable.TICKET));
                }
                int h = x % heads;
                int move = movesAt + x / heads * PoolTable.MOVE_FIELDS;
                if (x / heads < table.get(PoolTable.MOVES)) {
                    int from = table.get(move + PoolTable.FROM) * heads + h;
                    int to = table.get(move + PoolTable.TO) * heads + h;
                    int rows = table.get(move + PoolTable.MOVED);
                    for (int d = 0; d < keyDim; d++) {
                        states.set(
                                (to * keyDim + d) * valueDim + e,
                                states.get((from * keyDim + d) * valueDim + e));
                    }
                    for (int i = 0; i < rows; i++) {
                        values.set(
                                (to * TOKENS + i) * valueDim + e,
                                values.get((from * TOKENS + i) * valueDim + e));
                    }
                    for (int d = e; d < keyDim; d += valueDim) {
                        for (int i = 0; i < rows; i++) {
                            keys.set(
                                    (to * keyDim + d) * TOKENS + i,
                                    keys.get((from * keyDim + d) * TOKENS + i));
                        }
                    }
                }
            }
        }
    }
}
