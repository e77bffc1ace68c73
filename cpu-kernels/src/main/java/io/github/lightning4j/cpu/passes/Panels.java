package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Matrix;

/**
 * A matrix with E columns in panels of some columns, each a matrix of its own: what a product reads
 * again and again then lies together and stays in the nearest cache, where it would otherwise fall
 * on half of the places that the cache has.
 */
final class Panels {
    /** Columns of a panel: whole register blocks of every vector width. */
    static final int COLUMNS = 64;

    private final Matrix[] panels;

    /** Zeros, with as many columns as values have. */
    Panels(Blocking blocking, int rows) {
        panels = new Matrix[count(blocking)];
        for (int p = 0; p < panels.length; p++) {
            int left = blocking.valueDim() - p * COLUMNS;
            panels[p] = blocking.matrix(rows, Math.min(COLUMNS, left));
        }
    }

    /** Panels of E columns. */
    static int count(Blocking blocking) {
        return Math.ceilDiv(blocking.valueDim(), COLUMNS);
    }

    /** Panel p. */
    Matrix of(int p) {
        return panels[p];
    }
}
