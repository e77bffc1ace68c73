package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/**
 * Who holds which slot of a pool, and which slots cannot be used because a call failed. Used by one
 * thread at a time; only {@link #free} may be asked from others.
 */
final class SlotTable {
    private final Slot.Pool pool = new Slot.Pool();

    /** The generation of each place: odd while it is in use. */
    private final long[] generations;

    /** Places that are not in use; the first {@link #free} of them. */
    private final int[] stack;

    /** Why a slot can only be written anew; null where it can be used. */
    private final @Nullable String[] failures;

    /** The call that has named a slot last, so that one that is named twice shows. */
    private final long[] named;

    private volatile int free;
    private long call;

    SlotTable(int slots) {
        generations = new long[slots];
        stack = new int[slots];
        failures = new String[slots];
        named = new long[slots];
        free = slots;
        for (int i = 0; i < slots; i++) {
            stack[i] = slots - 1 - i;
        }
    }

    int slots() {
        return stack.length;
    }

    int free() {
        return free;
    }

    /** The place that {@link #acquire} will hand out. */
    int next() {
        if (free == 0) {
            throw new NoFreeSlotException(
                    "all "
                            + stack.length
                            + " slots are in use; release one, or open a larger pool");
        }
        return stack[free - 1];
    }

    /** Hands out the next place. */
    Slot acquire() {
        int index = next();
        int left = free - 1;
        free = left;
        failures[index] = null;
        return new Slot(pool, index, ++generations[index]);
    }

    /** Takes a place back. */
    void release(int index) {
        generations[index]++;
        int before = free;
        stack[before] = index;
        free = before + 1;
    }

    /**
     * The place of a slot that is in use.
     *
     * @param name of the argument
     * @throws IllegalArgumentException with the reason, if it is not one of this pool's
     */
    int held(String name, Slot slot) {
        String reason = reason(Arguments.given(name, slot, "a Slot"));
        if (reason != null) {
            throw new IllegalArgumentException(name + " is " + slot + "; " + reason);
        }
        return slot.index();
    }

    private @Nullable String reason(Slot slot) {
        if (slot == Slot.NONE) {
            return "it must be a slot of this pool";
        }
        if (!slot.isOf(pool)) {
            return "it is a slot of another pool";
        }
        return slot.generation() == generations[slot.index()]
                ? null
                : "it was released, and what was in it is gone";
    }

    /** The place of a slot whose state can be used. */
    int usable(String name, Slot slot) {
        int index = held(name, slot);
        String failure = failures[index];
        if (failure != null) {
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "%s is %s; %s: it can only be cleared, written, restored, copied to or"
                                    + " released",
                            name,
                            slot,
                            failure));
        }
        return index;
    }

    /** The slot cannot be used until it is {@linkplain #mend written anew}. */
    void fail(int index, String reason) {
        failures[index] = reason;
    }

    /** What is in the slot is known again. */
    void mend(int index) {
        failures[index] = null;
    }

    /**
     * Places of the rows of a call; −1 of {@link Slot#NONE}.
     *
     * @param slots those that the caller names
     * @param places as long; where the places go
     * @throws IllegalArgumentException if one is not of this pool, or named twice
     */
    void resolve(Slot[] slots, int[] places) {
        call++;
        for (int r = 0; r < slots.length; r++) {
            Slot slot = slots[r];
            if (slot == Slot.NONE) {
                places[r] = -1;
                continue;
            }
            if (slot == null || reason(slot) != null || failures[slot.index()] != null) {
                usable("slots[" + r + "]", slot);
            }
            int place = slot.index();
            if (named[place] == call) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "slots[%d] is %s, and so is one before it; a call may name a slot"
                                        + " once",
                                r,
                                slot));
            }
            named[place] = call;
            places[r] = place;
        }
    }
}
