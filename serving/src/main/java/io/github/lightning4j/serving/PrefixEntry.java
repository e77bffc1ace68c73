package io.github.lightning4j.serving;

import io.github.lightning4j.SlotSnapshot;

import java.util.List;

/** A stored prefix: where its states are, and what it is worth. Guarded by the index. */
final class PrefixEntry {
    private final String name;
    private final int tokens;

    /** States in memory; empty: they are not there. */
    private List<SlotSnapshot> host = List.of();

    private long hostBytes;
    private long diskBytes;
    private long used;

    /**
     * A prefix that is stored nowhere.
     *
     * @param name its hash
     * @param tokens how many it has
     */
    PrefixEntry(String name, int tokens) {
        this.name = name;
        this.tokens = tokens;
    }

    String name() {
        return name;
    }

    int tokens() {
        return tokens;
    }

    List<SlotSnapshot> host() {
        return host;
    }

    long hostBytes() {
        return hostBytes;
    }

    /** Bytes of its file; 0: it has none. */
    long diskBytes() {
        return diskBytes;
    }

    void setHost(List<SlotSnapshot> states) {
        host = states;
        hostBytes = states.stream().mapToLong(SlotSnapshot::bytes).sum();
    }

    void setDisk(long bytes) {
        diskBytes = bytes;
    }

    boolean isNowhere() {
        return host.isEmpty() && diskBytes == 0;
    }

    void use(long tick) {
        used = tick;
    }

    /** The cost to compute it again, times how recently it was used. */
    double value(long tick) {
        return tokens / (double) (tick - used + 1);
    }
}
