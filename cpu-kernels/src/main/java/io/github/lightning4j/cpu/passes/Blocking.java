package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.StoredMatrix;

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

    /** Rows of a tile of queries; keys are read and transposed once for each of these. */
    private static final int TILE = 192;

    /** For the dimensions of a configuration. */
    public static Blocking of(int keyDim, int valueDim, Kernels kernels) {
        return new Blocking(ROWS, keyDim, valueDim, kernels.lanes());
    }

    /** Square tiles of scores, for passes over all pairs of tokens. */
    static Blocking tiles(int keyDim, int valueDim, Kernels kernels) {
        return new Blocking(TILE, keyDim, valueDim, kernels.lanes());
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

    /** Memory outside of the heap that a matrix of a session takes. */
    long storedBytes(int rows, int columns) {
        return StoredMatrix.bytes(rows, columns, lanes);
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
