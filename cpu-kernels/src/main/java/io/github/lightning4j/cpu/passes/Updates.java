package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Matrix;

import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;

/**
 * A matrix for each block of a wave, made when it is first asked for: all at once they may be
 * hundreds of megabytes, and nobody could interrupt their zeroing. Threads may ask for different
 * ones at the same time; for one of them they must take turns.
 */
final class Updates {
    private final @Nullable Matrix[] made;
    private final Supplier<Matrix> make;

    /** For as many blocks; none is made yet. */
    Updates(int blocks, Supplier<Matrix> make) {
        this.made = new Matrix[blocks];
        this.make = make;
    }

    /** Blocks of a wave. */
    int blocks() {
        return made.length;
    }

    /** That of block i of the wave; zeros when it is new. */
    Matrix of(int i) {
        Matrix there = made[i];
        if (there == null) {
            there = make.get();
            made[i] = there;
        }
        return there;
    }
}
