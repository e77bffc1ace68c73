package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.DType;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.kernels.Receipts;
import io.github.lightning4j.tornado.kernels.Seals;
import io.github.lightning4j.tornado.kernels.TensorTable;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;
import uk.ac.manchester.tornado.api.types.arrays.LongArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor in 16 bits on the device as kernels on tensor cores take it, which depends on its role:
 * four numbers in a long, from {@link TensorTable#FIRST} on; or, for the values of F16, with which
 * a kernel computes, an array of halves. Rows travel as they are. A {@linkplain Seals seal} is
 * behind the last.
 *
 * @param name in errors
 * @param dim numbers of a row
 * @param rows how many
 * @param longs for queries, keys and outputs, and for values in BF16
 * @param halves for values in F16
 */
public record TensorRows(
        String name,
        int dim,
        int rows,
        @Nullable LongArray longs,
        @Nullable HalfFloatArray halves) {
    /** Numbers of a long. */
    private static final int PACKED = 4;

    /** Seals in half precision are two numbers, each of which is exact. */
    private static final int HALF_SEAL = 128;

    /** What a kernel takes a tensor for. */
    enum Role {
        /** Queries, keys or outputs. */
        ROWS,
        VALUES,
        /** Values of one kernel, and queries or keys of another. */
        BOTH
    }

    static TensorRows allocate(
            String name, TensorShape shape, int dim, Role role, DeviceArrays arrays) {
        boolean half = shape.pass().inputType() == DType.F16;
        int longs = shape.longs(dim);
        return new TensorRows(
                name,
                dim,
                shape.pass().rows(),
                half && role == Role.VALUES ? null : arrays.longs(name, longs),
                half && role != Role.ROWS ? halves(name, role, PACKED * longs, arrays) : null);
    }

    /** Two arrays cannot lie over one tensor, because the seals behind them differ. */
    private static HalfFloatArray halves(String name, Role role, int size, DeviceArrays arrays) {
        return role == Role.VALUES ? arrays.halves(name, size) : arrays.halves(size);
    }

    /** What is copied to the device. */
    Object[] arrays() {
        List<Object> arrays = new ArrayList<>();
        if (longs != null) {
            arrays.add(longs);
        }
        if (halves != null) {
            arrays.add(halves);
        }
        return arrays.toArray();
    }

    /** As queries, keys or outputs. */
    LongArray asRows() {
        if (longs == null) {
            throw new IllegalStateException(name + " is there as values only");
        }
        return longs;
    }

    /** Copies the rows of a window in, and a seal behind them. */
    public void stage(Window window, TensorMemory source, int seal) {
        if (longs != null) {
            MemorySegment staged = longs.getSegment();
            HostRows.in(window.runs(), source, rowsOf(staged), dim, Short.BYTES);
            staged.set(ValueLayout.JAVA_LONG, end(), seal);
        }
        if (halves != null) {
            MemorySegment staged = halves.getSegment();
            HostRows.in(window.runs(), source, rowsOf(staged), dim, Short.BYTES);
            int low = seal % HALF_SEAL;
            int high = seal / HALF_SEAL;
            staged.set(ValueLayout.JAVA_SHORT, end(), Float.floatToFloat16(low));
            staged.set(ValueLayout.JAVA_SHORT, end() + Short.BYTES, Float.floatToFloat16(high));
        }
    }

    /** Fails unless this seal came back behind the outputs. */
    public void check(int seal) {
        int found = (int) asRows().getSegment().get(ValueLayout.JAVA_LONG, end());
        Receipts.check("the copy of " + name, found, seal);
    }

    /** Copies the rows of a window out. */
    public void collect(Window window, TensorMemory target) {
        HostRows.out(window.runs(), rowsOf(asRows().getSegment()), target, dim);
    }

    private static MemorySegment rowsOf(MemorySegment array) {
        return array.asSlice((long) TensorTable.FIRST * Long.BYTES);
    }

    private long rowBytes() {
        return (long) dim * Short.BYTES;
    }

    /** Where the seal is, in bytes. */
    private long end() {
        return (long) TensorTable.FIRST * Long.BYTES + rows * rowBytes();
    }
}
