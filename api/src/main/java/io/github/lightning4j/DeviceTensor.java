package io.github.lightning4j;

import io.github.lightning4j.spi.BackendMemory;

import java.util.Locale;

/**
 * A tensor in memory from which a device copies directly, and into which it does. Where a call is
 * given ordinary tensors, their rows are first copied into memory that the device's driver has
 * locked, and the outputs from there: on a GPU that takes about as long as the bus does.
 *
 * <pre>{@code
 * try (DeviceTensor q = attention.allocate(DType.BF16, 1, 32, 4096, 128); … ) {
 *     // fill q.tensor(), k.tensor() and v.tensor()
 *     attention.attend(
 *             AttentionInputs.of(q.tensor(), k.tensor(), v.tensor()), o.tensor());
 * }
 * }</pre>
 *
 * <p>{@link #tensor} is a tensor like any other, for whatever takes one, on any device. What a call
 * of the {@link LightningAttention} that allocated it copies directly are q, k, v, the output's
 * gradient and whatever is written, in forward and backward passes of which all tokens fit on the
 * device at once. Parts of it, appends to sessions and pools, and dtypes that are converted on the
 * way are copied as those of other tensors are. On the CPU it is ordinary memory.
 *
 * <p>A device compiles its kernels anew for each combination of such tensors, which takes a second
 * or two, and keeps what was compiled for the last few: allocate them once and use them again and
 * again.
 *
 * <p>{@link #close} frees the memory, and so does closing the {@code LightningAttention}; nothing
 * else does. A tensor that is used after that throws {@link IllegalStateException}. Thread-safe, as
 * far as the tensor's elements are.
 */
public final class DeviceTensor implements AutoCloseable {
    private final Sessions owner;
    private final BackendMemory memory;
    private final Tensor tensor;
    private final Runnable end = this::end;

    private DeviceTensor(Sessions owner, BackendMemory memory, Tensor tensor) {
        this.owner = owner;
        this.memory = memory;
        this.tensor = tensor;
    }

    /** Allocates one that ends with its owner. */
    static DeviceTensor allocate(Sessions owner, DType dtype, long[] shape) {
        owner.checkOpen();
        BackendMemory memory = owner.allocate(dtype, shape);
        DeviceTensor allocated =
                new DeviceTensor(owner, memory, Tensor.of(dtype, memory.segment(), shape));
        owner.adopt(allocated.end);
        return allocated;
    }

    /**
     * The tensor.
     *
     * @return zeros at first; the same object each time
     */
    public Tensor tensor() {
        return tensor;
    }

    /**
     * Frees the memory. Calls that were given it should have ended: one that has not throws {@link
     * IllegalStateException}, or is waited for. Closing twice does nothing.
     */
    @Override
    public void close() {
        owner.forget(end);
        end();
    }

    private void end() {
        memory.close();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "DeviceTensor[%s%s]",
                tensor,
                memory.segment().scope().isAlive() ? "" : ", closed");
    }
}
