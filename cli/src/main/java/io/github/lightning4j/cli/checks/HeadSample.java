package io.github.lightning4j.cli.checks;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The heads that are compared with the definition: some of the heads of all sequences, evenly
 * spread from the first to the last.
 *
 * @param problem whose heads they are
 * @param count the number of heads
 */
record HeadSample(Problem problem, int count) {
    /**
     * A head of a sequence.
     *
     * @param r the sequence
     * @param h the head
     */
    record Place(int r, int h) {}

    /** As many heads as there are, up to a bound. */
    static HeadSample of(Problem problem, int most) {
        return new HeadSample(problem, (int) Math.min(most, all(problem)));
    }

    private static long all(Problem problem) {
        return (long) problem.sequences() * problem.config().heads();
    }

    /** Whether there is nothing to compare. */
    boolean isEmpty() {
        return count == 0 || problem.longest() == 0;
    }

    /** The heads of the sample. */
    List<Place> places() {
        long last = all(problem) - 1;
        int heads = problem.config().heads();
        return IntStream.range(0, count)
                .mapToLong(i -> count == 1 ? 0 : i * last / (count - 1))
                .mapToObj(i -> new Place((int) (i / heads), (int) (i % heads)))
                .toList();
    }

    /** The size of the sample, in words. */
    String inWords() {
        return "%s of %s heads".formatted(count, all(problem));
    }
}
