package io.github.lightning4j.cli.checks;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Heads that are compared with the definition: of the heads of all sequences some, evenly from the
 * first to the last.
 *
 * @param problem whose heads they are
 * @param count how many
 */
record HeadSample(Problem problem, int count) {
    /**
     * A head of a sequence.
     *
     * @param r the sequence
     * @param h the head
     */
    record Place(int r, int h) {}

    /** As many as there are, up to a bound. */
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

    /** Where they are. */
    List<Place> places() {
        long last = all(problem) - 1;
        int heads = problem.config().heads();
        return IntStream.range(0, count)
                .mapToLong(i -> count == 1 ? 0 : i * last / (count - 1))
                .mapToObj(i -> new Place((int) (i / heads), (int) (i % heads)))
                .toList();
    }

    /** How many of how many. */
    String inWords() {
        return "%s of %s heads".formatted(count, all(problem));
    }
}
