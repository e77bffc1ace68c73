package io.github.lightning4j.tornado.kernels;

import io.github.lightning4j.BackendException;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What every kernel leaves behind when it has run: the ticket of this run, plus the local size
 * where the kernel depends on it. TornadoVM prints some launch failures instead of throwing them,
 * and replaces a grid that it does not like with only a warning; a receipt that is missing or tells
 * of another group size turns either into an error.
 */
public final class Receipts {
    public static final int CHUNK_STATES = 0;
    public static final int SCAN = 1;
    public static final int SCORES = 2;
    public static final int OUTPUTS = 3;
    public static final int WIDEN_Q = 4;
    public static final int WIDEN_K = 5;
    public static final int WIDEN_V = 6;
    public static final int FEATURES_Q = 7;
    public static final int FEATURES_K = 8;
    public static final int SEAL_Q = 9;
    public static final int SEAL_K = 10;
    public static final int SEAL_V = 11;
    public static final int GRADIENT_STATES = 12;
    public static final int GRADIENT_SCAN = 13;
    public static final int SCORE_GRADIENTS = 14;
    public static final int QUERY_GRADIENTS = 15;
    public static final int KEY_GRADIENTS = 16;
    public static final int VALUE_GRADIENTS = 17;
    public static final int CHAIN_Q = 18;
    public static final int CHAIN_K = 19;
    public static final int WIDEN_OUTPUT_GRADIENT = 20;
    public static final int SEAL_OUTPUT_GRADIENT = 21;
    public static final int SEAL_STATE = 22;
    public static final int SEAL_GRADIENT = 23;
    public static final int SEAL_DECAY = 24;
    public static final int SEAL_NUMBERS = 25;

    /** Ints in a list of receipts. */
    public static final int COUNT = 26;

    /** Tickets are multiples of this, above any local size. */
    public static final int TICKET_STEP = 1 << 12;

    /** What each is of, for messages. */
    private static final String[] NAMES = {
        "kernel chunkStates",
        "kernel scan",
        "kernel scores",
        "kernel outputs",
        "kernel widenQ",
        "kernel widenK",
        "kernel widenV",
        "kernel featuresQ",
        "kernel featuresK",
        "the copy of q",
        "the copy of k",
        "the copy of v",
        "kernel gradientStates",
        "kernel gradientScan",
        "kernel scoreGradients",
        "kernel queryGradients",
        "kernel keyGradients",
        "kernel valueGradients",
        "kernel chainQ",
        "kernel chainK",
        "kernel widenOutputGradient",
        "the copy of the outputs' gradient",
        "the copy of the initial states",
        "the copy of the final states' gradient",
        "the copy of the powers of λ",
        "the copy of the 65536 numbers of 16 bits"
    };

    private Receipts() {}

    /** Fails where something is not what a run had to leave. */
    public static void check(String what, int found, int expected) {
        if (found != expected) {
            throw new BackendException(
                    "%s did not happen as asked (it left %d instead of %d); messages of TornadoVM on the console may say why"
                            .formatted(what, found, expected));
        }
    }

    /** Fails where a run has not left what it had to; 0: it had to leave nothing there. */
    public static void check(IntArray found, int[] expected) {
        for (int i = 0; i < expected.length; i++) {
            if (expected[i] != 0) {
                check(NAMES[i], found.get(i), expected[i]);
            }
        }
    }
}
