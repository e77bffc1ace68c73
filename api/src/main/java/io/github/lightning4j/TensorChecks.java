package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;

/** What can be wrong with one tensor of a call, or with two, each by its name. Stateless. */
final class TensorChecks {
    /** Stands for the threads of a backend; never started. */
    private static final Thread ANOTHER = new Thread(() -> {});

    private TensorChecks() {}

    /** Checks dtype and shape. */
    static void like(String name, Tensor tensor, DType dtype, long[] shape) {
        if (tensor.dtype() != dtype || !Arrays.equals(tensor.shape(), shape)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s is %s; it must be %s%s",
                            name,
                            tensor,
                            dtype,
                            Arrays.toString(shape)));
        }
    }

    /** Checks that a result can be written there. */
    static void writable(String name, Tensor tensor) {
        shared(name, tensor);
        if (tensor.memory().segment().isReadOnly()) {
            throw new IllegalArgumentException(name + " is read-only; it must be writable");
        }
    }

    /** Kernels run on many threads, and memory of a confined arena admits only one. */
    static void shared(String name, Tensor tensor) {
        if (!tensor.memory().segment().scope().isAlive()) {
            throw new IllegalStateException(name + " was freed; its arena is closed");
        }
        if (!tensor.memory().segment().isAccessibleBy(ANOTHER)) {
            throw new IllegalArgumentException(
                    name
                            + " is in memory of one thread; allocate it with Arena.ofShared() or"
                            + " Arena.ofAuto()");
        }
    }

    /** Checks that a result does not overlap something else. */
    static void apart(String outputName, Tensor output, String name, @Nullable Tensor input) {
        if (input != null && overlap(output, input)) {
            throw new IllegalArgumentException(outputName + " overlaps " + name + " in memory");
        }
    }

    /** Whether two tensors share elements; parts of one tensor may lie between each other. */
    private static boolean overlap(Tensor a, Tensor b) {
        MemorySegment all = a.memory().segment();
        MemorySegment others = b.memory().segment();
        if (all.asOverlappingSlice(others).isEmpty()) {
            return false;
        }
        if (a.isContiguous() && b.isContiguous()) {
            return true;
        }
        Runs ours = Runs.of(a);
        Runs theirs = Runs.of(b);
        while (ours.at < ours.end && theirs.at < theirs.end) {
            if (ours.at < theirs.at + theirs.bytes && theirs.at < ours.at + ours.bytes) {
                return true;
            }
            Runs earlier = ours.at < theirs.at ? ours : theirs;
            earlier.at += earlier.stride;
        }
        return false;
    }

    /** Goes through the runs of a tensor; places are bytes, as far as two can be compared. */
    private static final class Runs {
        private final long bytes;
        private final long stride;
        private final long end;
        private long at;

        private Runs(long at, long size, long bytes, long stride) {
            this.at = at;
            this.end = at + size;
            this.bytes = bytes;
            this.stride = stride;
        }

        static Runs of(Tensor tensor) {
            MemorySegment segment = tensor.memory().segment();
            long size = segment.byteSize();
            if (tensor.isContiguous()) {
                return new Runs(segment.address(), size, size, size);
            }
            long bytes = tensor.dtype().bytes();
            return new Runs(
                    segment.address(),
                    size,
                    tensor.memory().run() * bytes,
                    tensor.memory().stride() * bytes);
        }
    }

    /** Checks that there are no gaps, where a state is read or written. */
    static void contiguous(String name, Tensor tensor) {
        if (!tensor.isContiguous()) {
            throw new IllegalArgumentException(
                    name
                            + " is a part of a tensor, with gaps between its elements; copy it:"
                            + " allocate a tensor of its shape and call copyFrom");
        }
    }

    /** Checks the shape of q, k, v or o. */
    static void shape(
            String name,
            Tensor tensor,
            AttentionConfig config,
            long batch,
            long tokens,
            int dim,
            String dimName) {
        // Axis by axis, because a decode step is so short that garbage would show.
        boolean isHeadsFirst = config.layout() == Layout.HEADS_FIRST;
        if (tensor.rank() != 4
                || tensor.shape(0) != batch
                || tensor.shape(isHeadsFirst ? 1 : 2) != config.heads()
                || tensor.shape(isHeadsFirst ? 2 : 1) != tokens
                || tensor.shape(3) != dim) {
            order(name, tensor, config, dim, dimName);
            long[] expected = config.layout().shape(batch, config.heads(), tokens, dim);
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s has shape %s; it must be %s = %s",
                            name,
                            Arrays.toString(tensor.shape()),
                            axes(config.layout(), dimName),
                            Arrays.toString(expected)));
        }
    }

    /** Names the axis and the layout where a tensor has the axes of the other layout. */
    private static void order(
            String name, Tensor tensor, AttentionConfig config, int dim, String dimName) {
        Layout layout = config.layout();
        Layout other = layout == Layout.HEADS_FIRST ? Layout.TOKENS_FIRST : Layout.HEADS_FIRST;
        int axis = headsAxis(layout);
        if (tensor.rank() == 4
                && tensor.shape(axis) != config.heads()
                && tensor.shape(headsAxis(other)) == config.heads()
                && tensor.shape(3) == dim) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s has shape %s; axis %d is %d, it must be H = %d: Layout.%s is %s,"
                                    + " and this looks like %s, Layout.%s; transpose it, or build"
                                    + " the configuration with that layout",
                            name,
                            Arrays.toString(tensor.shape()),
                            axis,
                            tensor.shape(axis),
                            config.heads(),
                            layout,
                            axes(layout, dimName),
                            axes(other, dimName),
                            other));
        }
    }

    private static int headsAxis(Layout layout) {
        return layout == Layout.HEADS_FIRST ? 1 : 2;
    }

    /** Checks that a tensor has the dtype of another. */
    static void sameType(String name, Tensor tensor, String otherName, Tensor other) {
        if (tensor.dtype() != other.dtype()) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s has dtype %s; %s has %s",
                            name,
                            tensor.dtype(),
                            otherName,
                            other.dtype()));
        }
    }

    /** Checks the dtype of o, or of its gradient. */
    static void outputType(String name, Tensor output, Tensor q) {
        if (output.dtype() != q.dtype() && output.dtype() != DType.F32) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s has dtype %s; it must be F32 or that of q, %s",
                            name,
                            output.dtype(),
                            q.dtype()));
        }
    }

    /** The axes of a layout, as messages name them. */
    static String axes(Layout layout, String dim) {
        return layout == Layout.HEADS_FIRST ? "[B, H, N, " + dim + "]" : "[B, N, H, " + dim + "]";
    }

    /** N. */
    static long tokens(AttentionConfig config, Tensor q) {
        return q.shape(config.layout().tokenAxis());
    }
}
