package io.github.lightning4j.models.arithmetic;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Adds the lanes of sums, always in the same order, so that an element has the same bits whatever
 * tile it was computed in. The sums come in an array, because vectors that are passed to a method
 * may land on the heap: one by one, this took more time than the products.
 */
final class VectorSums {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int W = SPECIES.length();
    private static final VectorShuffle<Float> SWAP_HALVES = swap(W / 2);
    private static final VectorShuffle<Float> SWAP_QUARTERS = swap(W / 4);
    private static final VectorShuffle<Float> SWAP_2 = swap(2);
    private static final VectorShuffle<Float> SWAP_1 = swap(1);
    private static final VectorMask<Float> SECOND_HALVES = second(W / 2);
    private static final VectorMask<Float> SECOND_QUARTERS = second(W / 4);

    /** The sums of a tile, and four more floats. */
    static final ThreadLocal<float[]> ARRAY = ThreadLocal.withInitial(() -> new float[24 * W + W]);

    private VectorSums() {}

    /** Exchanges neighbouring runs of lanes. */
    private static VectorShuffle<Float> swap(int run) {
        return VectorShuffle.fromOp(SPECIES, lane -> (lane ^ run) % W);
    }

    /** The second of each two neighbouring runs of lanes. */
    private static VectorMask<Float> second(int run) {
        boolean[] lanes = new boolean[W];
        for (int lane = 0; lane < W; lane++) {
            lanes[lane] = (lane & run) != 0;
        }
        return VectorMask.fromArray(SPECIES, lanes, 0);
    }

    /**
     * Adds the lanes of four sums: halves, quarters and so on, two and two sums in one vector. What
     * is in the array from 24 W on are the four totals.
     */
    static void fold(float[] sums, int at) {
        FloatVector s0 = FloatVector.fromArray(SPECIES, sums, at);
        FloatVector s1 = FloatVector.fromArray(SPECIES, sums, at + W);
        FloatVector s2 = FloatVector.fromArray(SPECIES, sums, at + 2 * W);
        FloatVector s3 = FloatVector.fromArray(SPECIES, sums, at + 3 * W);
        FloatVector s01 =
                s0.blend(s1, SECOND_HALVES)
                        .add(
                                s0.rearrange(SWAP_HALVES)
                                        .blend(s1.rearrange(SWAP_HALVES), SECOND_HALVES));
        FloatVector s23 =
                s2.blend(s3, SECOND_HALVES)
                        .add(
                                s2.rearrange(SWAP_HALVES)
                                        .blend(s3.rearrange(SWAP_HALVES), SECOND_HALVES));
        FloatVector all =
                s01.blend(s23, SECOND_QUARTERS)
                        .add(
                                s01.rearrange(SWAP_QUARTERS)
                                        .blend(s23.rearrange(SWAP_QUARTERS), SECOND_QUARTERS));
        all = W > 8 ? all.add(all.rearrange(SWAP_2)) : all;
        all = W > 4 ? all.add(all.rearrange(SWAP_1)) : all;
        all.intoArray(sums, 24 * W);
        float second = sums[24 * W + W / 2];
        float third = sums[24 * W + W / 4];
        sums[24 * W + 3] = sums[24 * W + W / 2 + W / 4];
        sums[24 * W + 1] = second;
        sums[24 * W + 2] = third;
    }

    /** Adds the terms that do not fill a vector. */
    static void rest(
            float[] x, int p, float[] y, int q, int ldy, int begin, int end, float[] sums) {
        for (int r = 0; r < 4; r++) {
            float total = sums[24 * W + r];
            for (int l = begin; l < end; l++) {
                total = Math.fma(x[p + l], y[q + r * ldy + l], total);
            }
            sums[24 * W + r] = total;
        }
    }

    static void store(float[] sums, float[] c, int at, boolean add) {
        for (int r = 0; r < 4; r++) {
            c[at + r] = add ? c[at + r] + sums[24 * W + r] : sums[24 * W + r];
        }
    }
}
