package io.github.lightning4j.cli.results;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * What all points of a sweep have in common.
 *
 * @param batch B at every length; null where totalTokens says it
 * @param totalTokens B · N at every length, so that B is totalTokens / N; null where B is the same
 * @param heads H
 * @param keyDim D
 * @param valueDim E
 * @param dtype of q, k, v and o: f32, f16 or bf16
 * @param layout of q, k, v and o
 * @param decay where the slopes of algorithms with decay come from
 * @param featureMap φ of algorithms that have one
 * @param scale c, or null for each algorithm's own
 * @param seed of the synthetic tensors
 */
public record Shape(
        @Nullable Long batch,
        @Nullable Long totalTokens,
        int heads,
        int keyDim,
        int valueDim,
        String dtype,
        String layout,
        String decay,
        String featureMap,
        @Nullable Double scale,
        long seed) {
    /**
     * The shape in a line.
     *
     * @return such as {@code B 1, H 8, D 64, E 64, f32} or {@code 256k tokens a call: B = 256k / N,
     *     H 8, …}
     */
    public String inWords() {
        String calls =
                totalTokens == null
                        ? "B " + batch
                        : "%s tokens a call: %s"
                                .formatted(Lengths.inWords(totalTokens), batchInWords());
        return "%s, H %s, D %s, E %s, %s".formatted(calls, heads, keyDim, valueDim, dtype);
    }

    /**
     * How B follows from N.
     *
     * @return such as {@code B = 256k / N}; null where B is the same at every length
     */
    public @Nullable String batchInWords() {
        return totalTokens == null ? null : "B = " + Lengths.inWords(totalTokens) + " / N";
    }

    /**
     * The batch at a length.
     *
     * @param tokens N
     * @return B
     */
    public long batchAt(long tokens) {
        return totalTokens == null ? Objects.requireNonNullElse(batch, 1L) : totalTokens / tokens;
    }
}
