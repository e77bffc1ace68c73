package io.github.lightning4j.serving;

/**
 * What a service and a store tell about their work, as it happens. All methods do nothing unless
 * they are overridden.
 *
 * <p>Those of a service are called by its own thread and keep it from its work, so they must be
 * short; those of a store by any thread. What one throws is logged and ignored.
 */
public interface ServiceMetrics {
    /** Where states are kept. */
    enum Tier {
        /** Memory of the host. */
        HOST,
        /** Files. */
        DISK
    }

    /** Tells nobody. */
    ServiceMetrics NONE = new ServiceMetrics() {};

    /**
     * One call of the device has ended.
     *
     * @param layer which pool it was
     * @param calls how many appends, or pieces of them
     * @param tokens of all together
     * @param deviceNanos how long it took, with copies in and out
     */
    default void batch(int layer, int calls, long tokens, long deviceNanos) {}

    /**
     * An append goes to the device for the first time.
     *
     * @param tokens of the append
     * @param nanos for which it has waited
     */
    default void waited(long tokens, long nanos) {}

    /**
     * A call or conversation was not taken.
     *
     * @param reason why
     */
    default void rejected(RejectedException.Reason reason) {}

    /**
     * An append ended early.
     *
     * @param reason why
     */
    default void ended(AppendEndedException.Reason reason) {}

    /**
     * A call of the device has failed, or states could not be moved.
     *
     * @param lost how many conversations were lost by it
     */
    default void failed(int lost) {}

    /**
     * The states of a conversation went from the device to the host.
     *
     * @param bytes how many
     */
    default void parked(long bytes) {}

    /**
     * The states of a conversation came back to the device.
     *
     * @param bytes how many
     */
    default void resumed(long bytes) {}

    /**
     * The states of a conversation that is not on the device were written to a file.
     *
     * @param bytes of the file
     */
    default void spilled(long bytes) {}

    /**
     * The states of a conversation were read back from a file.
     *
     * @param bytes of the file
     */
    default void fetched(long bytes) {}

    /**
     * The states of a conversation could not be written to a file, and stay in memory.
     *
     * @param bytes how many
     */
    default void spillFailed(long bytes) {}

    /**
     * A prefix was looked up.
     *
     * @param tokens of the longest that is stored; 0: none is
     * @param of tokens that were asked for
     */
    default void looked(long tokens, long of) {}

    /**
     * A prefix was stored.
     *
     * @param tier where
     * @param bytes how many
     */
    default void stored(Tier tier, long bytes) {}

    /**
     * A prefix was dropped to make room, or because it is damaged.
     *
     * @param tier where
     * @param bytes how many
     */
    default void evicted(Tier tier, long bytes) {}

    /**
     * A prefix could not be written to disk.
     *
     * @param bytes how many
     */
    default void writeFailed(long bytes) {}
}
