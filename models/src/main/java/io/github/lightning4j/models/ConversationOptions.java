package io.github.lightning4j.models;

import io.github.lightning4j.PoolOptions;

/**
 * What {@link Conversations} are opened with. Immutable.
 *
 * @param conversations how many there can be at a time, ≥ 1
 * @param device of lightning attention, as {@link
 *     io.github.lightning4j.LightningAttention.Builder#device} takes it
 * @param threads of that device, 0 for one for each processor
 * @param pool what lightning layers keep of each conversation; its rollback is how many tokens
 *     {@link Conversations#truncate} can take back at least
 * @param cacheLimit bytes that key-value caches of softmax layers may take in all
 */
public record ConversationOptions(
        int conversations, String device, int threads, PoolOptions pool, long cacheLimit) {
    /**
     * The best device, and no limit for caches.
     *
     * @param conversations how many there can be at a time
     * @return options
     */
    public static ConversationOptions of(int conversations) {
        return new ConversationOptions(
                conversations, "auto", 0, PoolOptions.DEFAULT, Long.MAX_VALUE);
    }

    /**
     * The same on another device.
     *
     * @param id as {@code LightningAttention.Builder.device} takes it
     * @return new options
     */
    public ConversationOptions withDevice(String id) {
        return new ConversationOptions(conversations, id, threads, pool, cacheLimit);
    }

    /**
     * The same with other threads.
     *
     * @param count of the device, 0 for one for each processor
     * @return new options
     */
    public ConversationOptions withThreads(int count) {
        return new ConversationOptions(conversations, device, count, pool, cacheLimit);
    }

    /**
     * The same with other pools.
     *
     * @param options what lightning layers keep
     * @return new options
     */
    public ConversationOptions withPool(PoolOptions options) {
        return new ConversationOptions(conversations, device, threads, options, cacheLimit);
    }

    /**
     * The same with another limit.
     *
     * @param bytes that caches may take in all
     * @return new options
     */
    public ConversationOptions withCacheLimit(long bytes) {
        return new ConversationOptions(conversations, device, threads, pool, bytes);
    }
}
