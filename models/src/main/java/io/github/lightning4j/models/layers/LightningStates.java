package io.github.lightning4j.models.layers;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.Device;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Slot;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.models.layers.AroundAttention.Entered;

import java.util.Arrays;
import java.util.List;

/** {@link LayerStates} of a lightning layer: a slot of a {@link StatePool} for each sequence. */
public final class LightningStates implements LayerStates {
    private final AroundAttention layer;
    private final LightningAttention attention;
    private final StatePool pool;
    private final Slot[] slots;

    LightningStates(AroundAttention layer, StateOptions options) {
        this.layer = layer;
        attention =
                LightningAttention.builder(layer.config())
                        .device(options.device())
                        .threads(options.threads())
                        .open();
        try {
            pool = attention.openPool(options.sequences(), options.pool());
        } catch (Throwable e) {
            attention.close();
            throw e;
        }
        slots = new Slot[options.sequences()];
        Arrays.setAll(slots, i -> pool.acquire());
    }

    /**
     * Where attention is computed.
     *
     * @return the device
     */
    public Device device() {
        return attention.device();
    }

    /**
     * What was passed over on the way to the device.
     *
     * @return a line for each
     */
    public List<String> notices() {
        return attention.notices();
    }

    @Override
    public int sequences() {
        return slots.length;
    }

    @Override
    public void clear(int sequence) {
        pool.clear(slots[sequence]);
    }

    @Override
    public void copy(int from, int to) {
        pool.copy(slots[from], slots[to]);
    }

    @Override
    public long tokens(int sequence) {
        return pool.tokens(slots[sequence]);
    }

    @Override
    public long earliest(int sequence) {
        return pool.earliest(slots[sequence]);
    }

    @Override
    public void truncate(int sequence, long tokens) {
        pool.truncate(slots[sequence], tokens);
    }

    @Override
    public long bytes() {
        return pool.memory();
    }

    @Override
    public long growth(int sequence, long more) {
        return 0;
    }

    /**
     * The state of a sequence, copied.
     *
     * @param sequence which
     * @return S of all heads [1, H, D, E] in float32, after its tokens
     */
    public AttentionState state(int sequence) {
        return pool.read(slots[sequence]);
    }

    /**
     * All that is held of a sequence, copied.
     *
     * @param sequence which
     * @return S and the keys and values that are not in it yet
     */
    public SlotSnapshot snapshot(int sequence) {
        return pool.snapshot(slots[sequence]);
    }

    /**
     * Makes a sequence go on from a snapshot, as {@link StatePool#restore} does.
     *
     * @param sequence what was in it is gone
     * @param snapshot of the same layer
     * @throws IllegalArgumentException if it does not fit; nothing was changed
     */
    public void restore(int sequence, SlotSnapshot snapshot) {
        pool.restore(slots[sequence], snapshot);
    }

    /**
     * The attention in the middle.
     *
     * @return its heads, dimensions, slopes and scale
     */
    public AttentionConfig config() {
        return layer.config();
    }

    @Override
    public Activations append(int[] which, PackedSequences lengths, Activations x) {
        Positions.check(which, lengths, x, layer.hidden());
        if (x.rows() == 0) {
            return new Activations(0, layer.hidden());
        }
        Entered entered = layer.enter(x, Positions.of(which, lengths, this::tokens));
        Slot[] named = new Slot[which.length];
        Arrays.setAll(named, r -> slots[which[r]]);
        AttentionConfig config = layer.config();
        long n = x.rows();
        int heads = config.heads();
        Activations o = layer.compute().rows(x.rows(), heads * config.valueDim());
        pool.append(
                named,
                lengths,
                entered.q().tensor(1, n, heads, config.keyDim()),
                entered.k().tensor(1, n, heads, config.keyDim()),
                entered.v().tensor(1, n, heads, config.valueDim()),
                o.tensor(1, n, heads, config.valueDim()));
        Activations result = layer.leave(o, entered.gate());
        layer.compute().recycle(entered.q(), entered.k(), entered.v(), entered.gate(), o);
        return result;
    }

    @Override
    public void close() {
        pool.close();
        attention.close();
    }
}
