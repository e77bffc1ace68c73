package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * One element behind the last of every array that moves between host and device, which holds a
 * number of this run. TornadoVM prints a failed copy instead of throwing it, and kernels then read
 * what was there before; the seal that arrived is that of another run.
 */
public final class Seals {
    private static final int NUMBERS = 1 << 15;

    private static final AtomicInteger CONSTANTS = new AtomicInteger();

    private Seals() {}

    /** A number for arrays that never change, other than those that memory may still hold. */
    public static int next() {
        return of(CONSTANTS.incrementAndGet() * Receipts.TICKET_STEP);
    }

    /** The number of a run: exact in a float, positive in 16 bits, never 0. */
    public static int of(int ticket) {
        return Math.floorMod(ticket / Receipts.TICKET_STEP, NUMBERS - 1) + 1;
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
        receipts.set(Receipts.SEAL_Q, (int) q.get(keys));
        receipts.set(Receipts.SEAL_K, (int) k.get(keys));
        receipts.set(Receipts.SEAL_V, (int) v.get(values));
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
        receipts.set(Receipts.SEAL_Q, q.get(keys));
        receipts.set(Receipts.SEAL_K, k.get(keys));
        receipts.set(Receipts.SEAL_V, v.get(values));
        o.set(values, q.get(keys));
    }

    /**
     * Reports the seals of what only a backward pass has and puts one on its results. That of the
     * gradient of the states, which goes there and back, is negated, or else the host would find
     * its own where nothing came back.
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
        receipts.set(Receipts.SEAL_OUTPUT_GRADIENT, (int) dO.get(values));
        receipts.set(Receipts.SEAL_STATE, (int) state.get(states));
        receipts.set(Receipts.SEAL_GRADIENT, (int) gradient.get(states));
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
        receipts.set(Receipts.SEAL_OUTPUT_GRADIENT, dO.get(values));
        receipts.set(Receipts.SEAL_STATE, (int) state.get(states));
        receipts.set(Receipts.SEAL_GRADIENT, (int) gradient.get(states));
        dq.set(keys, gradient.get(states));
        dk.set(keys, gradient.get(states));
        gradient.set(states, -gradient.get(states));
    }
}
