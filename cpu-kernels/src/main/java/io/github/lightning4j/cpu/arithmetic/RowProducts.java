package io.github.lightning4j.cpu.arithmetic;

/** Products of one row, as decode has them. */
interface RowProducts {
    /** y = weight · x M for x [k] from {@code xAt}, M [k, n] of stride ldm. */
    void rowTimesMatrix(
            float weight, float[] x, int xAt, float[] m, int ldm, int k, float[] y, int n);

    /** y += x M, as {@link #rowTimesMatrix}. */
    void rowTimesMatrixAdd(float[] x, float[] m, int ldm, int k, float[] y, int n);

    /** y_i = weights[at + i] · (M_i · x) for rows i of M [rows, n] of stride ldm. */
    void rowDots(
            float[] m,
            int ldm,
            int rows,
            int n,
            float[] x,
            int xAt,
            float[] weights,
            int at,
            float[] y);
}
