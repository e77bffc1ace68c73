package io.github.lightning4j.serving;

import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.SlotSnapshot;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Many conversations on one device. Any number of threads append to their {@link Conversation}, and
 * calls that wait together go to the device together, in one call of a {@link
 * io.github.lightning4j.StatePool}. Thread-safe.
 *
 * <p><b>Layers.</b> A model has many, each with slopes of its own: open a {@code
 * LightningAttention} for each, on the same device, and give them all. There is a pool for each,
 * and a conversation has one slot in every pool or none in any. A step of the device is for one
 * layer.
 *
 * <p><b>Order.</b> When the device is free, whatever waits goes there at once; nothing waits for
 * company. Appends of a few tokens, decode, go first. Long ones, prefill, are cut into pieces, of
 * which each step takes as many as {@link ServiceOptions#stepTokens} allows; so decode waits for
 * one step at most. Where they are cut depends on their length alone, and what a conversation holds
 * depends on its tokens alone: who else is there never shows in an answer. Conversations take
 * turns.
 *
 * <p><b>Slots.</b> There may be more conversations than slots. When they run short, the one that
 * was idle longest is copied to the host's memory and comes back by itself, bit for bit. With
 * {@link ServiceOptions#withParking} what has no room there is written to files, by threads of
 * their own, and comes back from there in the same way.
 *
 * <p><b>Failures.</b> If a call of the device fails, the appends in it fail and nothing else. A
 * conversation whose states were lost by that says so ({@link ConversationLostException}).
 *
 * <p>{@link #close()} takes nothing more, lets all that waits go to the device, and frees the
 * pools; the {@code LightningAttention}s stay open. There is nothing static here: services do not
 * meet.
 */
public final class AttentionService implements AutoCloseable {
    private final List<LightningAttention> layers;
    private final ServiceOptions options;
    private final CallQueue queue;
    private final Dispatcher dispatcher;

    private AttentionService(
            List<LightningAttention> layers,
            ServiceOptions options,
            ServiceMetrics metrics,
            LongSupplier clock,
            StateFolder.Access access) {
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("layers is empty; there must be at least one");
        }
        this.layers = List.copyOf(layers);
        this.options = options;
        Telling telling = new Telling(metrics);
        queue = new CallQueue(layers.size(), options, telling, clock);
        dispatcher = new Dispatcher(this.layers, options, queue, telling, clock, access);
    }

    /** Opens one with a clock and an access to files of its own. */
    static AttentionService open(
            List<LightningAttention> layers,
            ServiceOptions options,
            ServiceMetrics metrics,
            LongSupplier clock,
            StateFolder.Access access) {
        AttentionService service = new AttentionService(layers, options, metrics, clock, access);
        service.dispatcher.start();
        return service;
    }

    /**
     * Opens a service.
     *
     * @param layers the attention of each layer, all on one device
     * @param options bounds
     * @param metrics who is told what it does
     * @return the service, which has allocated its pools
     * @throws io.github.lightning4j.BackendException if the device has no pools, or no memory
     * @throws java.io.UncheckedIOException if the folder for states cannot be used, or another
     *     service or store uses it
     */
    public static AttentionService open(
            List<LightningAttention> layers, ServiceOptions options, ServiceMetrics metrics) {
        return open(layers, options, metrics, System::nanoTime, StateFolder.Access.COPIED);
    }

    /**
     * Opens a service that tells nobody what it does.
     *
     * @param layers the attention of each layer, all on one device
     * @param options bounds
     * @return the service, which has allocated its pools
     * @throws io.github.lightning4j.BackendException if the device has no pools, or no memory
     * @throws java.io.UncheckedIOException if the folder for states cannot be used, or another
     *     service or store uses it
     */
    public static AttentionService open(List<LightningAttention> layers, ServiceOptions options) {
        return open(layers, options, ServiceMetrics.NONE);
    }

    /**
     * Its layers.
     *
     * @return the attention of each
     */
    public List<LightningAttention> layers() {
        return layers;
    }

    /**
     * Its bounds.
     *
     * @return the options it was opened with
     */
    public ServiceOptions options() {
        return options;
    }

    /**
     * Begins a conversation without tokens.
     *
     * @return the conversation
     * @throws RejectedException if there are as many as may be, or the service is closed
     */
    public Conversation open() {
        return conversation(dispatcher.open(List.of()));
    }

    /**
     * Begins a conversation from states, bit for bit.
     *
     * @param states one for each layer, of {@link Conversation#snapshot} for example
     * @return the conversation
     * @throws IllegalArgumentException if there are not as many as layers, or one has another shape
     * @throws RejectedException if there are as many as may be, or the service is closed
     */
    public Conversation open(List<SlotSnapshot> states) {
        if (states.size() != layers.size()) {
            throw new IllegalArgumentException(
                    "there are states of "
                            + states.size()
                            + " layers; it must be "
                            + layers.size());
        }
        for (int layer = 0; layer < layers.size(); layer++) {
            states.get(layer).checkFits(layers.get(layer).config());
        }
        return conversation(dispatcher.open(List.copyOf(states)));
    }

    private Conversation conversation(Sequence sequence) {
        return new Conversation(dispatcher, queue, layers, options, sequence);
    }

    /**
     * What goes on at the moment.
     *
     * @return counts
     */
    public ServiceStatus status() {
        return dispatcher.status();
    }

    /** Takes nothing more, lets what waits go to the device, and frees the pools. */
    @Override
    public void close() {
        dispatcher.close(Call.NEVER, false);
    }

    /**
     * The same within a time: appends that still wait then end.
     *
     * @param most how long what waits may still go to the device
     */
    public void close(Duration most) {
        dispatcher.close(Call.nanos(most), false);
    }

    /**
     * The same, and gives the states of all conversations that are open, to be stored and continued
     * elsewhere: in the host's memory, so there must be room for all.
     *
     * @param most how long what waits may still go to the device
     * @return states of all layers, by {@link Conversation#id}
     */
    public Map<Long, List<SlotSnapshot>> closeAndSave(Duration most) {
        return dispatcher.close(Call.nanos(most), true);
    }
}
