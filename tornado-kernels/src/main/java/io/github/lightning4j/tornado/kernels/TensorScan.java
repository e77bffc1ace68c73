package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.math.TornadoMath;
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

    /** Threads of a group. */
    public static final int THREADS = 128;

    private static final int AT_ONCE = 4;

    private TensorScan() {}

    /** Ints of a table with room for these sequences. */
    public static int size(int sequences) {
        return SEQUENCES + sequences * FIELDS;
    }

    /**
     * The scan: one thread an element; {@value #AT_ONCE} pieces are on their way from memory at a
     * time.
     *
     * @param table which pieces
     * @param fades λ to the power of the piece's tokens [pieces, heads], and a {@linkplain Seals
     *     seal}
     * @param state of sequences, from initial to final, with room for a seal
     * @param before the initial ones, unless they are zero, with room for a seal; not used unless
     *     they are kept
     * @param local of pieces: what each adds; afterwards the state before it, if it is kept
     * @param pieces there is room for
     * @param elements of all states of sequences
     * @param keep 1 where the states before sequences and pieces are kept; 0 where the final ones
     *     are all that is wanted
     * @param seals the first of its places
     */
    public static void scan(
            KernelContext context,
            IntArray table,
            FloatArray fades,
            FloatArray state,
            FloatArray before,
            FloatArray local,
            int heads,
            int stateSize,
            int pieces,
            int elements,
            int keep,
            int seals,
            int receipt,
            IntArray receipts) {
        int x = context.globalIdx;
        if (x == 0) {
            int ticket = table.get(TICKET);
            receipts.set(receipt, ticket + context.localGroupSizeX);
            receipts.set(seals + FADES, (int) fades.get(pieces * heads));
            receipts.set(seals + STATES, (int) state.get(elements));
            state.set(elements, ticket);
            if (keep == 1) {
                before.set(elements, ticket);
            }
        }
        if (x < elements) {
            int head = x / stateSize;
            int r = head / heads;
            int h = head - r * heads;
            float carried = 0f;
            if (table.get(FROM_ZERO) == 0) {
                carried = state.get(x);
                if (keep == 1) {
                    before.set(x, carried);
                }
            }
            int entry = SEQUENCES + r * FIELDS;
            int first = table.get(entry + FIRST);
            int count = table.get(entry + COUNT);
            int pitch = heads * stateSize;
            int at = first * pitch + x - r * pitch;
            float[] added = new float[AT_ONCE];
            float[] fade = new float[AT_ONCE];
            for (int c = 0; c < count; c += AT_ONCE) {
                for (int i = 0; i < AT_ONCE; i++) {
                    int in = TornadoMath.min(c + i, count - 1);
                    added[i] = local.get(at + in * pitch);
                    fade[i] = fades.get((first + in) * heads + h);
                }
                for (int i = 0; i < AT_ONCE; i++) {
                    if (c + i < count) {
                        if (keep == 1) {
                            local.set(at + (c + i) * pitch, carried);
                        }
                        carried = fade[i] * carried + added[i];
                    }
                }
            }
            state.set(x, carried);
        }
    }
}
