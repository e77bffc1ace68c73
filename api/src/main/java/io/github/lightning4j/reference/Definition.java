package io.github.lightning4j.reference;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.reference.ReferenceAttention.Head;

/** The definition of any algorithm, in float64. Stateless and thread-safe. */
public final class Definition {
    private Definition() {}

    /**
     * The output of an algorithm. It is the same for all linear attentions.
     *
     * @param algorithm which attention
     * @param head one head of one sequence
     * @return its output, [N][E]
     */
    public static double[][] output(Algorithm algorithm, Head head) {
        return algorithm == Algorithm.SOFTMAX
                ? ReferenceSoftmax.rows(head)
                : ReferenceAttention.tokenByToken(head).output();
    }
}
