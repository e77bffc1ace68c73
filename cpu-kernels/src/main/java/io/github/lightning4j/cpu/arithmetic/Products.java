package io.github.lightning4j.cpu.arithmetic;

/** Products of matrices in float32 scratch arrays: nearly all of the arithmetic. */
public interface Products {
    /** Rows that {@link #multiply} works on at a time; scratch has that much slack behind it. */
    int TILE_ROWS = 6;

    /** Which part of A counts. Rows are taken {@link #TILE_ROWS} at a time. */
    enum Band {
        /** All of it. */
        FULL,
        /** Where column ≤ row; what lies right of it is never read. */
        LOWER_LEFT,
        /** Where column ≥ row; what lies left of it is never read. */
        UPPER_LEFT
    }

    /**
     * Finishes C with A B, for A [m, k], B [k, n], C [m, n].
     *
     * @param band which part of A counts
     * @param finish what C becomes
     * @param a element (i, l) at {@code i * aRow + l * aCol}; rows up to the next multiple of
     *     {@link #TILE_ROWS} are read
     * @param b row stride ldb, a multiple of the vector length that n is rounded up to
     * @param c row stride ldc likewise; rows up to the next multiple of {@link #TILE_ROWS} are
     *     written
     */
    void multiply(
            Band band,
            Finish finish,
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

    /**
     * C = diag(weights) A B + A′ B′ with A [m, k], B [k, n], A′ [m, m], B′ [m, n], C [m, n].
     *
     * @param band which part of A′ counts, {@link Band#LOWER_LEFT} or {@link Band#UPPER_LEFT}
     * @param weigh {@link Finish.Reusable#scaleRows} by the weights
     * @param a row stride aRow
     * @param a2 A′, element (i, l) at {@code i * a2Row + l * a2Col}
     * @param ld row stride of b, b2 and c, as in {@link #multiply}
     */
    default void multiplyBoth(
            Band band,
            Finish weigh,
            float[] a,
            int aRow,
            float[] b,
            int k,
            float[] a2,
            int a2Row,
            int a2Col,
            float[] b2,
            int ld,
            float[] c,
            int m,
            int n) {
        multiply(Band.FULL, Finish.SET, a, aRow, 1, b, ld, c, ld, m, n, k);
        multiply(band, weigh, a2, a2Row, a2Col, b2, ld, c, ld, m, n, m);
    }
}
