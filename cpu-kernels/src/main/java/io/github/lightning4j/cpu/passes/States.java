package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Matrix;

/** Where the states of a forward pass are kept, one for each stream. */
public interface States {
    /**
     * S before the first token.
     *
     * @param stream r · H + h
     * @param home memory that may be used for it
     * @return S [D, E], to be updated in place
     */
    Matrix begin(int stream, Matrix home);

    /** Whether S is 0 before the first token of every stream. */
    default boolean startEmpty() {
        return false;
    }

    /** Whether S after the last token is wanted. */
    default boolean areWanted() {
        return true;
    }

    /** Takes S after the last token. */
    void end(int stream, Matrix s);
}
