package io.github.lightning4j.models;

/**
 * A conversation in {@link Conversations} for as long as somebody holds it. One that was released
 * is refused, even where its place was handed out again. Immutable; two are equal only if they are
 * the same object.
 */
public final class Conversation {
    private final Object owner;
    private final int place;

    /** Handed out by {@link Conversations} alone. */
    Conversation(Object owner, int place) {
        this.owner = owner;
        this.place = place;
    }

    /** Whether it was handed out there. */
    boolean isOf(Object other) {
        return owner.equals(other);
    }

    int place() {
        return place;
    }

    @Override
    public String toString() {
        return "Conversation[" + place + "]";
    }
}
