package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;

import java.util.Arrays;

/** A block whose S is in 32 bits an element. */
final class WideBlock extends TokenBlock {
    /** S [D, E] before the first token. */
    final Matrix s;

    /** Zeros and no token. */
    WideBlock(Blocking blocking) {
        super(blocking, ROWS);
        s = blocking.state();
    }

    /** A copy. */
    WideBlock(WideBlock other) {
        super(other);
        s = other.s.copy();
    }

    /** Heap that a block takes. */
    static long bytes(Blocking blocking) {
        return blocking.bytes(blocking.keyDim(), blocking.valueDim()) + rowBytes(blocking, ROWS);
    }

    @Override
    Matrix state(Elements elements, Matrix scratch) {
        return s;
    }

    @Override
    Matrix home(Matrix scratch) {
        return s;
    }

    @Override
    void settle(Elements elements, Matrix computed, int key) {}

    @Override
    void multiplyRow(Products products, float weight, Matrix x, Matrix y) {
        products.multiplyRow(weight, x, s, y);
    }

    @Override
    void set(TokenBlock other) {
        super.set(other);
        s.set(((WideBlock) other).s);
    }

    @Override
    void poison() {
        super.poison();
        Arrays.fill(s.floats(), Float.NaN);
    }
}
