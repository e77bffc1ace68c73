package io.github.lightning4j.cli;

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
     * The seconds of a call, by those of another.
     *
     * @param tokens N
     * @param knownTokens a length that was measured
     * @param knownSeconds what a call took there
     */
    double seconds(long tokens, long knownTokens, double knownSeconds) {
        return knownSeconds * work(tokens) / work(knownTokens);
    }

    /** Work of a call but for a factor: of its tokens, each as much as the algorithm looks at. */
    private double work(long tokens) {
        Algorithm algorithm = config.algorithm();
        return tokensOfCall(tokens) * (algorithm.isQuadratic() ? tokens : 1);
    }

    /** The bytes of q, k, v and o. */
    double tensorBytes(long tokens) {
        return 2.0
                * (config.keyDim() + config.valueDim())
                * config.heads()
                * tokensOfCall(tokens)
                * elementBytes;
    }

    private double tokensOfCall(long tokens) {
        return (double) batchAt.applyAsLong(tokens) * tokens;
    }
}
