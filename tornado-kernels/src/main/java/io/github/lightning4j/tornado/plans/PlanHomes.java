package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.spi.BackendMemory;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.memory.Homes;
import io.github.lightning4j.tornado.memory.TensorBlock;

import uk.ac.manchester.tornado.api.common.TornadoDevice;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Memory of tensors over which arrays of plans may lie, and the plans that have such arrays.
 *
 * <p>Thread-safe by {@link DeviceLock}, which callers hold.
 */
final class PlanHomes {
    private final Homes.Known blocks = new Homes.Known();
    private final Map<Plan, Homes> settled = new HashMap<>();

    /** Begins to say which arrays of a plan may lie over tensors of a call. */
    Homes.Choice choice() {
        return blocks.choice();
    }

    /** Where arrays of a plan lie. */
    Homes of(Plan plan) {
        return settled.getOrDefault(plan, Homes.NONE);
    }

    /** A plan was made with arrays there. */
    void settle(Plan plan, Homes homes) {
        if (!homes.equals(Homes.NONE)) {
            settled.put(plan, homes);
        }
    }

    /** A plan is closed. */
    void leave(Plan plan) {
        settled.remove(plan);
    }

    /**
     * Allocates memory of a tensor.
     *
     * @param closing closes the plans with arrays over a block, before it is freed
     */
    BackendMemory allocate(TornadoDevice device, long bytes, Consumer<TensorBlock> closing) {
        TensorBlock block = new TensorBlock(device, bytes);
        blocks.add(block);
        return new BackendMemory() {
            @Override
            public MemorySegment segment() {
                return block.elements();
            }

            @Override
            public void close() {
                DeviceLock.run(() -> free(block, closing));
            }
        };
    }

    private void free(TensorBlock block, Consumer<TensorBlock> closing) {
        try {
            closing.accept(block);
        } finally {
            blocks.remove(block);
            block.close();
        }
    }
}
