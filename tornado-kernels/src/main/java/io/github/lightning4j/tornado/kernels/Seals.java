package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One element behind the last of every array that moves between host and device, which holds a
 * number of this run. TornadoVM prints that a copy has failed instead of throwing an exception, and
 * kernels then read what was there before: the seal is then that of another run. Kernels report the
 * seals that they find, in places of their own among the receipts.
 */
public final class Seals {
    public static final int Q = 0;
    public static final int K = 1;
    public static final int V = 2;
    public static final int OUTPUT_GRADIENT = 3;
    public static final int STATE = 4;
    public static final int GRADIENT = 5;
    public static final int DECAY = 6;
    public static final int NUMBERS = 7;
    public static final int ROWS = 8;

    /** The arrays with seals, in the order of their places. */
    private static final List<String> SEALED =
            List.of(
                    "q",
                    "k",
                    "v",
                    "the outputs' gradient",
                    "the initial states",
                    "the final states' gradient",
                    "the powers of λ",
                    "the 65536 numbers of 16 bits",
                    "q, k and v");

    /**
     * Where a kernel on tensor cores leaves the ticket of a run whose results are not all finite.
     */
    public static final int NOT_FINITE = SEALED.size();

    /** Places among the {@link Receipts} where kernels report seals, and that one. */
    static final int PLACES = SEALED.size() + 1;

    /** The number of different seals. */
    private static final int DIFFERENT = 1 << 15;

    private static final AtomicInteger CONSTANTS = new AtomicInteger();

    private Seals() {}

    /** A seal for arrays that never change, different from those that memory may still hold. */
    public static int next() {
        return of(CONSTANTS.incrementAndGet() * ChunkTable.TICKET_STEP);
    }

    /** The seal of a run: exact in a float, positive in 16 bits, never 0. */
    public static int of(int ticket) {
        return Math.floorMod(ticket / ChunkTable.TICKET_STEP, DIFFERENT - 1) + 1;
    }

    /** The name of a copy in errors. */
    static String copyOf(int place) {
        return "the copy of " + SEALED.get(place);
    }

    /** Reports the seals of q, k and v and puts one on o. */
    public static void floats(
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray o,
            int keys,
            int values,
            IntArray receipts) {
        receipts.set(Q, (int) q.get(keys));
        receipts.set(K, (int) k.get(keys));
        receipts.set(V, (int) v.get(values));
        o.set(values, q.get(keys));
    }

    /** The same where q, k and v came in 16 bits. */
    public static void shorts(
            ShortArray q,
            ShortArray k,
            ShortArray v,
            FloatArray o,
            int keys,
            int values,
            IntArray receipts) {
        receipts.set(Q, q.get(keys));
        receipts.set(K, k.get(keys));
        receipts.set(V, v.get(values));
        o.set(values, q.get(keys));
    }

    /**
     * Reports the seals of the arrays that only a backward pass has and puts one on its results.
     * The seal of the gradient of the states, which is copied both ways, is negated; otherwise the
     * host would find its own seal where nothing was copied back.
     */
    public static void gradients(
            FloatArray dO,
            FloatArray state,
            FloatArray gradient,
            FloatArray dq,
            FloatArray dk,
            int keys,
            int values,
            int states,
            IntArray receipts) {
        receipts.set(OUTPUT_GRADIENT, (int) dO.get(values));
        receipts.set(STATE, (int) state.get(states));
        receipts.set(GRADIENT, (int) gradient.get(states));
        dq.set(keys, gradient.get(states));
        dk.set(keys, gradient.get(states));
        gradient.set(states, -gradient.get(states));
    }

    /** The same where dO came in 16 bits. */
    public static void shortGradients(
            ShortArray dO,
            FloatArray state,
            FloatArray gradient,
            FloatArray dq,
            FloatArray dk,
            int keys,
            int values,
            int states,
            IntArray receipts) {
        receipts.set(OUTPUT_GRADIENT, dO.get(values));
        receipts.set(STATE, (int) state.get(states));
        receipts.set(GRADIENT, (int) gradient.get(states));
        dq.set(keys, gradient.get(states));
        dk.set(keys, gradient.get(states));
        gradient.set(states, -gradient.get(states));
    }
}
