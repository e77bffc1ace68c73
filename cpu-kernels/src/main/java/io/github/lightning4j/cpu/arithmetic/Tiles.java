package io.github.lightning4j.cpu.arithmetic;

/** The register blocks of products. */
interface Tiles {
    /** Vectors of columns of the largest; others have half of that, and so on down to one. */
    int vectors();

    /**
     * Finishes {@link Products#TILE_ROWS} rows and some vectors of columns of C with A B, k from
     * {@code begin} to {@code end}.
     *
     * @param vectors of columns
     * @param p where the rows of A begin; strides are those of {@link Products#multiply}
     * @param t where the columns of B begin
     * @param i the first row, for weights
     * @param u where the block of C begins
     */
    void tile(
            int vectors,
            float[] a,
            int p,
            int aRow,
            int aCol,
            float[] b,
            int t,
            int ldb,
            int begin,
            int end,
            Finish finish,
            int i,
            float[] c,
            int u,
            int ldc);
}
