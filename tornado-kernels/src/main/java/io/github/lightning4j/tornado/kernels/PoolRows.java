package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * q, k and v of the new tokens of a run in one array, which is one copy to the device: room for
 * some rows of D of q, as many of k, as many of E of v, and a {@linkplain Seals seal}. What comes
 * in 16 bits is widened there, exactly.
 */
public final class PoolRows {
    /** Patterns of 16 bits. */
    public static final int PATTERNS = 1 << 16;

    private PoolRows() {}

    /** Where keys begin. */
    public static int keys(int rows, int keyDim) {
        return rows * keyDim;
    }

    /** Where values begin. */
    public static int values(int rows, int keyDim) {
        return 2 * rows * keyDim;
    }

    /** Where the seal is. */
    public static int seal(int rows, int keyDim, int valueDim) {
        return rows * (2 * keyDim + valueDim);
    }

    /**
     * Widens rows of 16 bits by looking them up, and passes their seal on.
     *
     * @param numbers the float of each pattern as {@link PoolTable#NUMBERS} counts them, and the
     *     seal of these numbers
     * @param patterns how many numbers there are
     * @param seal where the seal of the rows is
     */
    public static void widen(
            IntArray table,
            ShortArray bits,
            FloatArray numbers,
            FloatArray rows,
            int patterns,
            int seal,
            int receipt,
            IntArray receipts) {
        for (@Parallel int i = 0; i < seal; i++) {
            if (i == 0) {
                receipts.set(receipt, table.get(PoolTable.TICKET));
                receipts.set(Seals.NUMBERS, (int) numbers.get(patterns));
                rows.set(seal, bits.get(seal));
            }
            rows.set(i, numbers.get(table.get(PoolTable.NUMBERS) + (bits.get(i) & 0xffff)));
        }
    }

    /**
     * Reports the seal of the rows and puts one on the outputs.
     *
     * @param outputs where that is
     */
    public static void seals(
            FloatArray rows, FloatArray o, int seal, int outputs, IntArray receipts) {
        receipts.set(Seals.ROWS, (int) rows.get(seal));
        o.set(outputs, rows.get(seal));
    }
}
