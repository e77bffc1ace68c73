package io.github.lightning4j.serving;

import io.github.lightning4j.Slot;
import io.github.lightning4j.SlotSnapshot;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BiConsumer;

/**
 * What the dispatcher knows of a conversation: its calls, which are guarded by the dispatcher's
 * lock, and where its states are, which only the dispatcher's thread sees.
 */
final class Sequence {
    private final long id;
    private final List<Lane> lanes = new ArrayList<>();
    private final AtomicLongArray tokens;
    private volatile @Nullable Throwable lost;
    private volatile boolean closed;

    /** Slots in the pools of the layers; empty while it is not on the device. */
    private List<Slot> slots = List.of();

    /** States of the layers while they are not on the device; null: there are no tokens. */
    private @Nullable Parked parked;

    private volatile boolean resident;

    /** Number of the last step with a call of it, and how many there were since it came. */
    private long lastStep;

    private long served;

    /**
     * A conversation that is not on the device.
     *
     * @param parked states of its layers; empty: it begins without tokens
     */
    Sequence(long id, int layers, List<SlotSnapshot> parked) {
        this.id = id;
        this.parked = parkedOf(parked);
        tokens = new AtomicLongArray(layers);
        for (int layer = 0; layer < layers; layer++) {
            lanes.add(new Lane(layer));
            tokens.set(layer, parked.isEmpty() ? 0 : parked.get(layer).tokens());
        }
    }

    private @Nullable Parked parkedOf(List<SlotSnapshot> states) {
        return states.isEmpty() ? null : new Parked(id, states);
    }

    /** The calls for one layer, in order; at most one of them is on the device. */
    final class Lane {
        private final int layer;
        private final Deque<Call> calls = new ArrayDeque<>();
        private boolean running;

        private Lane(int layer) {
            this.layer = layer;
        }

        Sequence sequence() {
            return Sequence.this;
        }

        int layer() {
            return layer;
        }

        Deque<Call> calls() {
            return calls;
        }

        /** Whether a piece of a call is on the device. */
        boolean isRunning(Call call) {
            return running && calls.peek() == call;
        }

        void setRunning(boolean now) {
            running = now;
        }

        /** Whether the first call can go to the device. */
        boolean isReady() {
            return resident && !running && !calls.isEmpty();
        }
    }

    long id() {
        return id;
    }

    Lane lane(int layer) {
        return lanes.get(layer);
    }

    List<Lane> lanes() {
        return lanes;
    }

    /** Does something with each call, which may remove it. */
    void eachCall(BiConsumer<Lane, Call> what) {
        for (Lane lane : lanes) {
            List.copyOf(lane.calls).forEach(call -> what.accept(lane, call));
        }
    }

    /** Whether there are calls, waiting or on the device. */
    boolean isBusy() {
        return lanes.stream().anyMatch(lane -> !lane.calls.isEmpty());
    }

    /** Tokens of a layer; any thread may ask. */
    long tokens(int layer) {
        return tokens.get(layer);
    }

    void addTokens(int layer, long more) {
        tokens.addAndGet(layer, more);
    }

    /** Why its states are lost; null: they are not. */
    @Nullable Throwable lost() {
        return lost;
    }

    void setLost(Throwable reason) {
        lost = reason;
    }

    /** Refuses what nobody can do with it any more. */
    void checkUsable() {
        if (closed) {
            throw new IllegalStateException("conversation " + id + " is closed");
        }
        Throwable reason = lost;
        if (reason != null) {
            throw new ConversationLostException(id, reason);
        }
    }

    boolean isClosed() {
        return closed;
    }

    void setClosed() {
        closed = true;
    }

    /** Whether its states are on the device. */
    boolean isResident() {
        return resident;
    }

    List<Slot> slots() {
        return slots;
    }

    /** Its states while they are not on the device; null: there are none. */
    @Nullable Parked parked() {
        return parked;
    }

    /** Its states in memory while they are not on the device; empty: there are none. */
    List<SlotSnapshot> states() {
        return parked == null ? List.of() : parked.states();
    }

    /** Its states are on the device. */
    void settle(List<Slot> there, long step) {
        slots = there;
        parked = null;
        resident = true;
        lastStep = step;
        served = 0;
    }

    /** Its states are not on the device but in memory; empty: there are none. */
    void leave(List<SlotSnapshot> states) {
        slots = List.of();
        parked = parkedOf(states);
        resident = false;
    }

    /** A call of it was in a step. */
    void serve(long step) {
        lastStep = step;
        served++;
    }

    long lastStep() {
        return lastStep;
    }

    long served() {
        return served;
    }
}
