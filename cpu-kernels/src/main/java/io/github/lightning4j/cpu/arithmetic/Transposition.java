package io.github.lightning4j.cpu.arithmetic;

/** {@link Elements#transpose} by vectors; an interface for the same reason as {@link Tile}. */
interface Transposition {
    /** y = xᵀ. */
    void transpose(Matrix x, Matrix y);
}
