package io.github.lightning4j.models;

import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.models.layers.Activations;

import java.util.Arrays;
import java.util.List;

/**
 * The tokens of one call, handed out in parts of some rows, and the rows of the result that are
 * wanted: all of them, or the last one of each conversation. Not thread-safe.
 */
final class AppendedTokens {
    private final int[] places;
    private final List<int[]> ids;
    private final boolean all;
    private final int[] done;
    private final Activations kept;

    /**
     * Some tokens of some conversations, packed.
     *
     * @param which conversations of the call, by number
     * @param places theirs
     * @param lengths how many tokens of each
     * @param ids the tokens
     */
    @SuppressWarnings("ArrayRecordComponent") // of one pass, never compared
    record Part(int[] which, int[] places, PackedSequences lengths, int[] ids) {}

    AppendedTokens(int[] places, List<int[]> ids, boolean all, int hidden) {
        this.places = places;
        this.ids = ids;
        this.all = all;
        done = new int[places.length];
        long rows = ids.stream().mapToLong(each -> all ? each.length : 1).sum();
        kept = new Activations(Math.toIntExact(rows), hidden);
    }

    boolean hasNext() {
        for (int r = 0; r < done.length; r++) {
            if (done[r] < ids.get(r).length) {
                return true;
            }
        }
        return false;
    }

    /** The next tokens, at most as many as there is room for. */
    Part next(int room) {
        int[] which = new int[places.length];
        long[] lengths = new long[places.length];
        int[] packed = new int[room];
        int count = 0;
        int rows = 0;
        for (int r = 0; r < places.length && rows < room; r++) {
            int length = Math.min(room - rows, ids.get(r).length - done[r]);
            if (length > 0) {
                System.arraycopy(ids.get(r), done[r], packed, rows, length);
                which[count] = r;
                lengths[count++] = length;
                rows += length;
            }
        }
        int[] named = Arrays.copyOf(which, count);
        return new Part(
                named,
                Arrays.stream(named).map(r -> places[r]).toArray(),
                PackedSequences.ofLengths(Arrays.copyOf(lengths, count)),
                Arrays.copyOf(packed, rows));
    }

    /** Takes what is wanted of a part's result. */
    void keep(Part part, Activations x) {
        for (int i = 0; i < part.which().length; i++) {
            int r = part.which()[i];
            int from = (int) part.lengths().start(i);
            int length = (int) part.lengths().length(i);
            if (all) {
                copy(x, from, first(r) + done[r], length);
            } else {
                // Of a conversation that has more parts this is overwritten.
                copy(x, from + length - 1, r, 1);
            }
            done[r] += length;
        }
    }

    /** Where the rows of a conversation begin among all that are kept. */
    private int first(int r) {
        int first = 0;
        for (int i = 0; i < r; i++) {
            first += ids.get(i).length;
        }
        return first;
    }

    private void copy(Activations x, int from, int to, int rows) {
        int width = x.width();
        System.arraycopy(x.values(), from * width, kept.values(), to * width, rows * width);
    }

    /** The rows that are wanted. */
    Activations kept() {
        return kept;
    }
}
