package io.github.lightning4j.tornado.memory;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.tornado.kernels.Seals;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.exceptions.TornadoExecutionPlanException;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * The host's side of the arrays of a plan: zeros at first, each on memory pages of its own, freed
 * together.
 *
 * <p>TornadoVM locks the pages of an array for its transfers. Where two arrays share a page, the
 * one that is freed first unlocks it for both. And the PTX backend of 5.2.0 leaves some pages
 * locked under their old size when a plan is closed, so that the driver refuses to copy a later
 * array that is at the same address: there memory goes back to {@link HostBlocks}, which hands it
 * out under the same size only. Of the CUDA backend, {@link LockedPages} tells.
 */
public final class DeviceArrays implements AutoCloseable {
    private final boolean recycled;
    private final Homes homes;
    private final @Nullable LockedPages locked;
    private final Arena arena = Arena.ofShared();
    private final List<MemorySegment> blocks = new ArrayList<>();

    /** Begins without arrays, none of which will lie over a tensor. */
    public DeviceArrays(TornadoDevice device) {
        this(device, Homes.NONE);
    }

    private DeviceArrays(TornadoDevice device, Homes homes) {
        this.homes = homes;
        recycled = isRecycled(device);
        locked = LockedPages.isFor(device) ? new LockedPages() : null;
    }

    /** Whether the host's memory goes back to {@link HostBlocks}. */
    public static boolean isRecycled(TornadoDevice device) {
        return device.getTornadoVMBackend().name().equals("PTX");
    }

    /**
     * Makes something of arrays, which are freed if that fails.
     *
     * @param homes which of them lie over tensors
     */
    public static <T> T fill(TornadoDevice device, Homes homes, Function<DeviceArrays, T> maker) {
        DeviceArrays arrays = new DeviceArrays(device, homes);
        try {
            return maker.apply(arrays);
        } catch (RuntimeException | Error e) {
            arrays.close();
            throw e;
        }
    }

    /** An array of at least {@code size} floats. */
    public FloatArray floats(int size) {
        return FloatArray.fromSegmentShallow(pages((long) size * Float.BYTES));
    }

    /** An array of at least {@code size} floats, which may lie over a tensor. */
    public FloatArray floats(String name, int size) {
        TensorBlock home = homes.of(name);
        return home == null ? floats(size) : home.floats(size);
    }

    /** Floats that never change, and the {@linkplain Seals seal} behind them. */
    public FloatArray sealed(float[] values, int seal) {
        FloatArray array = floats(values.length + 1);
        array.set(values.length, seal);
        MemorySegment.copy(
                MemorySegment.ofArray(values),
                0,
                array.getSegment(),
                0,
                (long) values.length * Float.BYTES);
        return array;
    }

    /** An array of at least {@code size} ints. */
    public IntArray ints(int size) {
        return IntArray.fromSegmentShallow(pages((long) size * Integer.BYTES));
    }

    /** An array of at least {@code size} 16-bit numbers. */
    public ShortArray shorts(int size) {
        return ShortArray.fromSegmentShallow(pages((long) size * Short.BYTES));
    }

    /** An array of at least {@code size} 16-bit numbers, which may lie over a tensor. */
    public ShortArray shorts(String name, int size) {
        TensorBlock home = homes.of(name);
        return home == null ? shorts(size) : home.shorts(size);
    }

    /** An array of at least {@code size} numbers of 64 bits, which may lie over a tensor. */
    public LongArray longs(String name, int size) {
        TensorBlock home = homes.of(name);
        return home == null ? longs(size) : home.longs(size);
    }

    /** An array of numbers in half precision, which may lie over a tensor. */
    public HalfFloatArray halves(String name, int size) {
        TensorBlock home = homes.of(name);
        return home == null ? halves(size) : home.halves(size);
    }

    /** An array of at least {@code size} numbers of 64 bits. */
    public LongArray longs(int size) {
        return LongArray.fromSegmentShallow(pages((long) size * Long.BYTES));
    }

    /** An array of at least {@code size} numbers in half precision. */
    public HalfFloatArray halves(int size) {
        return HalfFloatArray.fromSegmentShallow(pages((long) size * Short.BYTES));
    }

    /** Pages with room for a header and {@code bytes} bytes. */
    private MemorySegment pages(long bytes) {
        long all = bytes + FloatArray.ARRAY_HEADER;
        if (recycled) {
            MemorySegment block = HostBlocks.take(all);
            blocks.add(block);
            return block;
        }
        MemorySegment pages =
                arena.allocate(HostBlocks.pages(all), HostBlocks.PAGE).asSlice(0, all);
        if (locked != null) {
            locked.lock(pages);
        }
        return pages;
    }

    /**
     * Closes the plan that these arrays belong to, which frees the device's side, and then frees
     * them.
     */
    public void closeAfter(TornadoExecutionPlan plan) {
        try {
            plan.close();
        } catch (TornadoExecutionPlanException | RuntimeException e) {
            throw new BackendException(
                    "the plan's device memory cannot be freed: " + e.getMessage(), e);
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        if (locked != null) {
            locked.close();
        }
        arena.close();
        blocks.forEach(HostBlocks::giveBack);
        blocks.clear();
    }
}
