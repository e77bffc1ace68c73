package io.github.lightning4j.spi;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.Ceilings;
import io.github.lightning4j.Device;
import io.github.lightning4j.PoolOptions;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An opened device. It gets validated problems and computes them; it does not check arguments
 * again.
 *
 * <p>Thread-safe: calls may come from any thread, and from several at once. Failures of the device
 * are thrown as {@link io.github.lightning4j.BackendException}; wrong or partial numbers are never
 * returned instead.
 *
 * <p>A pass that takes long checks between blocks whether the calling thread is interrupted: at
 * least every 50 ms, or where a device cannot end what it has begun, before it begins more. If so
 * it throws {@link io.github.lightning4j.AttentionInterruptedException} once everything it started
 * has ended.
 */
public interface Backend extends AutoCloseable {
    /**
     * The device that was opened.
     *
     * @return the device
     */
    Device device();

    /**
     * Computes o and the final state of every sequence and head.
     *
     * @param problem shapes and parameters
     * @param buffers memory to read and write
     */
    void forward(AttentionProblem problem, ForwardBuffers buffers);

    /**
     * Computes the gradients of q, k, v and the initial state of every sequence and head.
     *
     * @param problem shapes and parameters
     * @param buffers memory to read and write
     */
    void backward(AttentionProblem problem, BackwardBuffers buffers);

    /**
     * Computes the final state of every sequence and head, and no output: its algorithm has a
     * state.
     *
     * <p>Unless overridden this is a forward pass whose output is thrown away. A backend that
     * overrides it need not give the bits of its forward pass.
     *
     * @param problem shapes and parameters; of its output type there is nothing
     * @param buffers memory to read and write
     */
    default void finalState(AttentionProblem problem, StateBuffers buffers) {
        try (Arena arena = Arena.ofShared()) {
            TensorMemory output = values(problem, arena);
            forward(
                    problem,
                    new ForwardBuffers(
                            buffers.k(),
                            buffers.k(),
                            buffers.v(),
                            buffers.initialState(),
                            output,
                            buffers.finalState()));
        }
    }

    /**
     * Computes the gradient of the initial state of every sequence and head, and no other. It
     * depends on neither keys nor values.
     *
     * <p>Unless overridden this is a backward pass whose other gradients are thrown away. A backend
     * that overrides it need not give the bits of its backward pass.
     *
     * @param problem shapes and parameters
     * @param buffers memory to read and write
     */
    default void initialStateGradient(AttentionProblem problem, StateGradientBuffers buffers) {
        try (Arena arena = Arena.ofShared()) {
            backward(
                    problem,
                    new BackwardBuffers(
                            buffers.q(),
                            buffers.q(),
                            values(problem, arena),
                            null,
                            buffers.outputGradient(),
                            buffers.finalStateGradient(),
                            keys(problem, arena),
                            keys(problem, arena),
                            values(problem, arena),
                            buffers.initialStateGradient()));
        }
    }

    private static TensorMemory keys(AttentionProblem problem, Arena arena) {
        return rows(problem, problem.config().keyDim(), arena);
    }

    private static TensorMemory values(AttentionProblem problem, Arena arena) {
        return rows(problem, problem.config().valueDim(), arena);
    }

    private static TensorMemory rows(AttentionProblem problem, int dim, Arena arena) {
        long elements = problem.batch() * problem.config().heads() * problem.tokens() * dim;
        return TensorMemory.of(arena.allocate(elements * problem.inputType().bytes()));
    }

    /**
     * Allocates memory for a tensor that this backend copies, or reads and writes, without a
     * detour.
     *
     * @param bytes ≥ 0
     * @return the memory, aligned to a cache line; closed before the backend is
     */
    default BackendMemory allocate(long bytes) {
        return new OrdinaryMemory(bytes, 64);
    }

    /**
     * Opens a session whose state stays on the device.
     *
     * @param config heads, dimensions, slopes, scale, feature map, layout
     * @param sequences R
     * @param initialState float32 [R, H, D, E], or null for zeros; read before this returns
     * @return the session
     */
    BackendSession openSession(
            AttentionConfig config, int sequences, @Nullable MemorySegment initialState);

    /**
     * Opens a pool of states that stay on the device: all its memory is allocated here.
     *
     * @param config heads, dimensions, slopes, scale, feature map, layout
     * @param slots how many states, ≥ 1
     * @param options what to keep for each
     * @return the pool; what its slots hold is undefined until they are cleared
     * @throws BackendException if this backend has no pools of this configuration or with these
     *     options, with the reason
     */
    default BackendPool openPool(AttentionConfig config, int slots, PoolOptions options) {
        throw noPools(config);
    }

    /**
     * The memory of this process that a pool takes, whatever is appended, on the Java heap or
     * outside. Before a pool is opened this is counted against the budget.
     *
     * @param config heads, dimensions, slopes, scale, feature map, layout
     * @param slots how many states, ≥ 1
     * @param options what to keep for each
     * @return bytes
     * @throws BackendException if this backend has no pools of this configuration, with the reason
     */
    default long poolMemory(AttentionConfig config, int slots, PoolOptions options) {
        throw noPools(config);
    }

    private BackendException noPools(AttentionConfig config) {
        return new BackendException(
                "device "
                        + device().id()
                        + " has no pools of states for "
                        + config
                        + "; open sessions instead");
    }

    /**
     * L, the rows of the blocks in which passes of a configuration are computed. It is used only to
     * count their operations.
     *
     * @param config heads, dimensions, slopes, scale, feature map, layout
     * @return L ≥ 1; 1, the fewest operations, where a backend does not say
     */
    default int blockRows(AttentionConfig config) {
        return 1;
    }

    /**
     * Measures the most that the hardware can do, which takes about a second, with the device to
     * itself.
     *
     * @param workingSetBytes bytes that are read again and again; a backend may bound it
     * @return the ceilings, or empty where they cannot be measured
     */
    default Optional<Ceilings> measureCeilings(long workingSetBytes) {
        return Optional.empty();
    }

    /**
     * The time that kernels have taken on the device since this was called for the first time, by
     * the device's own clock: without transfers, launches and whatever the host does.
     *
     * @return the sum over all kernels, or empty where there is no such clock
     */
    default Optional<Duration> kernelTime() {
        return Optional.empty();
    }

    /**
     * Bytes of the device's own memory that are held at the moment.
     *
     * @return the bytes, or empty where the device has no memory of its own or does not tell
     */
    default OptionalLong deviceMemory() {
        return OptionalLong.empty();
    }

    /**
     * The most memory of this process that a session takes until it is closed, whatever is
     * appended, on the Java heap or outside. Before a session is opened this is counted against the
     * budget, and the session is refused if it exceeds that.
     *
     * @param config heads, dimensions, slopes, scale, feature map, layout
     * @param sequences R
     * @return bytes; where a backend does not say, those of the states
     */
    default long sessionMemory(AttentionConfig config, int sequences) {
        return sequences * config.stateElements() * Float.BYTES;
    }

    /**
     * Whether this backend uses what its hardware has for computing many numbers at once.
     *
     * @return available, or why it computes one number at a time
     */
    default Availability vectors() {
        return new Availability.Available();
    }

    /** Frees threads and memory. Sessions, pools and tensors are closed before this is called. */
    @Override
    void close();
}
