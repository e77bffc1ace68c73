package io.github.lightning4j.cpu;

/** Products of matrices in float32 scratch arrays: nearly all of the arithmetic. */
interface Products {
    /** Rows that {@link #multiplyAdd} works on at a time; scratch has that much slack behind it. */
    int TILE_ROWS = 6;

    /** Which part of a product is wanted. Rows are taken {@link #TILE_ROWS} at a time. */
    enum Band {
        /** All of C, all of A. */
        FULL,
        /** C is wanted where column ≤ row; what lies right of it may hold anything afterwards. */
        LOWER_RESULT,
        /** A counts where column ≤ row; what lies right of it is never read. */
        LOWER_LEFT,
        /** A counts where column ≥ row; what lies left of it is never read. */
        UPPER_LEFT
    }

    /**
     * C += A B with A [m, k], B [k, n], C [m, n].
     *
     * @param band which part is wanted
     * @param a element (i, l) at {@code i * aRow + l * aCol}; rows up to the next multiple of
     *     {@link #TILE_ROWS} are read
     * @param b row stride ldb, a multiple of the vector length that n is rounded up to
     * @param c row stride ldc likewise; rows up to the next multiple of {@link #TILE_ROWS} are
     *     written
     */
    void multiplyAdd(
            Band band,
            float[] a,
            int aRow,
            int aCol,
            float[] b,
            int ldb,
            float[] c,
            int ldc,
            int m,
            int n,
            int k);
}
