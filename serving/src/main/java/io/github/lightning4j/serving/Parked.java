package io.github.lightning4j.serving;

import io.github.lightning4j.SlotSnapshot;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.List;

/**
 * The states of a conversation that is not on the device: in memory, in a file, or in both, which
 * are the same then, because states that are parked do not change. Seen by the dispatcher's thread
 * alone, but for {@link #isGone}.
 */
final class Parked {
    /** Those that were idle longest come first. */
    static final Comparator<Parked> IDLE_LONGEST =
            Comparator.comparingLong(Parked::since).thenComparingLong(p -> p.id);

    private static final long UNCOUNTED = -1;

    /** A file of states. */
    record StateFile(String name, long bytes) {}

    private final long id;
    private final long bytes;

    /** One for each layer; empty: they are in the file alone. */
    private List<SlotSnapshot> states;

    private @Nullable StateFile file;
    private long since = UNCOUNTED;
    private volatile boolean gone;

    /**
     * States in memory.
     *
     * @param id of the conversation
     * @param states of at least one layer
     */
    Parked(long id, List<SlotSnapshot> states) {
        this.id = id;
        this.states = states;
        bytes = states.stream().mapToLong(SlotSnapshot::bytes).sum();
    }

    /** Bytes in memory, while they are there. */
    long bytes() {
        return bytes;
    }

    List<SlotSnapshot> states() {
        return states;
    }

    boolean isInMemory() {
        return !states.isEmpty();
    }

    /** They were read from the file; an empty list: they are dropped from memory. */
    void setStates(List<SlotSnapshot> now) {
        states = now;
    }

    /** Null: there is none, or not yet. */
    @Nullable StateFile file() {
        return file;
    }

    void setFile(StateFile written) {
        file = written;
    }

    /** The step since which the conversation is idle. */
    long since() {
        return since;
    }

    /** Whether the budget counts them. */
    boolean isCounted() {
        return since != UNCOUNTED;
    }

    void count(long idleSince) {
        since = idleSince;
    }

    /** Whether nobody wants them any more; any thread may ask. */
    boolean isGone() {
        return gone;
    }

    /** The conversation came back to the device, or is closed or lost. */
    void go() {
        gone = true;
    }
}
