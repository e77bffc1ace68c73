package io.github.lightning4j.serving;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.Validation;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A sequence of tokens in an {@link AttentionService}: in every layer, a state. Thread-safe.
 *
 * <p>A model of several layers appends a token to layer 0, computes the inputs of layer 1 from the
 * output, and so on; layers are numbered as the service was given them. Each layer takes its
 * appends in the order in which they were made, and different layers do not wait for each other:
 * where they stand may differ for a while. {@link #fork}, {@link #snapshot} and {@link #truncate}
 * are for all layers together, when no append waits or runs.
 *
 * <p>An append has all of its tokens in the conversation when it returns, or it throws and says how
 * many: {@link RejectedException}, {@link IllegalArgumentException} and {@link
 * IllegalStateException} leave the conversation as it was, {@link AppendEndedException} tells, and
 * after a {@link ConversationLostException} or a failure of the device that caused one there is
 * nothing left. Until it has ended its tensors must not be changed or freed.
 */
public final class Conversation implements AutoCloseable {
    private final Dispatcher dispatcher;
    private final CallQueue queue;
    private final List<LightningAttention> layers;
    private final ServiceOptions options;
    private final Sequence sequence;

    /** Of a sequence in a queue that a dispatcher serves. */
    Conversation(
            Dispatcher dispatcher,
            CallQueue queue,
            List<LightningAttention> layers,
            ServiceOptions options,
            Sequence sequence) {
        this.dispatcher = dispatcher;
        this.queue = queue;
        this.layers = layers;
        this.options = options;
        this.sequence = sequence;
    }

    /**
     * Which conversation of its service it is.
     *
     * @return a number that no other has
     */
    public long id() {
        return sequence.id();
    }

    /**
     * Tokens that a layer has seen.
     *
     * @param layer 0 … layers−1
     * @return the number, including those of a prefix or snapshot
     */
    public long tokens(int layer) {
        checkLayer(layer);
        return sequence.tokens(layer);
    }

    /**
     * Tokens that all layers have seen.
     *
     * @return the number of the layer with fewest
     */
    public long tokens() {
        long fewest = Long.MAX_VALUE;
        for (int layer = 0; layer < layers.size(); layer++) {
            fewest = Math.min(fewest, sequence.tokens(layer));
        }
        return fewest;
    }

    /**
     * Appends tokens to layer 0 and waits, as {@link #append(int, Tensor, Tensor, Tensor)}.
     *
     * @param q queries
     * @param k keys
     * @param v values
     * @return o
     */
    public Tensor append(Tensor q, Tensor k, Tensor v) {
        return append(0, q, k, v);
    }

    /**
     * Appends tokens to a layer and waits for their output. If the thread is interrupted meanwhile
     * the call ends as {@link CompletableFuture#cancel} would end it, and the thread stays
     * interrupted.
     *
     * @param layer 0 … layers−1
     * @param q queries, [1, H, n, D] or [1, n, H, D] as the layer's layout says, of the service's
     *     dtype
     * @param k keys, same shape
     * @param v values, [1, H, n, E] or [1, n, H, E]
     * @return o, in the shape of v and memory of its own
     * @throws IllegalArgumentException naming what does not fit
     * @throws IllegalStateException if the conversation is closed
     * @throws RejectedException if the service takes no more calls
     * @throws AppendEndedException if it ended before all tokens were appended
     * @throws ConversationLostException if the states of this conversation are lost
     * @throws io.github.lightning4j.BackendException if the device fails
     */
    public Tensor append(int layer, Tensor q, Tensor k, Tensor v) {
        return await(call(layer, q, k, v, Call.NEVER, false));
    }

    /**
     * The same with a deadline: when it has passed the append ends before its next piece.
     *
     * @param layer 0 … layers−1
     * @param q queries
     * @param k keys
     * @param v values
     * @param deadline from now on
     * @return o
     */
    public Tensor append(int layer, Tensor q, Tensor k, Tensor v, Duration deadline) {
        return await(call(layer, q, k, v, Call.nanos(deadline), false));
    }

    /**
     * Appends tokens to a layer without waiting; see {@link #append(int, Tensor, Tensor, Tensor)}.
     *
     * <p>{@link CompletableFuture#cancel} gives true only if no token was appended and none will
     * be. If a long append has begun, it ends after the piece that is on the device, with an {@link
     * AppendEndedException}; if its last piece is there, it ends as if it had not been cancelled.
     * {@link CompletableFuture#orTimeout} and the like do the same.
     *
     * @param layer 0 … layers−1
     * @param q queries
     * @param k keys
     * @param v values
     * @return o, when it is there
     */
    public CompletableFuture<Tensor> submit(int layer, Tensor q, Tensor k, Tensor v) {
        return call(layer, q, k, v, Call.NEVER, true);
    }

    /**
     * The same with a deadline.
     *
     * @param layer 0 … layers−1
     * @param q queries
     * @param k keys
     * @param v values
     * @param deadline from now on
     * @return o, when it is there
     */
    public CompletableFuture<Tensor> submit(
            int layer, Tensor q, Tensor k, Tensor v, Duration deadline) {
        return call(layer, q, k, v, Call.nanos(deadline), true);
    }

    private Call call(int layer, Tensor q, Tensor k, Tensor v, long nanos, boolean shared) {
        checkLayer(layer);
        AttentionConfig config = layers.get(layer).config();
        AttentionInputs inputs = AttentionInputs.of(q, k, v);
        Validation.check(config, inputs);
        if (q.dtype() != options.inputs()) {
            throw new IllegalArgumentException(
                    "q has dtype " + q.dtype() + "; this service takes " + options.inputs());
        }
        if (q.shape(0) != 1) {
            throw new IllegalArgumentException(
                    "q has batch " + q.shape(0) + "; a conversation is one sequence, batch 1");
        }
        long tokens = q.shape(config.layout().tokenAxis());
        DType type = options.outputs();
        long[] shape = config.layout().shape(1, config.heads(), tokens, config.valueDim());
        Tensor output = Tensor.allocate(type, shape);
        return queue.submit(sequence.lane(layer), inputs, output, tokens, nanos, shared);
    }

    private void checkLayer(int layer) {
        if (layer < 0 || layer >= layers.size()) {
            throw new IndexOutOfBoundsException(
                    String.format(
                            Locale.ROOT,
                            "layer is %d; it must be 0 ... %d",
                            layer,
                            layers.size() - 1));
        }
    }

    private static Tensor await(Call call) {
        try {
            return call.get();
        } catch (ExecutionException e) {
            throw Outcome.unchecked(e.getCause());
        } catch (InterruptedException e) {
            try {
                if (call.cancel(true)) {
                    throw call.ended(AppendEndedException.Reason.CANCELLED);
                }
                return Outcome.of(call);
            } finally {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Another conversation that goes on from where this one is, on its own. On the device, if a
     * slot is free there.
     *
     * @return the new conversation
     * @throws RejectedException if there are as many as may be
     * @throws IllegalStateException if appends of this one wait or run, or it is closed
     */
    public Conversation fork() {
        return new Conversation(dispatcher, queue, layers, options, dispatcher.fork(sequence));
    }

    /**
     * Takes the last tokens of all layers back, in bits; drafts, for example.
     *
     * @param tokens how many remain in each layer. {@link
     *     io.github.lightning4j.PoolOptions#rollback} says how far back that goes; where the states
     *     have been off the device meanwhile, or come from a prefix, to the last multiple of 32
     *     tokens before that
     * @throws IllegalArgumentException if a layer has fewer, or does not keep what is needed;
     *     nothing was changed
     * @throws IllegalStateException if appends of it wait or run, or it is closed
     */
    public void truncate(long tokens) {
        dispatcher.truncate(sequence, tokens);
    }

    /**
     * The states of all layers, from which {@link AttentionService#open(List)} goes on bit for bit.
     *
     * @return one for each layer
     * @throws IllegalStateException if appends of it wait or run, or it is closed
     */
    public List<SlotSnapshot> snapshot() {
        return dispatcher.states(sequence);
    }

    /** Closes it; appends that wait end. Closing twice does nothing. */
    @Override
    public void close() {
        dispatcher.close(sequence);
    }

    /** Which it is and how far it is. */
    @Override
    public String toString() {
        return "Conversation[" + id() + ", " + tokens() + " tokens]";
    }
}
