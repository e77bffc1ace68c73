package io.github.lightning4j.cpu.arithmetic;

/**
 * The register block of products: {@link Matrix#TILE_ROWS} rows and a fixed number of vectors of
 * columns. An interface, because the classes are hidden ones, defined once for each species and
 * width, and cannot be named.
 */
interface Tile {
    /**
     * Finishes the block of C at row i and column j with A B, of A's columns those from {@code
     * begin} to {@code end}.
     */
    void multiply(Finish finish, Matrix a, Matrix b, Matrix c, int i, int j, int begin, int end);
}
