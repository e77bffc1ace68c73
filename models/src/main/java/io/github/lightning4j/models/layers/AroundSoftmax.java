package io.github.lightning4j.models.layers;

/**
 * What a softmax layer computes before and after attention. Immutable.
 *
 * @param compute what it is computed with
 * @param queryProjection from hidden rows to H heads
 * @param keyProjection from hidden rows to KV heads
 * @param valueProjection from hidden rows to KV heads
 * @param output from H heads to hidden rows
 * @param encoding of positions in q and k
 * @param hidden features of a token
 * @param heads H
 * @param keyValueHeads KV
 * @param dim D
 */
record AroundSoftmax(
        Compute compute,
        Projection queryProjection,
        Projection keyProjection,
        Projection valueProjection,
        Projection output,
        PositionEncoding encoding,
        int hidden,
        int heads,
        int keyValueHeads,
        int dim) {
    /** Queries of tokens at some positions, turned. */
    Activations queries(Activations x, long[] positions) {
        return encoding.encode(queryProjection.apply(x), positions);
    }

    /** Keys, turned, as the cache keeps them. */
    Activations keys(Activations x, long[] positions) {
        return encoding.encode(keyProjection.apply(x), positions);
    }

    Activations values(Activations x) {
        return valueProjection.apply(x);
    }
}
