package io.github.lightning4j.cli.results;

import org.jspecify.annotations.Nullable;

/**
 * What all points of a sweep have in common.
 *
 * @param batch B
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
        long batch,
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
     * @return such as {@code B 1, H 8, D 64, E 64, f32}
     */
    public String inWords() {
        return "B %s, H %s, D %s, E %s, %s".formatted(batch, heads, keyDim, valueDim, dtype);
    }
}
