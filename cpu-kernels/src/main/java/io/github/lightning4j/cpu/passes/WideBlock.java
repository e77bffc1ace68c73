package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;
import io.github.lightning4j.cpu.arithmetic.StoredMatrix;

/** A block whose S is in 32 bits an element. */
final class WideBlock extends TokenBlock {
    /** S [D, E] before the first token. */
    final StoredMatrix s;

    /** Zeros and no token. */
    WideBlock(Blocking blocking, StateMemory memory) {
        super(blocking, ROWS, memory);
        s = memory.state(blocking);
    }

    /** Memory that a block takes. */
    static long bytes(Blocking blocking) {
        return StateMemory.stateBytes(blocking) + rowBytes(blocking, ROWS);
    }

    @Override
    void readState(Elements elements, Matrix target, Workspace ws) {
        s.read(target);
    }

    @Override
    boolean settle(Elements elements, int key, Workspace ws) {
        s.write(ws.state);
        return true;
    }

    @Override
    void multiply(Products products, float[] weights, int at, Matrix x, Matrix y) {
        products.multiplyRows(weights, at, x, s, y);
    }

    @Override
    void set(TokenBlock other) {
        super.set(other);
        s.set(((WideBlock) other).s);
    }

    @Override
    void poison() {
        super.poison();
        s.poison();
    }
}
