package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What a place of a pool holds, to the host and back, as plain loops. Arrays by place are those of
 * {@link PoolKernels}; the {@linkplain PoolTable table} names the place.
 */
public final class PoolTransfers {
    private static final int TOKENS = PoolTable.TOKENS;

    private PoolTransfers() {}

    /**
     * The state of a place after its tokens, in {@code out} [H, D, E], with the seal of this run
     * behind it. The place does not change.
     */
    public static void read(
            IntArray table,
            FloatArray keys,
            FloatArray values,
            FloatArray decay,
            FloatArray states,
            FloatArray out,
            int heads,
            int keyDim,
            int valueDim) {
        for (@Parallel int h = 0; h < heads; h++) {
            for (@Parallel int e = 0; e < valueDim; e++) {
                if (h == 0 && e == 0) {
                    out.set(heads * keyDim * valueDim, table.get(PoolTable.TICKET));
                }
                int home = table.get(PoolTable.FIRST + PoolTable.PLACE) * heads + h;
                int n = table.get(PoolTable.FIRST + PoolTable.COUNT);
                for (int d = 0; d < keyDim; d++) {
                    float s = states.get((home * keyDim + d) * valueDim + e);
                    if (n > 0) {
                        s =
                                PoolKernels.folded(
                                        s,
                                        keys,
                                        (home * keyDim + d) * TOKENS,
                                        values,
                                        home * TOKENS * valueDim + e,
                                        valueDim,
                                        decay,
                                        h * DecayTable.STRIDE,
                                        n);
                    }
                    out.set((h * keyDim + d) * valueDim + e, s);
                }
            }
        }
    }

    /** S of a place becomes {@code in} [H, D, E], behind which is a seal that is reported. */
    public static void write(
            IntArray table,
            FloatArray in,
            FloatArray states,
            int heads,
            int stateSize,
            IntArray receipts) {
        for (@Parallel int h = 0; h < heads; h++) {
            for (@Parallel int x = 0; x < stateSize; x++) {
                if (h == 0 && x == 0) {
                    receipts.set(0, (int) in.get(heads * stateSize));
                }
                int home = table.get(PoolTable.FIRST + PoolTable.PLACE) * heads + h;
                states.set(home * stateSize + x, in.get(h * stateSize + x));
            }
        }
    }

    /**
     * Keys and values of a place, packed in {@code out}: φ(k) [H, n, D], from {@code heads · 32 ·
     * D} on v [H, n, E], and the seal of this run behind the room for both.
     */
    public static void readRows(
            IntArray table,
            FloatArray keys,
            FloatArray values,
            FloatArray out,
            int heads,
            int keyDim,
            int valueDim) {
        for (@Parallel int h = 0; h < heads; h++) {
            for (@Parallel int i = 0; i < TOKENS; i++) {
                if (h == 0 && i == 0) {
                    out.set(heads * TOKENS * (keyDim + valueDim), table.get(PoolTable.TICKET));
                }
                int home = table.get(PoolTable.FIRST + PoolTable.PLACE) * heads + h;
                int n = table.get(PoolTable.FIRST + PoolTable.COUNT);
                if (i < n) {
                    for (int d = 0; d < keyDim; d++) {
                        out.set(
                                (h * n + i) * keyDim + d,
                                keys.get((home * keyDim + d) * TOKENS + i));
                    }
                    for (int e = 0; e < valueDim; e++) {
                        out.set(
                                heads * TOKENS * keyDim + (h * n + i) * valueDim + e,
                                values.get((home * TOKENS + i) * valueDim + e));
                    }
                }
            }
        }
    }

    /** Keys and values of a place become those of {@code in}, which {@link #readRows} describes. */
    public static void writeRows(
            IntArray table,
            FloatArray in,
            FloatArray keys,
            FloatArray values,
            int heads,
            int keyDim,
            int valueDim,
            IntArray receipts) {
        for (@Parallel int h = 0; h < heads; h++) {
            for (@Parallel int i = 0; i < TOKENS; i++) {
                if (h == 0 && i == 0) {
                    receipts.set(0, (int) in.get(heads * TOKENS * (keyDim + valueDim)));
                }
                int home = table.get(PoolTable.FIRST + PoolTable.PLACE) * heads + h;
                int n = table.get(PoolTable.FIRST + PoolTable.COUNT);
                if (i < n) {
                    for (int d = 0; d < keyDim; d++) {
                        keys.set(
                                (home * keyDim + d) * TOKENS + i, in.get((h * n + i) * keyDim + d));
                    }
                    for (int e = 0; e < valueDim; e++) {
                        values.set(
                                (home * TOKENS + i) * valueDim + e,
                                in.get(heads * TOKENS * keyDim + (h * n + i) * valueDim + e));
                    }
                }
            }
        }
    }
}
