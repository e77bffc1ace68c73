package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;

import java.util.Arrays;

/**
 * S before a few tokens of one head, and the keys and values of those tokens, which are not in S
 * yet. On the heap, because the vector kernels read arrays. Not thread-safe.
 */
abstract sealed class TokenBlock permits WideBlock, NarrowBlock {
    /** The most tokens there are in any. */
    static final int ROWS = 32;

    /** φ(k); its rows are as many as there are tokens. */
    final Matrix k;

    final Matrix v;

    /** No token yet. */
    TokenBlock(Blocking blocking, int rows) {
        k = blocking.matrix(rows, blocking.keyDim());
        v = blocking.matrix(rows, blocking.valueDim());
        rows(0);
    }

    /** Keys and values of another. */
    TokenBlock(TokenBlock other) {
        k = other.k.copy();
        v = other.v.copy();
    }

    /** S: its own matrix, or the scratch, which has become it. */
    abstract Matrix state(Elements elements, Matrix scratch);

    /** Where a new S is to be computed, before {@link #settle}: its own matrix, or the scratch. */
    abstract Matrix home(Matrix scratch);

    /**
     * S becomes what was computed.
     *
     * @param s what {@link #home} gave
     * @param key of the roundings, where there are any
     */
    abstract void settle(Elements elements, Matrix s, int key);

    /** y = weight · x S, for the first rows x of X and y of Y. */
    abstract void multiplyRow(Products products, float weight, Matrix x, Matrix y);

    /** How many tokens there are. */
    int rows() {
        return k.rows();
    }

    /** Sets how many tokens there are. */
    void rows(int rows) {
        k.shape(rows, k.columns());
        v.shape(rows, v.columns());
    }

    /** Becomes a copy of a block of the same kind. */
    void set(TokenBlock other) {
        rows(other.rows());
        k.set(other.k);
        v.set(other.v);
    }

    /** Makes everything NaN, whatever is in use. */
    void poison() {
        Arrays.fill(k.floats(), Float.NaN);
        Arrays.fill(v.floats(), Float.NaN);
    }

    /** Heap that keys and values of so many tokens take. */
    static long rowBytes(Blocking blocking, int rows) {
        return blocking.bytes(rows, blocking.keyDim()) + blocking.bytes(rows, blocking.valueDim());
    }
}
