package io.github.lightning4j.models.layers;

import io.github.lightning4j.PoolOptions;

/**
 * What {@link LayerStates} are opened with. Immutable.
 *
 * @param sequences how many, ≥ 1
 * @param device of lightning attention, as {@link
 *     io.github.lightning4j.LightningAttention.Builder#device} takes it
 * @param threads of that device, 0 for one for each processor
 * @param pool what is kept of each sequence in a lightning layer
 * @param budget what caches of softmax layers may take, all layers that share it together
 */
public record StateOptions(
        int sequences, String device, int threads, PoolOptions pool, CacheBudget budget) {
    /**
     * States on the best device, and caches without a limit.
     *
     * @param sequences how many
     * @return options
     */
    public static StateOptions of(int sequences) {
        return new StateOptions(
                sequences, "auto", 0, PoolOptions.DEFAULT, new CacheBudget(Long.MAX_VALUE));
    }
}
