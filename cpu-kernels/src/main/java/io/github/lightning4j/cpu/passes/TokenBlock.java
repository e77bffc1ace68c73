package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Matrix;

import java.util.Arrays;

/**
 * S before a few tokens of one head, and the keys and values of those tokens, which are not in S
 * yet. On the heap, because the vector kernels read arrays. Not thread-safe.
 */
final class TokenBlock {
    /** The most tokens. */
    static final int ROWS = 32;

    /** S [D, E] before the first of them. */
    final Matrix s;

    /** φ(k); its rows are as many as there are tokens. */
    final Matrix k;

    final Matrix v;

    /** Zeros and no token. */
    TokenBlock(Blocking blocking) {
        s = blocking.state();
        k = blocking.matrix(ROWS, blocking.keyDim());
        v = blocking.matrix(ROWS, blocking.valueDim());
        rows(0);
    }

    /** A copy. */
    TokenBlock(TokenBlock other) {
        s = other.s.copy();
        k = other.k.copy();
        v = other.v.copy();
    }

    /** Becomes a copy. */
    void set(TokenBlock other) {
        rows(other.rows());
        s.set(other.s);
        k.set(other.k);
        v.set(other.v);
    }

    /** How many tokens there are. */
    int rows() {
        return k.rows();
    }

    /** Sets how many tokens there are. */
    void rows(int rows) {
        k.shape(rows, k.columns());
        v.shape(rows, v.columns());
    }

    /** Fills everything, whatever is in use. */
    void fill(float value) {
        Arrays.fill(s.floats(), value);
        Arrays.fill(k.floats(), value);
        Arrays.fill(v.floats(), value);
    }

    /** Heap that a block takes. */
    static long bytes(Blocking blocking) {
        return blocking.bytes(blocking.keyDim(), blocking.valueDim())
                + blocking.bytes(ROWS, blocking.keyDim())
                + blocking.bytes(ROWS, blocking.valueDim());
    }
}
