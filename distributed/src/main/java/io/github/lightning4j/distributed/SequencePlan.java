package io.github.lightning4j.distributed;

import io.github.lightning4j.PackedSequences;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How the tokens of many sequences are cut into partitions: all sequences lie one after another
 * along one axis, and each partition but the last has the same number of tokens of it, whichever
 * sequences they belong to. So a partition can have the end of one sequence, some whole ones and
 * the beginning of another, and only its first segment can need a state from before it.
 *
 * <p>Partitions depend on nothing but the sequences and the number that was chosen. Results
 * therefore do not depend on how many processes compute them. Immutable.
 */
public final class SequencePlan {
    /**
     * The tokens of a partition are a multiple of this, so that blocks of a sequence stay whole.
     */
    public static final int GRAIN = 64;

    private final long rows;
    private final long rowTokens;
    private final long[] boundaries;
    private final long tokensPerPartition;
    private final int partitions;

    private SequencePlan(long rows, long rowTokens, long[] boundaries, long tokensPerPartition) {
        if (tokensPerPartition < GRAIN || tokensPerPartition % GRAIN != 0) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "tokensPerPartition is %d; it must be a multiple of %d, at least %d",
                            tokensPerPartition,
                            GRAIN,
                            GRAIN));
        }
        this.rows = rows;
        this.rowTokens = rowTokens;
        this.boundaries = boundaries;
        this.tokensPerPartition = tokensPerPartition;
        long count = Math.ceilDiv(totalTokens(), tokensPerPartition);
        if (count > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "tokensPerPartition is %d, which makes %d partitions of %d tokens;"
                                    + " there must be fewer than 2^31",
                            tokensPerPartition,
                            count,
                            totalTokens()));
        }
        partitions = (int) Math.max(count, 1);
    }

    /**
     * Sequences of one length, as tensors with B &gt; 1 or a single sequence have them.
     *
     * @param batch B ≥ 1
     * @param tokens N ≥ 0
     * @param tokensPerPartition a multiple of {@link #GRAIN}
     * @return the plan
     * @throws IllegalArgumentException naming what is out of range
     */
    public static SequencePlan of(long batch, long tokens, long tokensPerPartition) {
        if (batch < 1 || batch > 1 << 30 || tokens < 0 || tokens > Long.MAX_VALUE / batch) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "sequences are %d of %d tokens; there must be 1 ... 2^30 of at least 0,"
                                    + " fewer than 2^63 together",
                            batch,
                            tokens));
        }
        long[] boundaries = new long[(int) batch + 1];
        Arrays.setAll(boundaries, r -> r * tokens);
        return new SequencePlan(batch, tokens, boundaries, tokensPerPartition);
    }

    /**
     * Packed sequences.
     *
     * @param sequences their boundaries
     * @param tokensPerPartition a multiple of {@link #GRAIN}
     * @return the plan
     * @throws IllegalArgumentException if tokensPerPartition is out of range
     */
    public static SequencePlan of(PackedSequences sequences, long tokensPerPartition) {
        return new SequencePlan(
                1, sequences.totalTokens(), sequences.cumulative(), tokensPerPartition);
    }

    /** B of the tensors. */
    long rows() {
        return rows;
    }

    /** N of the tensors: where the tokens of the next row of B begin. */
    long rowTokens() {
        return rowTokens;
    }

    /**
     * R.
     *
     * @return the number of sequences
     */
    public int sequences() {
        return boundaries.length - 1;
    }

    /**
     * The tokens of all sequences.
     *
     * @return their number
     */
    public long totalTokens() {
        return boundaries[boundaries.length - 1];
    }

    /**
     * Where the sequences begin.
     *
     * @return a new array [R+1], which ends with the tokens of all
     */
    public long[] boundaries() {
        return boundaries.clone();
    }

    /**
     * The first token of a sequence.
     *
     * @param sequence 0 … R−1
     * @return along the axis of all sequences
     */
    public long start(int sequence) {
        return boundaries[sequence];
    }

    /**
     * The end of a sequence.
     *
     * @param sequence 0 … R−1
     * @return along the axis of all sequences, exclusive
     */
    public long end(int sequence) {
        return boundaries[sequence + 1];
    }

    /**
     * The tokens of every partition but the last.
     *
     * @return the number that was chosen
     */
    public long tokensPerPartition() {
        return tokensPerPartition;
    }

    /**
     * The number of partitions.
     *
     * @return P ≥ 1; without any token there is one that has none
     */
    public int partitions() {
        return partitions;
    }

    /**
     * The first token of a partition.
     *
     * @param partition 0 … P−1
     * @return along the axis of all sequences
     */
    public long from(int partition) {
        checkPartition(partition);
        return partition * tokensPerPartition;
    }

    /**
     * The end of a partition.
     *
     * @param partition 0 … P−1
     * @return along the axis of all sequences, exclusive
     */
    public long to(int partition) {
        checkPartition(partition);
        return Math.min((partition + 1) * tokensPerPartition, totalTokens());
    }

    /**
     * The sequences of a partition and their tokens in it. A sequence without tokens is where it
     * would begin.
     *
     * @param partition 0 … P−1
     * @return in order; none but the first can have begun before, none but the last can go on
     */
    public List<Segment> segments(int partition) {
        long from = from(partition);
        long to = to(partition);
        boolean last = partition == partitions - 1;
        List<Segment> segments = new ArrayList<>();
        for (int r = firstSequence(from); r < sequences(); r++) {
            long begin = boundaries[r];
            long end = boundaries[r + 1];
            if (last ? begin > to : begin >= to) {
                break;
            }
            segments.add(
                    new Segment(
                            r, Math.max(begin, from), Math.min(end, to), begin >= from, end <= to));
        }
        return segments;
    }

    /** The first sequence that begins at a token or behind it, or has tokens on both sides. */
    private int firstSequence(long from) {
        int low = 0;
        int high = sequences();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (boundaries[middle] >= from || boundaries[middle + 1] > from) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /**
     * Whether a sequence comes into a partition from the one before it, with a state.
     *
     * @param partition 0 … P−1
     * @return false for the first
     */
    public boolean comesIn(int partition) {
        return partition > 0 && goesOn(partition - 1);
    }

    /**
     * Whether a sequence goes on in the next partition.
     *
     * @param partition 0 … P−1
     * @return false for the last
     */
    public boolean goesOn(int partition) {
        long to = to(partition);
        return partition < partitions - 1 && Arrays.binarySearch(boundaries, to) < 0;
    }

    private void checkPartition(int partition) {
        if (partition < 0 || partition >= partitions) {
            throw new IndexOutOfBoundsException(
                    String.format(
                            Locale.ROOT,
                            "partition is %d; it must be 0 ... %d",
                            partition,
                            partitions - 1));
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "SequencePlan[%d sequences, %d tokens, %d partitions of %d]",
                sequences(),
                totalTokens(),
                partitions,
                tokensPerPartition);
    }
}
