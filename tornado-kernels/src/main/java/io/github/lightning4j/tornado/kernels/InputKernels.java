package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** What happens to q, k and v before anything else. */
public final class InputKernels {
    private InputKernels() {}

    /**
     * Widens 16-bit numbers of any format by looking them up, which is exact on every device: no
     * backend has to know bfloat16, half precision or subnormals. The feature map may already be in
     * the numbers.
     *
     * @param numbers the float of each of the 65536 patterns, and a {@linkplain Seals seal}
     */
    public static void widen(
            ShortArray bits,
            FloatArray numbers,
            FloatArray x,
            int size,
            IntArray table,
            IntArray receipts,
            int receipt) {
        for (@Parallel int i = 0; i < size; i++) {
            if (i == 0) {
                receipts.set(receipt, table.get(ChunkTable.TICKET));
                receipts.set(Receipts.SEAL_NUMBERS, (int) numbers.get(1 << 16));
            }
            x.set(i, numbers.get(bits.get(i) & 0xffff));
        }
    }
}
