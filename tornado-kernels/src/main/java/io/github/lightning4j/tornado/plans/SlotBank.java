package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.tasks.PoolShape;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A plan with places, and which of its slots have an owner. A device that failed has lost what is
 * in all of them.
 *
 * <p>Used by one thread at a time, and only under {@link DeviceLock}.
 */
final class SlotBank {
    private final PlanPool pool;
    private final PoolShape shape;
    private final BitSet taken = new BitSet();
    private @Nullable DevicePool there;

    /** A bank of which no slot is taken. */
    SlotBank(PlanPool pool, PoolShape wanted) {
        this.pool = pool;
        List<DevicePool> made = new ArrayList<>();
        pool.guarded(
                () -> {
                    DevicePool device = pool.take(wanted);
                    made.add(device);
                    // Gives the places their memory: other graphs take it over from this one.
                    device.move(0, 0, 0);
                },
                failure -> made.forEach(device -> pool.abandon(device, failure)));
        there = made.getFirst();
        shape = made.getFirst().key();
    }

    /** That of the plan, which may have more slots than were wanted. */
    PoolShape shape() {
        return shape;
    }

    /** Slots that nobody has; none if the device failed. */
    int free() {
        return there == null ? 0 : shape.slots() - taken.cardinality();
    }

    /** Takes slots, of which there must be as many. */
    int[] take(int count) {
        int[] slots = new int[count];
        for (int i = 0; i < count; i++) {
            slots[i] = taken.nextClearBit(0);
            taken.set(slots[i]);
        }
        return slots;
    }

    /** Gives slots back; with the last one, the plan. Whoever has a slot next writes it first. */
    void giveBack(int[] slots) {
        for (int slot : slots) {
            taken.clear(slot);
        }
        DevicePool device = there;
        if (taken.isEmpty() && device != null) {
            there = null;
            pool.giveBack(device);
        }
    }

    /** Whether no slot has an owner. */
    boolean isEmpty() {
        return taken.isEmpty();
    }

    /** What is done with the plan. */
    interface Work {
        void run(DevicePool device);
    }

    /** Runs on the device. A plan that failed there is not used again. */
    void guarded(Work work) {
        DeviceLock.run(() -> {
            DevicePool device = there;
            if (device == null) {
                throw new BackendException(
                        "the states were lost when the device failed; go on from an earlier state");
            }
            pool.guarded(
                    () -> work.run(device),
                    cause -> {
                        if (device.isHarmed()) {
                            there = null;
                            pool.abandon(device, cause);
                        }
                    });
        });
    }
}
