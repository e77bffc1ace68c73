package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.ScaledMatrix;

/**
 * Sizes of the scratch of one block, from the shape and vector width alone, so that results never
 * depend on threads.
 *
 * @param rows L, a multiple of {@link Matrix#TILE_ROWS} and of every vector length
 * @param keyDim D
 * @param valueDim E
 * @param lanes floats in a vector
 */
public record Blocking(int rows, int keyDim, int valueDim, int lanes) {
    private static final int ROWS = 48;

    /** Rows where there are no outputs. */
    private static final int STATE_ROWS = 144;

    /** Rows of a tile of queries; keys are read and transposed once for each of these. */
    private static final int TILE = 192;

    /** For the dimensions of a configuration. */
    public static Blocking of(int keyDim, int valueDim, Kernels kernels) {
        return new Blocking(ROWS, keyDim, valueDim, kernels.lanes());
    }

    /** For passes without outputs. */
    static Blocking states(int keyDim, int valueDim, Kernels kernels) {
        return new Blocking(STATE_ROWS, keyDim, valueDim, kernels.lanes());
    }

    /** Square tiles of scores, for passes over all pairs of tokens. */
    static Blocking tiles(int keyDim, int valueDim, Kernels kernels) {
        return new Blocking(TILE, keyDim, valueDim, kernels.lanes());
    }

    /** Whether the columns of the values make so many parts, each of whole tiles. */
    boolean isCut(int parts) {
        return valueDim % (parts * Matrix.TILE_VECTORS * lanes) == 0;
    }

    /** For one of so many parts of the columns of the values. */
    Blocking cut(int parts) {
        return new Blocking(rows, keyDim, valueDim / parts, lanes);
    }

    /** A matrix of zeros. */
    Matrix matrix(int rows, int columns) {
        return Matrix.of(rows, columns, lanes);
    }

    /** A state S [D, E], or an update of it. */
    public Matrix state() {
        return matrix(keyDim, valueDim);
    }

    /** A state Sᵀ [E, D], or an update of it. */
    Matrix transposedState() {
        return matrix(valueDim, keyDim);
    }

    /** A state S [D, E] in 16 bits an element. */
    ScaledMatrix scaledState() {
        return new ScaledMatrix(keyDim, valueDim, lanes);
    }

    /** Blocks of a sequence. */
    long blocks(long tokens) {
        return (tokens + rows - 1) / rows;
    }

    /** Where a part of the floats of a state begins; whole vectors. */
    int part(Matrix state, int part, int parts) {
        return (int) ((long) (state.size() / lanes) * part / parts) * lanes;
    }
}
