package io.github.lightning4j.serving;

import io.github.lightning4j.serving.Sequence.Lane;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which calls go to the device next. Short ones, such as decode, go first, in the order of their
 * arrival; long ones are cut into pieces, and after each its conversation goes to the end. So
 * nobody waits for more than the pieces of one step, and nobody is passed over for ever.
 *
 * <p>Where a long call is cut depends on its length alone, so that its output does not depend on
 * who else is there.
 *
 * <p>Guarded by the dispatcher's lock.
 */
final class Schedule {
    /** So many steps in a row may leave out all long calls that wait in other layers. */
    private static final int PATIENCE = 4;

    /**
     * The least that is left for the last piece, because devices may compute very short ones in
     * another order of operations.
     */
    private static final int LEAST = 32;

    private final ServiceOptions options;

    /** For each layer those whose first call is short, and when they got ready. */
    private final List<Map<Lane, Long>> decoding = new ArrayList<>();

    /** The same of those whose first call is long. */
    private final List<Map<Lane, Long>> filling = new ArrayList<>();

    /** Conversations with calls whose states are not on the device. */
    private final Set<Sequence> absent = new LinkedHashSet<>();

    private long stamps;
    private int passed;

    Schedule(int layers, ServiceOptions options) {
        this.options = options;
        for (int layer = 0; layer < layers; layer++) {
            decoding.add(new LinkedHashMap<>());
            filling.add(new LinkedHashMap<>());
        }
    }

    /**
     * Tokens of a call that go to the device together.
     *
     * @param lane whose call
     * @param call its first one
     * @param from the first token
     * @param count how many
     */
    record Piece(Lane lane, Call call, long from, long count) {}

    /** A conversation came to the device or left it, or was closed. */
    void update(Sequence sequence) {
        sequence.lanes().forEach(this::update);
    }

    /** The first call of a lane is another, or has gone to the device or come back. */
    void update(Lane lane) {
        Sequence sequence = lane.sequence();
        if (!sequence.isResident() && sequence.isBusy()) {
            absent.add(sequence);
        } else {
            absent.remove(sequence);
        }
        boolean isReady = lane.isReady();
        boolean isShort = isReady && isShort(lane);
        list(decoding.get(lane.layer()), lane, isShort);
        list(filling.get(lane.layer()), lane, isReady && !isShort);
    }

    private void list(Map<Lane, Long> list, Lane lane, boolean belongs) {
        if (belongs) {
            list.putIfAbsent(lane, stamps++);
        } else {
            list.remove(lane);
        }
    }

    private boolean isShort(Lane lane) {
        return lane.calls().element().left() <= options.decodeTokens();
    }

    private List<Map<Lane, Long>> lists(boolean decode) {
        return decode ? decoding : filling;
    }

    /** Whether any call can go to the device. */
    boolean hasReady() {
        return oldest(true) >= 0 || oldest(false) >= 0;
    }

    /** Conversations that wait for a slot, the first one first. */
    List<Sequence> absent() {
        return List.copyOf(absent);
    }

    /** The layer in which a call has waited longest; −1: none waits. */
    private int oldest(boolean decode) {
        int oldest = -1;
        long since = Long.MAX_VALUE;
        for (int layer = 0; layer < decoding.size(); layer++) {
            Iterator<Long> stamps = lists(decode).get(layer).values().iterator();
            if (stamps.hasNext()) {
                long first = stamps.next();
                if (first < since) {
                    since = first;
                    oldest = layer;
                }
            }
        }
        return oldest;
    }

    /** Takes the calls of the next step, all of one layer; null: none is ready. */
    @Nullable List<Piece> take() {
        int decode = oldest(true);
        int fill = oldest(false);
        int layer = decode < 0 || (fill >= 0 && passed >= PATIENCE) ? fill : decode;
        if (layer < 0) {
            return null;
        }
        List<Piece> pieces = new ArrayList<>();
        for (Lane lane : decoding.get(layer).keySet()) {
            if (pieces.size() < options.batch()) {
                Call call = lane.calls().element();
                pieces.add(new Piece(lane, call, call.taken(), call.left()));
            }
        }
        long room = options.stepTokens();
        boolean filled = false;
        for (Lane lane : filling.get(layer).keySet()) {
            Call call = lane.calls().element();
            long count = pieceOf(call.left());
            if (count <= room) {
                pieces.add(new Piece(lane, call, call.taken(), count));
                room -= count;
                filled = true;
            }
        }
        passed = filled || fill < 0 ? 0 : passed + 1;
        Set<Lane> taken = new HashSet<>();
        pieces.forEach(piece -> taken.add(piece.lane()));
        taken.forEach(lane -> lane.setRunning(true));
        decoding.get(layer).keySet().removeAll(taken);
        filling.get(layer).keySet().removeAll(taken);
        return pieces;
    }

    private long pieceOf(long left) {
        long step = options.stepTokens();
        if (left <= step) {
            return left;
        }
        return left - step < LEAST ? step - LEAST : step;
    }
}
