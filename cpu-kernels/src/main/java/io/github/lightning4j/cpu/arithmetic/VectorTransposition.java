package io.github.lightning4j.cpu.arithmetic;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * {@link Elements#transpose} on the Vector API, one species a class: {@link VectorWidths} defines
 * it anew for each. In registers with 16 lanes, by gathers with fewer.
 */
final class VectorTransposition implements Transposition {
    private static final VectorSpecies<Float> SPECIES =
            VectorWidths.ClassData.of(MethodHandles.lookup()).species();
    private static final int W = SPECIES.length();
    private static final VectorShuffle<Float> SWAP_1 = swap(1);
    private static final VectorShuffle<Float> SWAP_2 = swap(2);
    private static final VectorShuffle<Float> SWAP_4 = swap(4);
    private static final VectorShuffle<Float> SWAP_8 = swap(8);
    private static final VectorMask<Float> UPPER_1 = upper(1);
    private static final VectorMask<Float> UPPER_2 = upper(2);
    private static final VectorMask<Float> UPPER_4 = upper(4);
    private static final VectorMask<Float> UPPER_8 = upper(8);

    VectorTransposition() {}

    @Override
    public void transpose(Matrix matrix, Matrix result) {
        result.shape(matrix.columns(), matrix.rows());
        float[] x = matrix.floats();
        float[] t = result.floats();
        int ldx = matrix.rowStride();
        int ldt = result.rowStride();
        int rows = matrix.rows();
        int cols = matrix.columns();
        if (W == 16) {
            for (int i = 0; i < rows; i += W) {
                for (int j = 0; j < cols; j += W) {
                    transpose16x16(x, i * ldx + j, ldx, t, j * ldt + i, ldt);
                }
            }
            return;
        }
        int[] column = new int[W];
        Arrays.setAll(column, lane -> lane * ldx);
        for (int i = 0; i < rows; i += W) {
            for (int j = 0; j < cols; j++) {
                FloatVector.fromArray(SPECIES, x, i * ldx + j, column, 0).intoArray(t, j * ldt + i);
            }
        }
    }

    /** Exchanges neighbouring runs of {@code run} lanes. */
    private static VectorShuffle<Float> swap(int run) {
        IntUnaryOperator partner = lane -> (lane ^ run) % W;
        return VectorShuffle.fromOp(SPECIES, partner);
    }

    /** The second of each two neighbouring runs of {@code run} lanes. */
    private static VectorMask<Float> upper(int run) {
        boolean[] lanes = new boolean[W];
        for (int lane = 0; lane < W; lane++) {
            lanes[lane] = (lane & run) != 0;
        }
        return VectorMask.fromArray(SPECIES, lanes, 0);
    }

    /**
     * The tile at p of x, transposed to q of t: exchanges halves, quarters, eighths, sixteenths.
     */
    private static void transpose16x16(float[] x, int p, int ldx, float[] t, int q, int ldt) {
        FloatVector r0 = FloatVector.fromArray(SPECIES, x, p);
        FloatVector r1 = FloatVector.fromArray(SPECIES, x, p + ldx);
        FloatVector r2 = FloatVector.fromArray(SPECIES, x, p + 2 * ldx);
        FloatVector r3 = FloatVector.fromArray(SPECIES, x, p + 3 * ldx);
        FloatVector r4 = FloatVector.fromArray(SPECIES, x, p + 4 * ldx);
        FloatVector r5 = FloatVector.fromArray(SPECIES, x, p + 5 * ldx);
        FloatVector r6 = FloatVector.fromArray(SPECIES, x, p + 6 * ldx);
        FloatVector r7 = FloatVector.fromArray(SPECIES, x, p + 7 * ldx);
        FloatVector r8 = FloatVector.fromArray(SPECIES, x, p + 8 * ldx);
        FloatVector r9 = FloatVector.fromArray(SPECIES, x, p + 9 * ldx);
        FloatVector r10 = FloatVector.fromArray(SPECIES, x, p + 10 * ldx);
        FloatVector r11 = FloatVector.fromArray(SPECIES, x, p + 11 * ldx);
        FloatVector r12 = FloatVector.fromArray(SPECIES, x, p + 12 * ldx);
        FloatVector r13 = FloatVector.fromArray(SPECIES, x, p + 13 * ldx);
        FloatVector r14 = FloatVector.fromArray(SPECIES, x, p + 14 * ldx);
        FloatVector r15 = FloatVector.fromArray(SPECIES, x, p + 15 * ldx);
        FloatVector d0 = r0.blend(r8.rearrange(SWAP_8), UPPER_8);
        FloatVector d8 = r0.rearrange(SWAP_8).blend(r8, UPPER_8);
        FloatVector d1 = r1.blend(r9.rearrange(SWAP_8), UPPER_8);
        FloatVector d9 = r1.rearrange(SWAP_8).blend(r9, UPPER_8);
        FloatVector d2 = r2.blend(r10.rearrange(SWAP_8), UPPER_8);
        FloatVector d10 = r2.rearrange(SWAP_8).blend(r10, UPPER_8);
        FloatVector d3 = r3.blend(r11.rearrange(SWAP_8), UPPER_8);
        FloatVector d11 = r3.rearrange(SWAP_8).blend(r11, UPPER_8);
        FloatVector d4 = r4.blend(r12.rearrange(SWAP_8), UPPER_8);
        FloatVector d12 = r4.rearrange(SWAP_8).blend(r12, UPPER_8);
        FloatVector d5 = r5.blend(r13.rearrange(SWAP_8), UPPER_8);
        FloatVector d13 = r5.rearrange(SWAP_8).blend(r13, UPPER_8);
        FloatVector d6 = r6.blend(r14.rearrange(SWAP_8), UPPER_8);
        FloatVector d14 = r6.rearrange(SWAP_8).blend(r14, UPPER_8);
        FloatVector d7 = r7.blend(r15.rearrange(SWAP_8), UPPER_8);
        FloatVector d15 = r7.rearrange(SWAP_8).blend(r15, UPPER_8);
        FloatVector c0 = d0.blend(d4.rearrange(SWAP_4), UPPER_4);
        FloatVector c4 = d0.rearrange(SWAP_4).blend(d4, UPPER_4);
        FloatVector c1 = d1.blend(d5.rearrange(SWAP_4), UPPER_4);
        FloatVector c5 = d1.rearrange(SWAP_4).blend(d5, UPPER_4);
        FloatVector c2 = d2.blend(d6.rearrange(SWAP_4), UPPER_4);
        FloatVector c6 = d2.rearrange(SWAP_4).blend(d6, UPPER_4);
        FloatVector c3 = d3.blend(d7.rearrange(SWAP_4), UPPER_4);
        FloatVector c7 = d3.rearrange(SWAP_4).blend(d7, UPPER_4);
        FloatVector c8 = d8.blend(d12.rearrange(SWAP_4), UPPER_4);
        FloatVector c12 = d8.rearrange(SWAP_4).blend(d12, UPPER_4);
        FloatVector c9 = d9.blend(d13.rearrange(SWAP_4), UPPER_4);
        FloatVector c13 = d9.rearrange(SWAP_4).blend(d13, UPPER_4);
        FloatVector c10 = d10.blend(d14.rearrange(SWAP_4), UPPER_4);
        FloatVector c14 = d10.rearrange(SWAP_4).blend(d14, UPPER_4);
        FloatVector c11 = d11.blend(d15.rearrange(SWAP_4), UPPER_4);
        FloatVector c15 = d11.rearrange(SWAP_4).blend(d15, UPPER_4);
        FloatVector b0 = c0.blend(c2.rearrange(SWAP_2), UPPER_2);
        FloatVector b2 = c0.rearrange(SWAP_2).blend(c2, UPPER_2);
        FloatVector b1 = c1.blend(c3.rearrange(SWAP_2), UPPER_2);
        FloatVector b3 = c1.rearrange(SWAP_2).blend(c3, UPPER_2);
        FloatVector b4 = c4.blend(c6.rearrange(SWAP_2), UPPER_2);
        FloatVector b6 = c4.rearrange(SWAP_2).blend(c6, UPPER_2);
        FloatVector b5 = c5.blend(c7.rearrange(SWAP_2), UPPER_2);
        FloatVector b7 = c5.rearrange(SWAP_2).blend(c7, UPPER_2);
        FloatVector b8 = c8.blend(c10.rearrange(SWAP_2), UPPER_2);
        FloatVector b10 = c8.rearrange(SWAP_2).blend(c10, UPPER_2);
        FloatVector b9 = c9.blend(c11.rearrange(SWAP_2), UPPER_2);
        FloatVector b11 = c9.rearrange(SWAP_2).blend(c11, UPPER_2);
        FloatVector b12 = c12.blend(c14.rearrange(SWAP_2), UPPER_2);
        FloatVector b14 = c12.rearrange(SWAP_2).blend(c14, UPPER_2);
        FloatVector b13 = c13.blend(c15.rearrange(SWAP_2), UPPER_2);
        FloatVector b15 = c13.rearrange(SWAP_2).blend(c15, UPPER_2);
        FloatVector a0 = b0.blend(b1.rearrange(SWAP_1), UPPER_1);
        FloatVector a1 = b0.rearrange(SWAP_1).blend(b1, UPPER_1);
        FloatVector a2 = b2.blend(b3.rearrange(SWAP_1), UPPER_1);
        FloatVector a3 = b2.rearrange(SWAP_1).blend(b3, UPPER_1);
        FloatVector a4 = b4.blend(b5.rearrange(SWAP_1), UPPER_1);
        FloatVector a5 = b4.rearrange(SWAP_1).blend(b5, UPPER_1);
        FloatVector a6 = b6.blend(b7.rearrange(SWAP_1), UPPER_1);
        FloatVector a7 = b6.rearrange(SWAP_1).blend(b7, UPPER_1);
        FloatVector a8 = b8.blend(b9.rearrange(SWAP_1), UPPER_1);
        FloatVector a9 = b8.rearrange(SWAP_1).blend(b9, UPPER_1);
        FloatVector a10 = b10.blend(b11.rearrange(SWAP_1), UPPER_1);
        FloatVector a11 = b10.rearrange(SWAP_1).blend(b11, UPPER_1);
        FloatVector a12 = b12.blend(b13.rearrange(SWAP_1), UPPER_1);
        FloatVector a13 = b12.rearrange(SWAP_1).blend(b13, UPPER_1);
        FloatVector a14 = b14.blend(b15.rearrange(SWAP_1), UPPER_1);
        FloatVector a15 = b14.rearrange(SWAP_1).blend(b15, UPPER_1);
        a0.intoArray(t, q);
        a1.intoArray(t, q + ldt);
        a2.intoArray(t, q + 2 * ldt);
        a3.intoArray(t, q + 3 * ldt);
        a4.intoArray(t, q + 4 * ldt);
        a5.intoArray(t, q + 5 * ldt);
        a6.intoArray(t, q + 6 * ldt);
        a7.intoArray(t, q + 7 * ldt);
        a8.intoArray(t, q + 8 * ldt);
        a9.intoArray(t, q + 9 * ldt);
        a10.intoArray(t, q + 10 * ldt);
        a11.intoArray(t, q + 11 * ldt);
        a12.intoArray(t, q + 12 * ldt);
        a13.intoArray(t, q + 13 * ldt);
        a14.intoArray(t, q + 14 * ldt);
        a15.intoArray(t, q + 15 * ldt);
    }
}
