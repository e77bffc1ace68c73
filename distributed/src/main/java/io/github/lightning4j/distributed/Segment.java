package io.github.lightning4j.distributed;

/**
 * The tokens that a sequence has in a partition.
 *
 * @param sequence 0 … R−1
 * @param from its first token there, along the token axis of all sequences
 * @param to the end, exclusive; {@code from} for a sequence without tokens
 * @param begins whether the sequence begins here, and not in an earlier partition
 * @param ends whether it ends here, and does not go on in the next partition
 */
public record Segment(int sequence, long from, long to, boolean begins, boolean ends) {
    /**
     * How many tokens.
     *
     * @return to − from
     */
    public long tokens() {
        return to - from;
    }
}
