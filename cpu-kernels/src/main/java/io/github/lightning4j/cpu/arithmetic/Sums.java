package io.github.lightning4j.cpu.arithmetic;

/** {@link Products#sum} in registers; an interface for the same reason as {@link Tile}. */
interface Sums {
    /**
     * {@link Products#sum} where whole register blocks cover C.
     *
     * @return whether they do; otherwise nothing was done
     */
    boolean sum(Finish weigh, Matrix a, Matrix b, Matrix a2, Matrix b2, Matrix c);
}
