package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Kernels;

/**
 * Sizes of the scratch of one block, from the shape and vector width alone, so that results never
 * depend on threads.
 *
 * @param rows L, a multiple of {@link Kernels#TILE_ROWS} and of every vector length
 * @param keyDim D
 * @param valueDim E
 * @param lanes floats in a vector
 */
public record Blocking(int rows, int keyDim, int valueDim, int lanes) {
    private static final int ROWS = 48;

    /** Keys are read and transposed once for so many queries. */
    private static final int TILE = 192;

    /** For the dimensions of a configuration. */
    public static Blocking of(int keyDim, int valueDim, Kernels kernels) {
        return new Blocking(ROWS, keyDim, valueDim, kernels.lanes());
    }

    /** Square tiles of scores, for passes over all pairs of tokens. */
    static Blocking tiles(int keyDim, int valueDim, Kernels kernels) {
        return new Blocking(TILE, keyDim, valueDim, kernels.lanes());
    }

    /** Row stride of q and k. */
    public int keyStride() {
        return roundUp(keyDim, lanes);
    }

    /** Row stride of v, o and S. */
    public int valueStride() {
        return roundUp(valueDim, lanes);
    }

    /** Row stride of kᵀ and P. */
    int scoreStride() {
        return roundUp(rows, lanes);
    }

    /** Floats of a state S [D, E] or an update of it, written whole tiles at a time. */
    int stateSize() {
        return roundUp(keyDim, Kernels.TILE_ROWS) * valueStride();
    }

    /** Floats of a state Sᵀ [E, D] or an update of it, written whole tiles at a time. */
    int transposedStateSize() {
        return roundUp(valueDim, Kernels.TILE_ROWS) * keyStride();
    }

    /** Floats of G [D, E] or an update of it, of which whole vectors of rows are transposed. */
    int gradientStateSize() {
        return roundUp(roundUp(keyDim, Kernels.TILE_ROWS), lanes) * valueStride();
    }

    /** Blocks of a sequence. */
    long blocks(long tokens) {
        return (tokens + rows - 1) / rows;
    }

    /** Where a part of a state of so many floats begins; whole vectors. */
    int part(int length, int part, int parts) {
        return (int) ((long) (length / lanes) * part / parts) * lanes;
    }

    private static int roundUp(int n, int multiple) {
        return (n + multiple - 1) / multiple * multiple;
    }
}
