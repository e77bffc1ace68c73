package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;
import io.github.lightning4j.cpu.arithmetic.StoredMatrix;

/**
 * S before a few tokens of one head, and the keys and values of those tokens, which are not in S
 * yet. Outside the heap, because there may be gigabytes of them for as long as a service runs. Not
 * thread-safe.
 */
abstract sealed class TokenBlock permits WideBlock, NarrowBlock {
    /** The most tokens there are in any. */
    static final int ROWS = 32;

    /** φ(k); its rows are as many as there are tokens. */
    final StoredMatrix k;

    final StoredMatrix v;

    /** No token yet. */
    TokenBlock(Blocking blocking, int rows, StateMemory memory) {
        k = memory.matrix(blocking, rows, blocking.keyDim());
        v = memory.matrix(blocking, rows, blocking.valueDim());
        rows(0);
    }

    /** Reads S into a matrix. */
    abstract void readState(Elements elements, Matrix target, Workspace ws);

    /**
     * S becomes the workspace's state, rounded where it is kept in fewer bits.
     *
     * @param key of the roundings, where there are any
     * @return whether the workspace's state is S now
     */
    abstract boolean settle(Elements elements, int key, Workspace ws);

    /** y_i = weights[at + i] · x_i S for all rows i of X. */
    abstract void multiply(Products products, float[] weights, int at, Matrix x, Matrix y);

    /** Reads S into a matrix, and keys and values into those of the workspace. */
    final void read(Elements elements, Matrix target, Workspace ws) {
        k.read(ws.k);
        v.read(ws.v);
        readState(elements, target, ws);
    }

    /** How many tokens there are. */
    int rows() {
        return k.rows();
    }

    /** Sets how many tokens there are. */
    void rows(int rows) {
        k.rows(rows);
        v.rows(rows);
    }

    /** Becomes a copy of a block of the same kind. */
    void set(TokenBlock other) {
        k.set(other.k);
        v.set(other.v);
    }

    /** Makes everything NaN, whatever is in use. */
    void poison() {
        k.poison();
        v.poison();
    }

    /** Memory that keys and values of so many tokens take. */
    static long rowBytes(Blocking blocking, int rows) {
        return StateMemory.bytes(blocking, rows, blocking.keyDim())
                + StateMemory.bytes(blocking, rows, blocking.valueDim());
    }
}
