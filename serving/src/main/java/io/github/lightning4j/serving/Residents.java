package io.github.lightning4j.serving;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Slot;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The conversations whose states are on the device, each in one slot of the pool of every layer.
 * Used by the dispatcher's thread alone.
 */
final class Residents implements AutoCloseable {
    /** Steps for which a conversation that came may stay while others work and wait for slots. */
    private static final int STAY = 16;

    private final List<LightningAttention> layers;
    private final List<StatePool> pools = new ArrayList<>();
    private final Set<Sequence> there = new HashSet<>();
    private final int slots;
    private long step;

    /** Opens the pools. */
    Residents(List<LightningAttention> layers, ServiceOptions options) {
        this.layers = layers;
        slots = options.slots();
        try {
            for (LightningAttention layer : layers) {
                pools.add(layer.openPool(slots, options.pool()));
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    StatePool pool(int layer) {
        return pools.get(layer);
    }

    /** Whether there is a free slot. */
    boolean hasRoom() {
        return there.size() < slots;
    }

    /** The number of the step. */
    long step() {
        return step;
    }

    /** Another step begins. */
    void tick() {
        step++;
    }

    /** A conversation has a call in this step. */
    void serve(Sequence sequence) {
        sequence.serve(step);
    }

    /**
     * Who should leave so that another can come.
     *
     * @param working whether calls are ready; then nobody leaves who came a moment ago
     * @param busy who has calls
     * @param staying who must not leave
     */
    @Nullable Sequence victim(boolean working, Set<Sequence> busy, Set<Sequence> staying) {
        return there.stream()
                .filter(sequence -> !staying.contains(sequence))
                .filter(sequence -> !working || hasStayed(sequence, busy.contains(sequence)))
                .min(
                        Comparator.comparing((Sequence sequence) -> busy.contains(sequence))
                                .thenComparingLong(Sequence::lastStep)
                                .thenComparingLong(Sequence::id))
                .orElse(null);
    }

    private boolean hasStayed(Sequence sequence, boolean busy) {
        return sequence.served() >= (long) STAY * layers.size()
                || (!busy && step - sequence.lastStep() >= STAY);
    }

    /**
     * Brings a conversation to the device; there must be room, and its states in memory.
     *
     * @return bytes of its states
     * @throws RuntimeException if that fails; then it is not there
     */
    long bring(Sequence sequence) {
        List<Slot> taken = new ArrayList<>();
        List<SlotSnapshot> states = sequence.states();
        if (sequence.parked() != null && states.isEmpty()) {
            throw new IllegalStateException("states of " + sequence.id() + " are not in memory");
        }
        try {
            for (int layer = 0; layer < pools.size(); layer++) {
                taken.add(pools.get(layer).acquire());
                if (!states.isEmpty()) {
                    pools.get(layer).restore(taken.get(layer), states.get(layer));
                }
            }
        } catch (RuntimeException | Error e) {
            release(taken);
            throw e;
        }
        sequence.settle(List.copyOf(taken), step);
        there.add(sequence);
        return bytes(states);
    }

    /**
     * Takes a conversation off the device.
     *
     * @return bytes of its states
     * @throws RuntimeException if they cannot be copied; then it is still there
     */
    long park(Sequence sequence) {
        List<SlotSnapshot> states = states(sequence);
        release(sequence.slots());
        there.remove(sequence);
        sequence.leave(states);
        return bytes(states);
    }

    /** Frees the slots of a conversation, if it has any; its states are gone. */
    void drop(Sequence sequence) {
        List<Slot> taken = sequence.slots();
        there.remove(sequence);
        sequence.leave(List.of());
        release(taken);
    }

    /** Forks one that is there: on the device, if there is room for it. */
    void fork(Sequence from, Sequence to) {
        if (!from.isResident() || !hasRoom()) {
            to.leave(states(from));
            return;
        }
        List<Slot> taken = new ArrayList<>();
        try {
            for (int layer = 0; layer < pools.size(); layer++) {
                taken.add(pools.get(layer).copy(from.slots().get(layer)));
            }
        } catch (RuntimeException | Error e) {
            release(taken);
            throw e;
        }
        to.settle(List.copyOf(taken), step);
        there.add(to);
    }

    /** States of all layers, on the device or in memory. */
    List<SlotSnapshot> states(Sequence sequence) {
        if (sequence.isResident()) {
            List<SlotSnapshot> states = new ArrayList<>();
            for (int layer = 0; layer < pools.size(); layer++) {
                states.add(pools.get(layer).snapshot(sequence.slots().get(layer)));
            }
            return List.copyOf(states);
        }
        if (!sequence.states().isEmpty()) {
            return sequence.states();
        }
        return layers.stream().map(Residents::empty).toList();
    }

    private static SlotSnapshot empty(LightningAttention layer) {
        int heads = layer.config().heads();
        return SlotSnapshot.of(
                AttentionState.empty(layer.config(), 1),
                Tensor.allocate(DType.F32, heads, 0, layer.config().keyDim()),
                Tensor.allocate(DType.F32, heads, 0, layer.config().valueDim()));
    }

    private static long bytes(List<SlotSnapshot> states) {
        return states.stream().mapToLong(SlotSnapshot::bytes).sum();
    }

    /** Whether the states in a slot are lost. */
    boolean isLost(Sequence sequence, int layer) {
        try {
            pools.get(layer).tokens(sequence.slots().get(layer));
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    private void release(List<Slot> some) {
        for (int layer = 0; layer < some.size(); layer++) {
            pools.get(layer).release(some.get(layer));
        }
    }

    @Override
    public void close() {
        pools.forEach(StatePool::close);
        there.clear();
    }
}
