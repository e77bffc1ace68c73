package io.github.lightning4j.cpu.arithmetic;

/** Products of which only the lower triangle is wanted. */
interface Scores {
    /**
     * C = A B where column ≤ row, for A [m, k], B [k, m], C [m, m]; what lies right of it may hold
     * anything afterwards.
     *
     * @param a row stride lda; rows up to the next multiple of {@link Products#TILE_ROWS} are read
     * @param b row stride ldb, a multiple of the vector length that m is rounded up to
     * @param c row stride ldc likewise; rows up to the next multiple of {@link Products#TILE_ROWS}
     *     are written
     */
    void scores(float[] a, int lda, float[] b, int ldb, float[] c, int ldc, int m, int k);
}
