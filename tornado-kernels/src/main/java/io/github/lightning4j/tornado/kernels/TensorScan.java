package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * From what each piece of a sequence adds to the state, to the state before each piece: the merge
 * law, from piece to piece. Its table says which pieces are those of a sequence:
 *
 * <pre>
 *   [TICKET]                     a number for this run; see {@link Receipts}
 *   [FROM_ZERO]                  1 where states are zero before the run, whatever memory holds; else 0
 *   [SEQUENCES + r·FIELDS + …]   sequence r: its FIRST piece and the COUNT of its pieces
 * </pre>
 */
public final class TensorScan {
    public static final int TICKET = 0;
    public static final int FROM_ZERO = 1;
    public static final int SEQUENCES = 2;
    public static final int FIELDS = 2;
    public static final int FIRST = 0;
    public static final int COUNT = 1;

    /** Where it reports the seal of the fades, and that of the states, among its places. */
    public static final int FADES = 0;

    public static final int STATES = 1;

    /** Its places among the {@link Receipts}. */
    public static final int PLACES = 2;

    private TensorScan() {}

    /** Ints of a table with room for these sequences. */
    public static int size(int sequences) {
        return SEQUENCES + sequences * FIELDS;
    }

    /**
     * The scan.
     *
     * @param table which pieces
     * @param fades λ to the power of the piece's tokens [pieces, heads], and a {@linkplain Seals
     *     seal}
     * @param state of sequences, from initial to final, with room for a seal
     * @param before the initial ones, unless they are zero, with room for a seal
     * @param local of pieces: what each adds; afterwards the state before it
     * @param pieces there is room for
     * @param elements of all states of sequences
     * @param seals the first of its places
     */
    public static void scan(
            IntArray table,
            FloatArray fades,
            FloatArray state,
            FloatArray before,
            FloatArray local,
            int heads,
            int stateSize,
            int pieces,
            int elements,
            int seals,
            int receipt,
            IntArray receipts) {
        for (@Parallel int i = 0; i < elements; i++) {
            if (i == 0) {
                int ticket = table.get(TICKET);
                receipts.set(receipt, ticket);
                receipts.set(seals + FADES, (int) fades.get(pieces * heads));
                receipts.set(seals + STATES, (int) state.get(elements));
                state.set(elements, ticket);
                before.set(elements, ticket);
            }
            int head = i / stateSize;
            int r = head / heads;
            int h = head - r * heads;
            int element = i - head * stateSize;
            float carried = 0f;
            if (table.get(FROM_ZERO) == 0) {
                carried = state.get(i);
                before.set(i, carried);
            }
            int entry = SEQUENCES + r * FIELDS;
            int first = table.get(entry + FIRST);
            int end = first + table.get(entry + COUNT);
            for (int piece = first; piece < end; piece++) {
                int fade = piece * heads + h;
                int at = fade * stateSize + element;
                float added = local.get(at);
                local.set(at, carried);
                carried = fades.get(fade) * carried + added;
            }
            state.set(i, carried);
        }
    }
}
