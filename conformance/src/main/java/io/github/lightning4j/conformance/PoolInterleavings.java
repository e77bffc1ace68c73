package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.NoFreeSlotException;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Slot;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.RelativeError;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Whatever is done to the slots of a pool, in whatever order, each holds what its model does. */
final class PoolInterleavings {
    private static final String TOPIC = "pool interleavings";
    private static final int SLOTS = 12;
    private static final int ROLLBACK = 32;

    /** Outputs are compared together for so many steps, because few numbers may cancel. */
    private static final int WINDOW = 100;

    private PoolInterleavings() {}

    static Stream<Law> laws(int bits, Effort effort) {
        return IntStream.range(0, 3).mapToObj(i -> law(bits, i, effort));
    }

    private static Law law(int bits, int i, Effort effort) {
        return new Law(
                String.format(
                        Locale.ROOT,
                        "%d random steps with states of %d bits = float64 model, case %d (%s)",
                        effort.poolSteps(),
                        bits,
                        i,
                        Seeds.replay(TOPIC)),
                subject -> new Run(bits, i).on(subject, effort.poolSteps()));
    }

    /** One run of random steps. Not thread-safe. */
    private static final class Run {
        private final int bits;
        private final Random random;
        private final AttentionConfig config;
        private final DType type;
        private final Map<Slot, PoolModel> models = new HashMap<>();
        private final List<Slot> held = new ArrayList<>();
        private final List<Slot> stale = new ArrayList<>();
        private final List<AttentionState> stored = new ArrayList<>();
        private final List<SlotSnapshot> snapshots = new ArrayList<>();
        private final List<PoolModel> snapshotModels = new ArrayList<>();
        private RelativeError outputs = new RelativeError();
        private String done = "";

        Run(int bits, int index) {
            this.bits = bits;
            random = new Random(Seeds.of(TOPIC) + index);
            type = List.of(DType.F32, DType.F32, DType.F16).get(index);
            config =
                    AttentionConfig.builder(3, 6 + 5 * index, 10 + index)
                            .decay(new Decay.Slopes(0, 0.3f, 0.01f))
                            .featureMap(FeatureMap.values()[index])
                            .layout(Layout.values()[index % 2])
                            .scale(0.5)
                            .build();
        }

        void on(Subject subject, int steps) {
            try (LightningAttention attention = subject.open(config);
                    StatePool pool =
                            attention.openPool(
                                    SLOTS,
                                    PoolOptions.DEFAULT
                                            .withRollback(ROLLBACK)
                                            .withStateBits(bits))) {
                for (int step = 1; step <= steps; step++) {
                    step(pool);
                    assertEquals(SLOTS - held.size(), pool.free(), "free slots");
                    if (step % WINDOW == 0 || step == steps) {
                        compare(pool, step);
                    }
                }
            }
        }

        private void step(StatePool pool) {
            int action = held.isEmpty() ? 0 : random.nextInt(18);
            switch (action) {
                case 0 -> acquire(pool);
                case 1 -> release(pool);
                case 2 -> fork(pool);
                case 3 -> copy(pool);
                case 4 -> clear(pool);
                case 5 -> store(pool);
                case 6 -> write(pool);
                case 7, 8 -> truncate(pool);
                case 9 -> refuse(pool);
                case 16 -> snapshot(pool);
                case 17 -> restore(pool);
                default -> append(pool, action);
            }
        }

        private Slot any() {
            return held.get(random.nextInt(held.size()));
        }

        private PoolModel model(Slot slot) {
            return Objects.requireNonNull(models.get(slot), () -> "no model of " + slot);
        }

        private void acquire(StatePool pool) {
            done = "acquire";
            if (held.size() == SLOTS) {
                assertThrows(NoFreeSlotException.class, pool::acquire);
                return;
            }
            take(pool.acquire(), new PoolModel(config, ROLLBACK));
        }

        private void take(Slot slot, PoolModel model) {
            held.add(slot);
            models.put(slot, model);
        }

        private void release(StatePool pool) {
            Slot slot = any();
            done = "release " + slot;
            pool.release(slot);
            held.remove(slot);
            models.remove(slot);
            stale.add(slot);
        }

        private void fork(StatePool pool) {
            Slot from = any();
            done = "fork of " + from;
            if (held.size() < SLOTS) {
                take(pool.copy(from), new PoolModel(model(from)));
            }
        }

        private void copy(StatePool pool) {
            Slot from = any();
            Slot to = any();
            done = "copy of " + from + " to " + to;
            pool.copy(from, to);
            models.put(to, new PoolModel(model(from)));
        }

        private void clear(StatePool pool) {
            Slot slot = any();
            done = "clear " + slot;
            pool.clear(slot);
            models.put(slot, new PoolModel(config, ROLLBACK));
        }

        private void store(StatePool pool) {
            Slot slot = any();
            done = "read " + slot;
            AttentionState state = pool.read(slot);
            compare(slot, state);
            stored.add(state);
        }

        private void write(StatePool pool) {
            if (!stored.isEmpty()) {
                Slot slot = any();
                done = "write " + slot;
                AttentionState state = stored.get(random.nextInt(stored.size()));
                pool.write(slot, state);
                models.put(slot, new PoolModel(config, ROLLBACK, state));
            }
        }

        private void snapshot(StatePool pool) {
            Slot slot = any();
            done = "snapshot of " + slot;
            snapshots.add(pool.snapshot(slot));
            snapshotModels.add(new PoolModel(model(slot)));
        }

        /** What can be taken back then are the tokens that are not in S. */
        private void restore(StatePool pool) {
            if (!snapshots.isEmpty()) {
                Slot slot = any();
                int i = random.nextInt(snapshots.size());
                done = "restoring " + snapshots.get(i) + " to " + slot;
                pool.restore(slot, snapshots.get(i));
                PoolModel model = new PoolModel(snapshotModels.get(i));
                model.forget(snapshots.get(i).keys().shape(1));
                models.put(slot, model);
            }
        }

        private void truncate(StatePool pool) {
            Slot slot = any();
            PoolModel model = model(slot);
            long left = model.tokens() - random.nextInt(model.back() + 1);
            done = slot + " back to " + left;
            assertTrue(pool.earliest(slot) <= left, "earliest of " + done);
            pool.truncate(slot, left);
            model.truncate(left);
        }

        private void refuse(StatePool pool) {
            if (!stale.isEmpty()) {
                Slot slot = stale.get(random.nextInt(stale.size()));
                done = "refusal of " + slot;
                assertThrows(IllegalArgumentException.class, () -> pool.read(slot));
                assertThrows(IllegalArgumentException.class, () -> pool.release(slot));
            }
        }

        /** To some slots in some order, and rows without a slot between them. */
        private void append(StatePool pool, int action) {
            List<Slot> slots = new ArrayList<>(held);
            while (random.nextInt(4) == 0) {
                slots.add(Slot.NONE);
            }
            Collections.shuffle(slots, random);
            slots = slots.subList(0, 1 + random.nextInt(slots.size()));
            long[] lengths = new long[slots.size()];
            for (int r = 0; r < lengths.length; r++) {
                lengths[r] =
                        switch (action) {
                            case 10, 11, 12 -> 1;
                            case 13 -> random.nextInt(7);
                            default -> random.nextInt(3) == 0 ? random.nextInt(80) : 1;
                        };
            }
            PackedSequences packed = PackedSequences.ofLengths(lengths);
            long n = packed.totalTokens();
            done = "append of " + packed + " to " + slots;
            Tensor q = tensor(type, n, config.keyDim(), true);
            Tensor k = tensor(type, n, config.keyDim(), true);
            Tensor v = tensor(type, n, config.valueDim(), true);
            Tensor o = tensor(DType.F32, n, config.valueDim(), false);
            o.segment().fill((byte) 0xFF);
            pool.append(slots.toArray(Slot[]::new), packed, q, k, v, o);
            for (int r = 0; r < lengths.length; r++) {
                for (long t = packed.start(r); t < packed.start(r) + lengths[r]; t++) {
                    if (slots.get(r) == Slot.NONE) {
                        PoolModel.appendNowhere(config, o, t, outputs);
                    } else {
                        model(slots.get(r)).append(q, k, v, o, t, outputs);
                    }
                }
            }
        }

        private Tensor tensor(DType dtype, long tokens, int dim, boolean drawn) {
            Tensor tensor =
                    Tensor.allocate(dtype, config.layout().shape(1, config.heads(), tokens, dim));
            for (long i = 0; drawn && i < tensor.size(); i++) {
                tensor.setDouble(i, random.nextGaussian());
            }
            return tensor;
        }

        private void compare(StatePool pool, int step) {
            done = "step " + step;
            for (Slot slot : held) {
                compare(slot, pool.read(slot));
            }
            double gate = bits == 16 ? PoolCase.NARROW_GATE : Gate.F32.output(WINDOW * SLOTS);
            Expect.passes("outputs up to step " + step, outputs.value(), gate);
            outputs = new RelativeError();
        }

        private void compare(Slot slot, AttentionState state) {
            String what = slot + " after " + done;
            assertEquals(model(slot).tokens(), state.tokens(0), "tokens of " + what);
            double gate = bits == 16 ? PoolCase.NARROW_GATE : Gate.F32.state();
            Expect.passes(what, model(slot).error(state), gate);
        }
    }
}
