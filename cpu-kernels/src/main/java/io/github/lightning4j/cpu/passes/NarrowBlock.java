package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;
import io.github.lightning4j.cpu.arithmetic.ScaledMatrix;
import io.github.lightning4j.cpu.arithmetic.StoredScaledMatrix;

/**
 * A block whose S is in 16 bits an element, and rounded by chance when it is settled. It has room
 * for half as many tokens, because with S halved their keys and values would be as much to read as
 * S.
 */
final class NarrowBlock extends TokenBlock {
    /** The most tokens; those of other blocks are a multiple of it. */
    static final int ROWS = TokenBlock.ROWS / 2;

    private final StoredScaledMatrix s;

    /** Zeros and no token. */
    NarrowBlock(Blocking blocking, StateMemory memory) {
        super(blocking, ROWS, memory);
        s = memory.scaledState(blocking);
    }

    /** Memory that a block takes. */
    static long bytes(Blocking blocking) {
        return StateMemory.scaledStateBytes(blocking) + rowBytes(blocking, ROWS);
    }

    @Override
    void readState(Elements elements, Matrix target, Workspace ws) {
        ScaledMatrix scaled = ws.scaled();
        s.read(scaled);
        elements.widen(scaled, target);
    }

    @Override
    boolean settle(Elements elements, int key, Workspace ws) {
        ScaledMatrix scaled = ws.scaled();
        elements.narrow(ws.state, scaled, key);
        s.write(scaled);
        return false;
    }

    @Override
    void multiply(Products products, float[] weights, int at, Matrix x, Matrix y) {
        products.multiplyRows(weights, at, x, s, y);
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
