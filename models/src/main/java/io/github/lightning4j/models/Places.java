package io.github.lightning4j.models;

import io.github.lightning4j.NoFreeSlotException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/** Which conversation has which place, and which of them failed. Not thread-safe. */
final class Places {
    private final @Nullable Conversation[] held;
    private final boolean[] failed;
    private final Deque<Integer> free = new ArrayDeque<>();

    Places(int count) {
        held = new Conversation[count];
        failed = new boolean[count];
        for (int i = 0; i < count; i++) {
            free.add(i);
        }
    }

    int free() {
        return free.size();
    }

    Conversation acquire() {
        Integer place = free.poll();
        if (place == null) {
            throw new NoFreeSlotException(
                    "all " + held.length + " conversations are in use; release one, or open more");
        }
        Conversation conversation = new Conversation(this, place);
        held[place] = conversation;
        failed[place] = false;
        return conversation;
    }

    void release(Conversation conversation) {
        int place = held(conversation);
        held[place] = null;
        free.add(place);
    }

    /** The place of a conversation that is held, failed or not. */
    int held(Conversation conversation) {
        if (!conversation.isOf(this)) {
            throw new IllegalArgumentException(conversation + " is of other conversations");
        }
        if (held[conversation.place()] != conversation) {
            throw new IllegalArgumentException(conversation + " was released before");
        }
        return conversation.place();
    }

    /** The place of a conversation that can go on. */
    int usable(Conversation conversation) {
        int place = held(conversation);
        if (failed[place]) {
            throw new IllegalStateException(
                    "the last call of "
                            + conversation
                            + " was interrupted or failed midway; clear or release it");
        }
        return place;
    }

    /** Places of some conversations, each of which is named once. */
    int[] usable(Iterable<Conversation> conversations, int count) {
        int[] places = new int[count];
        boolean[] named = new boolean[held.length];
        int r = 0;
        for (Conversation conversation : conversations) {
            int place = usable(conversation);
            if (named[place]) {
                throw new IllegalArgumentException(conversation + " is named twice");
            }
            named[place] = true;
            places[r++] = place;
        }
        return places;
    }

    void mark(int place, boolean hasFailed) {
        failed[place] = hasFailed;
    }

    @Override
    public String toString() {
        return Arrays.toString(held);
    }
}
