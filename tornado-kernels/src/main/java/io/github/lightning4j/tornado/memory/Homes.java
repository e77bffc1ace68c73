package io.github.lightning4j.tornado.memory;

import io.github.lightning4j.spi.TensorMemory;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Which arrays of a plan lie over tensors of the caller's, by name. The plan is of use to calls
 * with just these.
 */
public record Homes(Map<String, TensorBlock> blocks) {
    /** The name of the outputs' gradient; other tensors are called as in formulas. */
    public static final String OUTPUT_GRADIENT = "the outputs' gradient";

    /** All arrays are the plan's own. */
    public static final Homes NONE = new Homes(Map.of());

    /** Fixes the choice. */
    public Homes {
        blocks = Map.copyOf(blocks);
    }

    /** The memory over which an array lies; null: the plan's own. */
    @Nullable TensorBlock of(String name) {
        return blocks.get(name);
    }

    /** Whether there is a block among them. */
    public boolean include(TensorBlock block) {
        return blocks.containsValue(block);
    }

    /** The blocks that there are at the moment, by where their elements begin. */
    public static final class Known {
        private final Map<Long, TensorBlock> blocks = new HashMap<>();

        /** Adds one. */
        public void add(TensorBlock block) {
            blocks.put(block.elements().address(), block);
        }

        /** Removes one, and not another that has its address since. */
        public void remove(TensorBlock block) {
            blocks.remove(block.elements().address(), block);
        }

        /** Begins a choice for a plan. */
        public Choice choice() {
            return new Choice(blocks);
        }
    }

    /** Chooses the tensors of a call that are blocks as a whole. */
    public static final class Choice {
        private final Map<Long, TensorBlock> known;
        private final Map<String, TensorBlock> chosen = new HashMap<>();

        private Choice(Map<Long, TensorBlock> known) {
            this.known = known;
        }

        /**
         * Adds a tensor if it is one.
         *
         * @param name of the array
         * @param bytes of its elements in the plan, without a seal
         */
        public Choice with(String name, TensorMemory tensor, long bytes) {
            MemorySegment segment = tensor.segment();
            TensorBlock block =
                    segment.isNative() && tensor.isContiguous()
                            ? known.get(segment.address())
                            : null;
            if (block != null
                    && block.elements().byteSize() == segment.byteSize()
                    && block.room() >= bytes + Long.BYTES) {
                chosen.put(name, block);
            }
            return this;
        }

        /** The choice. */
        public Homes homes() {
            return chosen.isEmpty() ? NONE : new Homes(chosen);
        }
    }
}
