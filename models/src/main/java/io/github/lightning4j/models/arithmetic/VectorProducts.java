package io.github.lightning4j.models.arithmetic;

import io.github.lightning4j.models.arithmetic.Kernels.Rows;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of rows on the Vector API.
 *
 * <p>Each element is a sum of its own, a vector along the terms: weights lie so in a checkpoint,
 * and need no transposing. A tile of six rows of A and four of B has 24 sums in 32 registers and
 * ten loads for them; where there are 16 registers it is two rows of A. The build writes the tiles,
 * {@link VectorTiles}; {@link VectorSums} then adds their lanes.
 */
final class VectorProducts {
    private static final VectorSpecies<Float> SPECIES = VectorTiles.SPECIES;
    private static final int W = SPECIES.length();
    private static final boolean MANY_REGISTERS = SPECIES.vectorBitSize() == 512;
    private static final int TILE = MANY_REGISTERS ? 6 : 2;

    private VectorProducts() {}

    /** As {@link Kernels#multiply}. */
    static void multiply(Rows a, Rows b, Rows c, int length, boolean add) {
        float[] x = a.floats();
        float[] y = b.floats();
        int ldx = a.stride();
        int ldy = b.stride();
        int whole = length - length % W;
        float[] sums = VectorSums.ARRAY.get();
        int step = TILE;
        for (int i = 0; i < a.count(); i += step) {
            step = i <= a.count() - TILE ? TILE : 1;
            int p = a.at() + i * ldx;
            int j = 0;
            for (; j <= b.count() - 4; j += 4) {
                int q = b.at() + j * ldy;
                switch (step) {
                    case 6 -> VectorTiles.sixByFour(x, p, ldx, y, q, ldy, whole, sums);
                    case 2 -> VectorTiles.twoByFour(x, p, ldx, y, q, ldy, whole, sums);
                    default -> VectorTiles.oneByFour(x, p, ldx, y, q, ldy, whole, sums);
                }
                for (int t = 0; t < step; t++) {
                    int at = c.at() + (i + t) * c.stride() + j;
                    VectorSums.fold(sums, 4 * t * W);
                    if (whole < length) {
                        VectorSums.rest(x, p + t * ldx, y, q, ldy, whole, length, sums);
                    }
                    VectorSums.store(sums, c.floats(), at, add);
                }
            }
            for (; j < b.count(); j++) {
                for (int t = 0; t < step; t++) {
                    float sum = one(x, p + t * ldx, y, b.at() + j * ldy, length, sums);
                    int at = c.at() + (i + t) * c.stride() + j;
                    c.floats()[at] = add ? c.floats()[at] + sum : sum;
                }
            }
        }
    }

    /** One element, in the order of all others. */
    private static float one(float[] x, int p, float[] y, int q, int length, float[] sums) {
        int whole = length - length % W;
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int l = 0; l < whole; l += W) {
            FloatVector b = FloatVector.fromArray(SPECIES, y, q + l);
            sum = FloatVector.fromArray(SPECIES, x, p + l).fma(b, sum);
        }
        sum.intoArray(sums, 0);
        for (int half = W / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) {
                sums[lane] += sums[lane + half];
            }
        }
        float total = sums[0];
        for (int l = whole; l < length; l++) {
            total = Math.fma(x[p + l], y[q + l], total);
        }
        return total;
    }
}
