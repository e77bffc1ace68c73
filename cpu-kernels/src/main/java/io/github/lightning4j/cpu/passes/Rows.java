package io.github.lightning4j.cpu.passes;

/**
 * A run of rows of one head. Every workspace has one that is set anew for each block, because a
 * record for each block would be garbage after it. Not thread-safe.
 */
final class Rows {
    private int sequence;
    private int head;
    private long first;
    private int count;

    /** Sets all four fields. */
    Rows set(int sequence, int head, long first, int count) {
        this.sequence = sequence;
        this.head = head;
        this.first = first;
        this.count = count;
        return this;
    }

    /** r. */
    int sequence() {
        return sequence;
    }

    /** h. */
    int head() {
        return head;
    }

    /** The first token. */
    long first() {
        return first;
    }

    /** How many. */
    int count() {
        return count;
    }
}
