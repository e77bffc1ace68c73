package io.github.lightning4j;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendPool;
import io.github.lightning4j.spi.SlotBuffers;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Objects;

/** A pool behind its {@link StatePool}. While one thread uses it a second is refused. */
final class OpenPool implements Owned {
    private static final String MIDWAY = "an append was interrupted midway";
    private static final String FAILED = "an append failed midway";

    private final Sessions owner;
    private final BackendPool backend;
    private final SlotTable table;
    private final long bytes;
    private final CallSite opened = CallSite.here();
    private final Turn turn = new Turn("the pool", this::checkOpen);
    private volatile boolean closed;

    // Kept from the last decode step, because one is so short that garbage would show.
    private int[] places = {};
    private @Nullable AttentionInputs inputs;
    private @Nullable AttentionProblem problem;

    private OpenPool(Sessions owner, BackendPool backend, SlotTable table, long bytes) {
        this.owner = owner;
        this.backend = backend;
        this.table = table;
        this.bytes = bytes;
    }

    /** Opens a pool whose slots are free; makes the owner end it. */
    static OpenPool open(Sessions owner, int slots, PoolOptions options) {
        BackendPool backend = owner.startPool(slots, options);
        long bytes = owner.poolMemory(slots, options);
        OpenPool pool;
        try {
            pool = new OpenPool(owner, backend, new SlotTable(slots), bytes);
        } catch (RuntimeException | Error e) {
            owner.abandon(backend::close, bytes);
            throw e;
        }
        owner.adopt(pool);
        return pool;
    }

    int slots() {
        return table.slots();
    }

    int free() {
        return table.free();
    }

    Slot acquire() {
        turn.enter();
        try {
            backend.clear(table.next());
            return table.acquire();
        } finally {
            turn.leave();
        }
    }

    void release(Slot slot) {
        turn.enter();
        try {
            int place = table.held("slot", slot);
            table.release(place);
            backend.release(place);
        } finally {
            turn.leave();
        }
    }

    Slot copy(Slot from) {
        turn.enter();
        try {
            backend.copy(table.usable("from", from), table.next());
            return table.acquire();
        } finally {
            turn.leave();
        }
    }

    void copy(Slot from, Slot to) {
        turn.enter();
        try {
            int source = table.usable("from", from);
            int target = table.held("to", to);
            if (source != target) {
                table.fail(target, "a copy to it failed");
                backend.copy(source, target);
                table.mend(target);
            }
        } finally {
            turn.leave();
        }
    }

    void clear(Slot slot) {
        turn.enter();
        try {
            int place = table.held("slot", slot);
            table.fail(place, "clearing it failed");
            backend.clear(place);
            table.mend(place);
        } finally {
            turn.leave();
        }
    }

    long tokens(Slot slot) {
        turn.enter();
        try {
            return backend.tokens(table.usable("slot", slot));
        } finally {
            turn.leave();
        }
    }

    long earliest(Slot slot) {
        turn.enter();
        try {
            return backend.earliest(table.usable("slot", slot));
        } finally {
            turn.leave();
        }
    }

    void truncate(Slot slot, long tokens) {
        turn.enter();
        try {
            int place = table.usable("slot", slot);
            long earliest = backend.earliest(place);
            long now = backend.tokens(place);
            if (tokens < earliest || tokens > now) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "tokens is %d; %s has %d, and what it keeps reaches back to %d:"
                                        + " PoolOptions.rollback makes it more",
                                tokens,
                                slot,
                                now,
                                earliest));
            }
            backend.truncate(place, tokens);
        } finally {
            turn.leave();
        }
    }

    AttentionState read(Slot slot) {
        turn.enter();
        try {
            return states(new int[] {table.usable("slot", slot)});
        } finally {
            turn.leave();
        }
    }

    /** The states of some places, one after another; zeros for −1. */
    private AttentionState states(int[] some) {
        AttentionConfig config = owner.config();
        Tensor values =
                Tensor.allocate(
                        DType.F32, some.length, config.heads(), config.keyDim(), config.valueDim());
        long[] tokens = new long[some.length];
        for (int r = 0; r < some.length; r++) {
            if (some[r] >= 0) {
                backend.read(some[r], values.slice(0, r, r + 1).segment());
                tokens[r] = backend.tokens(some[r]);
            }
        }
        return AttentionState.of(values, config.slopes(), tokens, AttentionState.Origin.of(config));
    }

    void write(Slot slot, AttentionState state) {
        turn.enter();
        try {
            int place = table.held("slot", slot);
            Arguments.given("state", state, "an AttentionState");
            Validation.checkState("state", state, owner.config(), 1);
            table.fail(place, "writing it failed");
            try {
                backend.write(place, state.values().segment(), state.tokens(0));
            } catch (RuntimeException | Error e) {
                throw new ArgumentMemory().with("state", state.values()).explain(e);
            }
            table.mend(place);
        } finally {
            turn.leave();
        }
    }

    SlotSnapshot snapshot(Slot slot) {
        turn.enter();
        try {
            int place = table.usable("slot", slot);
            AttentionConfig config = owner.config();
            int heads = config.heads();
            long folded = backend.folded(place);
            long rows = backend.tokens(place) - folded;
            Tensor s = Tensor.allocate(DType.F32, 1, heads, config.keyDim(), config.valueDim());
            Tensor keys = Tensor.allocate(DType.F32, heads, rows, config.keyDim());
            Tensor values = Tensor.allocate(DType.F32, heads, rows, config.valueDim());
            backend.snapshot(place, new SlotBuffers(s.segment(), keys.segment(), values.segment()));
            AttentionState state =
                    AttentionState.of(
                            s,
                            config.slopes(),
                            new long[] {folded},
                            AttentionState.Origin.of(config));
            return SlotSnapshot.of(state, keys, values);
        } finally {
            turn.leave();
        }
    }

    void restore(Slot slot, SlotSnapshot snapshot) {
        turn.enter();
        try {
            int place = table.held("slot", slot);
            Arguments.given("snapshot", snapshot, "a SlotSnapshot");
            snapshot.checkFits(owner.config(), backend.grid());
            AttentionState state = snapshot.folded();
            table.fail(place, "restoring it failed");
            try {
                backend.restore(
                        place,
                        state.tokens(0),
                        (int) snapshot.keys().shape(1),
                        new SlotBuffers(
                                state.values().segment(),
                                snapshot.keys().segment(),
                                snapshot.values().segment()));
            } catch (RuntimeException | Error e) {
                throw new ArgumentMemory()
                        .with("snapshot", state.values())
                        .with("snapshot", snapshot.keys())
                        .with("snapshot", snapshot.values())
                        .explain(e);
            }
            table.mend(place);
        } finally {
            turn.leave();
        }
    }

    void append(
            Slot[] slots,
            @Nullable PackedSequences packed,
            Tensor q,
            Tensor k,
            Tensor v,
            Tensor output) {
        turn.enter();
        try {
            AttentionInputs in = inputs;
            if (in == null
                    || in.q() != q
                    || in.k() != k
                    || in.v() != v
                    || !Objects.equals(in.sequences(), packed)) {
                in = new AttentionInputs(q, k, v, packed, null);
            }
            appendAlone(slots, in, output);
            inputs = problem == null ? null : in;
        } finally {
            turn.leave();
        }
    }

    private void appendAlone(Slot[] slots, AttentionInputs in, Tensor output) {
        Arguments.given("slots", slots, "an array of slots");
        AttentionProblem call = Validation.problem(owner.config(), in, output, problem);
        if (call.sequences() != slots.length) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "inputs have %d sequences; slots has %d",
                            call.sequences(),
                            slots.length));
        }
        if (places.length != slots.length) {
            places = new int[slots.length];
        }
        table.resolve(slots, places);
        for (int r = 0; r < places.length; r++) {
            if (places[r] >= 0) {
                AttentionState.tokensAfter(r, backend.tokens(places[r]), call.length(r));
            }
        }
        AttentionInterruptedException.check();
        AttentionState before = owner.verification().isOn() ? states(places) : null;
        try {
            backend.append(
                    call,
                    places,
                    in.q().memory(),
                    in.k().memory(),
                    in.v().memory(),
                    output.memory());
        } catch (AttentionInterruptedException e) {
            if (!e.isUnharmed()) {
                fail(call, MIDWAY);
            }
            throw e;
        } catch (RuntimeException | Error e) {
            fail(call, FAILED);
            throw explained(e, in, output);
        }
        problem = call.tokens() == 1 ? call : null;
        if (before != null) {
            verify(in.withInitialState(before), output);
        }
    }

    /** The slots that were to get tokens cannot be used; those that were to get none are whole. */
    private void fail(AttentionProblem call, String reason) {
        for (int r = 0; r < places.length; r++) {
            if (places[r] >= 0 && call.length(r) > 0) {
                table.fail(places[r], reason);
            }
        }
    }

    private void verify(AttentionInputs in, Tensor output) {
        try {
            owner.verification().check(in, output, states(places), r -> places[r] >= 0);
        } catch (RuntimeException | Error e) {
            throw explained(e, in, output);
        }
    }

    private static RuntimeException explained(Throwable e, AttentionInputs in, Tensor output) {
        return new ArgumentMemory().with(in).with("output", output).explain(e);
    }

    @Override
    public String what() {
        return "a pool of " + table.slots() + " slots";
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public CallSite opened() {
        return opened;
    }

    @Override
    public void run() {
        turn.await(this::end);
    }

    private void end() {
        if (!closed) {
            closed = true;
            try {
                backend.close();
            } finally {
                owner.release(this, bytes);
            }
        }
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("the pool is closed");
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "StatePool[%d slots, %d free%s]",
                table.slots(),
                table.free(),
                closed ? ", closed" : "");
    }
}
