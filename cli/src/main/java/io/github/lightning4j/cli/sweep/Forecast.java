package io.github.lightning4j.cli.sweep;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;

import java.util.function.LongUnaryOperator;

/**
 * What a call takes and holds at lengths that have not been measured.
 *
 * @param config of the series
 * @param elementBytes of an element of q, k, v and o
 * @param batchAt B by N
 */
record Forecast(AttentionConfig config, int elementBytes, LongUnaryOperator batchAt) {
    /**
     * A call.
     *
     * @param batch B
     * @param tokens N
     * @param seconds what it took
     */
    record Call(long batch, long tokens, double seconds) {}

    /** A call at a length. */
    Call call(long tokens, double seconds) {
        return new Call(batchAt.applyAsLong(tokens), tokens, seconds);
    }

    /**
     * The seconds of a call at a length, by those of another.
     *
     * @param tokens N
     * @param known a call that was timed
     */
    double seconds(long tokens, Call known) {
        return seconds(call(tokens, 0), known);
    }

    /** The seconds of a call, whatever it says itself, by those of another. */
    double seconds(Call call, Call known) {
        return known.seconds * work(call) / work(known);
    }

    /** Work of a call but for a factor: of its tokens, each as much as the algorithm looks at. */
    private double work(Call call) {
        Algorithm algorithm = config.algorithm();
        return (double) call.batch * call.tokens * (algorithm.isQuadratic() ? call.tokens : 1);
    }

    /** The bytes of q, k, v and o. */
    double tensorBytes(long tokens) {
        return 2.0
                * (config.keyDim() + config.valueDim())
                * config.heads()
                * ((double) batchAt.applyAsLong(tokens) * tokens)
                * elementBytes;
    }
}
