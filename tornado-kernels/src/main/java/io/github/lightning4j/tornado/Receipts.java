package io.github.lightning4j.tornado;

import io.github.lightning4j.BackendException;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What every kernel leaves behind when it has run: the ticket of this run, plus the local size
 * where the kernel depends on it. TornadoVM prints some launch failures instead of throwing them,
 * and replaces a grid that it does not like with only a warning; a receipt that is missing or tells
 * of another group size turns either into an error.
 */
final class Receipts {
    static final int CHUNK_STATES = 0;
    static final int SCAN = 1;
    static final int SCORES = 2;
    static final int OUTPUTS = 3;
    static final int WIDEN_Q = 4;
    static final int WIDEN_K = 5;
    static final int WIDEN_V = 6;
    static final int FEATURES_Q = 7;
    static final int FEATURES_K = 8;
    static final int SEAL_Q = 9;
    static final int SEAL_K = 10;
    static final int SEAL_V = 11;
    static final int GRADIENT_STATES = 12;
    static final int GRADIENT_SCAN = 13;
    static final int SCORE_GRADIENTS = 14;
    static final int QUERY_GRADIENTS = 15;
    static final int KEY_GRADIENTS = 16;
    static final int VALUE_GRADIENTS = 17;
    static final int CHAIN_Q = 18;
    static final int CHAIN_K = 19;
    static final int WIDEN_OUTPUT_GRADIENT = 20;
    static final int SEAL_OUTPUT_GRADIENT = 21;
    static final int SEAL_STATE = 22;
    static final int SEAL_GRADIENT = 23;
    static final int SEAL_DECAY = 24;
    static final int SEAL_NUMBERS = 25;

    /** Ints in a list of receipts. */
    static final int COUNT = 26;

    /** Tickets are multiples of this, above any local size. */
    static final int TICKET_STEP = 1 << 12;

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
    static void check(String what, int found, int expected) {
        if (found != expected) {
            throw new BackendException(
                    "%s did not happen as asked (it left %d instead of %d); messages of TornadoVM on the console may say why"
                            .formatted(what, found, expected));
        }
    }

    /** Fails where a run has not left what it had to; 0: it had to leave nothing there. */
    static void check(IntArray found, int[] expected) {
        for (int i = 0; i < expected.length; i++) {
            if (expected[i] != 0) {
                check(NAMES[i], found.get(i), expected[i]);
            }
        }
    }
}
