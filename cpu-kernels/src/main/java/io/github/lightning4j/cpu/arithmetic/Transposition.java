package io.github.lightning4j.cpu.arithmetic;

/** Transposes matrices in float32 scratch arrays. */
interface Transposition {
    /**
     * t = xᵀ for x [rows, cols].
     *
     * @param x row stride ldx; rows and columns up to the next multiple of the vector length are
     *     read
     * @param t row stride ldt; rows and columns up to the next multiple of the vector length are
     *     written
     */
    void transpose(float[] x, int ldx, int rows, int cols, float[] t, int ldt);
}
