package io.github.lightning4j.distributed;

/** What partitions tell each other: a state of one sequence, H·D·E floats, in a small file. */
enum Exchange {
    /** The state that the last segment of a partition leaves if it begins empty. */
    LOCAL_STATE("local-state"),
    /** The state before the first token of a partition. */
    INCOMING_STATE("incoming-state"),
    /** The gradient before the first segment of a partition, if nothing behind it has one. */
    LOCAL_GRADIENT("local-gradient"),
    /** The gradient of the state behind the last token of a partition. */
    OUTGOING_GRADIENT("outgoing-gradient");

    private final String word;

    Exchange(String word) {
        this.word = word;
    }

    /** The beginning of file names. */
    String word() {
        return word;
    }
}
