package io.github.lightning4j.distributed;

import java.util.List;

/** States of sequences that are among the results of a partition. */
enum PartStates {
    /** Those of the sequences that end in it. */
    FINAL("final_state"),
    /** Gradients of the initial states of those that begin in it. */
    INITIAL("dinitial_state");

    private final String tensor;

    PartStates(String tensor) {
        this.tensor = tensor;
    }

    /** Those of a direction. */
    static PartStates of(Direction direction) {
        return direction == Direction.BACKWARD ? INITIAL : FINAL;
    }

    /** The name of the tensor. */
    String tensor() {
        return tensor;
    }

    /** Whether the state of the sequence of a segment is in the segment's partition. */
    boolean has(Segment segment) {
        return this == FINAL ? segment.ends() : segment.begins();
    }

    /** The first sequence whose state is in a partition, if there is any. */
    int first(SequencePlan plan, int partition) {
        Segment first = plan.segments(partition).getFirst();
        return first.sequence() + (has(first) ? 0 : 1);
    }

    /** How many there are: all but one at an end that belongs to another partition. */
    int count(SequencePlan plan, int partition) {
        List<Segment> segments = plan.segments(partition);
        return (int) segments.stream().filter(this::has).count();
    }
}
