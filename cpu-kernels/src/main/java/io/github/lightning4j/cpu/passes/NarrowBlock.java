package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;
import io.github.lightning4j.cpu.arithmetic.ScaledMatrix;

/**
 * A block whose S is in 16 bits an element, and rounded by chance when it is settled. It has room
 * for half as many tokens, because with S halved their keys and values would be as much to read as
 * S.
 */
final class NarrowBlock extends TokenBlock {
    /** The most tokens; those of other blocks are a multiple of it. */
    static final int ROWS = TokenBlock.ROWS / 2;

    private final ScaledMatrix s;

    /** Zeros and no token. */
    NarrowBlock(Blocking blocking) {
        super(blocking, ROWS);
        s = blocking.scaledState();
    }

    /** Heap that a block takes. */
    static long bytes(Blocking blocking) {
        return blocking.scaledStateBytes() + rowBytes(blocking, ROWS);
    }

    @Override
    Matrix state(Elements elements, Matrix scratch) {
        elements.widen(s, scratch);
        return scratch;
    }

    @Override
    Matrix home(Matrix scratch) {
        return scratch;
    }

    @Override
    void settle(Elements elements, Matrix computed, int key) {
        elements.narrow(computed, s, key);
    }

    @Override
    void multiplyRow(Products products, float weight, Matrix x, Matrix y) {
        products.multiplyRow(weight, x, s, y);
    }

    @Override
    void set(TokenBlock other) {
        super.set(other);
        s.set(((NarrowBlock) other).s);
    }

    @Override
    void poison() {
        super.poison();
        s.poison();
    }
}
