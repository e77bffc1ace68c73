package io.github.lightning4j.tornado;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** What happens to q, k and v before anything else. */
final class InputKernels {
    private InputKernels() {}

    /**
     * Widens 16-bit numbers of any format by looking them up, which is exact on every device: no
     * backend has to know bfloat16, half precision or subnormals. The feature map may already be in
     * the numbers.
     *
     * @param numbers the float of each of the 65536 patterns, and a {@linkplain Seals seal}
     */
    static void widen(
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

    /** φ = SiLU, in place. */
    static void silu(FloatArray x, int size, IntArray table, IntArray receipts, int receipt) {
        for (@Parallel int i = 0; i < size; i++) {
            if (i == 0) {
                receipts.set(receipt, table.get(ChunkTable.TICKET));
            }
            float value = x.get(i);
            x.set(i, value / (1f + TornadoMath.exp(-value)));
        }
    }

    /** φ = ELU + 1, in place. */
    static void eluPlusOne(FloatArray x, int size, IntArray table, IntArray receipts, int receipt) {
        for (@Parallel int i = 0; i < size; i++) {
            if (i == 0) {
                receipts.set(receipt, table.get(ChunkTable.TICKET));
            }
            float value = x.get(i);
            float phi = value + 1f;
            if (value <= 0f) {
                phi = TornadoMath.exp(value);
            }
            x.set(i, phi);
        }
    }

    /** φ = ReLU, in place. */
    static void relu(FloatArray x, int size, IntArray table, IntArray receipts, int receipt) {
        for (@Parallel int i = 0; i < size; i++) {
            if (i == 0) {
                receipts.set(receipt, table.get(ChunkTable.TICKET));
            }
            float y = x.get(i);
            if (y < 0f) {
                y = 0f;
            }
            x.set(i, y);
        }
    }
}
