package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.tasks.PoolShape;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The slots of all sessions of a device. TornadoVM compiles for each plan, so sessions share plans:
 * where no slot is free, another bank is made with as many slots as there are already. So a
 * thousand sessions compile ten times, no state moves, and at most half of the slots are free until
 * sessions are closed. A bank without sessions is an idle plan like any other.
 *
 * <p>Used by one thread at a time, and only under {@link DeviceLock}.
 */
public final class SessionBanks {
    private final PlanPool pool;
    private final Map<AttentionConfig, List<SlotBank>> banks = new HashMap<>();

    SessionBanks(PlanPool pool) {
        this.pool = pool;
    }

    /** Where plans are taken from. */
    PlanPool pool() {
        return pool;
    }

    /** A bank with free slots, those with the most sessions first; made if there is none. */
    SlotBank withRoom(AttentionConfig config, int slots) {
        List<SlotBank> there = banks.computeIfAbsent(config, key -> new ArrayList<>());
        there.removeIf(SlotBank::isEmpty);
        int all = 0;
        for (SlotBank bank : there) {
            if (bank.free() >= slots) {
                return bank;
            }
            all += bank.shape().slots();
        }
        SlotBank made = new SlotBank(pool, shape(config, slots, all));
        there.add(made);
        return made;
    }

    /** As many slots as there are already, or as memory allows. */
    private PoolShape shape(AttentionConfig config, int least, int wanted) {
        int slots = Math.max(least, wanted);
        while (slots > least && !fits(PoolShape.ofSessions(config, slots, pool.family()))) {
            slots = Math.max(least, slots / 2);
        }
        return PoolShape.ofSessions(config, slots, pool.family());
    }

    /** Leaves half of the memory for what sessions compute with. */
    private boolean fits(PoolShape shape) {
        return shape.largestExtent(pool.family()) <= pool.maxElements()
                && shape.bytes(pool.family()) <= pool.room() - pool.memory() / 2;
    }
}
