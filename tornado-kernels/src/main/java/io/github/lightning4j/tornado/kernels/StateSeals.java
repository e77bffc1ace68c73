package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * {@link Seals} of passes that compute states alone: of rows x and y, of the states, and of the
 * powers of λ. The seal of the states, which are copied both ways, is negated; otherwise the host
 * would find its own where nothing was copied back.
 */
public final class StateSeals {
    private StateSeals() {}

    /** Reports the seals, each at its place, and negates that of the states. */
    public static void floats(
            FloatArray x,
            FloatArray y,
            FloatArray state,
            FloatArray decay,
            int xSize,
            int ySize,
            int states,
            int powers,
            int xPlace,
            int yPlace,
            int statePlace,
            IntArray receipts) {
        receipts.set(xPlace, (int) x.get(xSize));
        receipts.set(yPlace, (int) y.get(ySize));
        receipts.set(statePlace, (int) state.get(states));
        receipts.set(Seals.DECAY, (int) decay.get(powers));
        state.set(states, -state.get(states));
    }

    /** The same where both came in 16 bits. */
    public static void shorts(
            ShortArray x,
            ShortArray y,
            FloatArray state,
            FloatArray decay,
            int xSize,
            int ySize,
            int states,
            int powers,
            int xPlace,
            int yPlace,
            int statePlace,
            IntArray receipts) {
        receipts.set(xPlace, x.get(xSize));
        receipts.set(yPlace, y.get(ySize));
        receipts.set(statePlace, (int) state.get(states));
        receipts.set(Seals.DECAY, (int) decay.get(powers));
        state.set(states, -state.get(states));
    }

    /** The same where x alone came in 16 bits. */
    public static void mixed(
            ShortArray x,
            FloatArray y,
            FloatArray state,
            FloatArray decay,
            int xSize,
            int ySize,
            int states,
            int powers,
            int xPlace,
            int yPlace,
            int statePlace,
            IntArray receipts) {
        receipts.set(xPlace, x.get(xSize));
        receipts.set(yPlace, (int) y.get(ySize));
        receipts.set(statePlace, (int) state.get(states));
        receipts.set(Seals.DECAY, (int) decay.get(powers));
        state.set(states, -state.get(states));
    }
}
