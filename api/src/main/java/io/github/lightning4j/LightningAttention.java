package io.github.lightning4j;

import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendOptions;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Causal attention on one device: Lightning Attention-2, or another {@link Algorithm}.
 *
 * <p>Per batch and head, token by token: S_t = λ S_{t−1} + φ(k_t)ᵀ v_t and o_t = c · φ(q_t) S_t
 * (Qin et al., 2024, "Lightning Attention-2"), computed block by block.
 *
 * <pre>{@code
 * AttentionConfig config = AttentionConfig.builder(8, 128).build();
 * try (LightningAttention attention = LightningAttention.open(config)) {
 *     Tensor o = attention.forward(q, k, v);
 * }
 * }</pre>
 *
 * <p>Thread-safe: forward passes and sessions may run on any number of threads at once. Close it to
 * free threads and device memory.
 *
 * <p>{@link AttentionPasses} says what holds of the memory of arguments and of interrupts, in
 * sessions and pools too.
 */
public final class LightningAttention implements OpenedDevice, AttentionPasses, AutoCloseable {
    private final AttentionConfig config;
    private final Backend backend;
    private final List<String> notices;
    private final Passes passes;
    private final StatePasses statePasses;
    private final Sessions sessions;

    LightningAttention(
            AttentionConfig config,
            Backend backend,
            List<String> notices,
            int verifiedHeads,
            OptionalLong budget) {
        this.config = config;
        this.backend = backend;
        this.notices = List.copyOf(notices);
        DeviceVerification verification =
                new DeviceVerification(config, backend.device(), verifiedHeads);
        passes = new Passes(config, backend, verification);
        statePasses = new StatePasses(config, backend, verification);
        sessions = new Sessions(config, backend, verification, budget);
    }

    /**
     * Computes on a backend that is not registered as a service, such as one under test; {@code
     * auto} and lists of devices do not include it.
     *
     * @param config what to compute
     * @param backend what computes; it is closed with the attention
     * @return attention on it
     */
    public static LightningAttention over(AttentionConfig config, Backend backend) {
        return new LightningAttention(config, backend, List.of(), 0, OptionalLong.empty());
    }

    /**
     * Opens the best device there is.
     *
     * @param config what to compute
     * @return attention on that device
     */
    public static LightningAttention open(AttentionConfig config) {
        return builder(config).open();
    }

    /**
     * Opens a device by name.
     *
     * @param config what to compute
     * @param device as {@link Builder#device} takes it
     * @return attention on that device
     * @throws BackendException if it is unknown or cannot be used, with the reason
     */
    public static LightningAttention open(AttentionConfig config, String device) {
        return builder(config).device(device).open();
    }

    /**
     * Starts a builder, which offers more choices.
     *
     * @param config what to compute
     * @return a builder for device {@code auto} and all threads
     */
    public static Builder builder(AttentionConfig config) {
        return new Builder(Arguments.given("config", config, "an AttentionConfig"));
    }

    /**
     * What is computed.
     *
     * @return the configuration
     */
    public AttentionConfig config() {
        return config;
    }

    @Override
    public Device device() {
        return backend.device();
    }

    @Override
    public List<String> notices() {
        return notices;
    }

    @Override
    public int blockRows() {
        return backend.blockRows(config);
    }

    @Override
    public Optional<Ceilings> measureCeilings(long workingSetBytes) {
        sessions.checkOpen();
        Arguments.notNegative("workingSetBytes", workingSetBytes);
        return backend.measureCeilings(workingSetBytes);
    }

    @Override
    public Optional<Duration> kernelTime() {
        return backend.kernelTime();
    }

    @Override
    public OptionalLong deviceMemory() {
        return backend.deviceMemory();
    }

    @Override
    public MemoryUse memory() {
        return sessions.memory();
    }

    @Override
    public long sessionMemory(int sequences) {
        return sessions.sessionMemory(sequences);
    }

    @Override
    public long poolMemory(int slots, PoolOptions options) {
        return sessions.poolMemory(slots, options);
    }

    @Override
    public void attend(AttentionInputs inputs, Tensor output) {
        sessions.checkOpen();
        passes.attend(inputs, output);
    }

    @Override
    public AttentionState forward(AttentionInputs inputs, Tensor output) {
        sessions.checkOpen();
        return passes.forward(inputs, output, null);
    }

    @Override
    public AttentionState forward(AttentionInputs inputs, Tensor output, Tensor finalState) {
        sessions.checkOpen();
        return passes.forward(
                inputs, output, Arguments.given("finalState", finalState, "a Tensor"));
    }

    @Override
    public AttentionState finalState(
            Tensor k,
            Tensor v,
            @Nullable PackedSequences sequences,
            @Nullable AttentionState initialState) {
        sessions.checkOpen();
        return statePasses.finalState(k, v, sequences, initialState);
    }

    @Override
    public Gradients backward(
            AttentionInputs inputs, Tensor outputGradient, @Nullable Tensor finalStateGradient) {
        sessions.checkOpen();
        return passes.backward(inputs, outputGradient, finalStateGradient);
    }

    @Override
    public void backward(
            AttentionInputs inputs,
            Tensor outputGradient,
            @Nullable Tensor finalStateGradient,
            Gradients gradients) {
        sessions.checkOpen();
        passes.backward(inputs, outputGradient, finalStateGradient, gradients);
    }

    @Override
    public Tensor initialStateGradient(
            Tensor q,
            Tensor outputGradient,
            @Nullable PackedSequences sequences,
            @Nullable Tensor finalStateGradient) {
        sessions.checkOpen();
        return statePasses.initialStateGradient(q, outputGradient, sequences, finalStateGradient);
    }

    /**
     * Opens a session of sequences that begin empty.
     *
     * @param sequences R ≥ 1
     * @return the session
     * @throws IllegalArgumentException if the algorithm has no state
     * @throws InsufficientMemoryException if there is no memory for it, or the budget is used up
     */
    public AttentionSession openSession(int sequences) {
        return AttentionSession.open(sessions, sequences, null);
    }

    /**
     * Opens a session that continues from a state.
     *
     * @param state the state of its sequences
     * @return the session
     * @throws IllegalArgumentException if the state has other heads, dimensions or slopes, or is
     *     known to be of another feature map, scale or layout
     * @throws InsufficientMemoryException if there is no memory for it, or the budget is used up
     */
    public AttentionSession openSession(AttentionState state) {
        return AttentionSession.open(sessions, state.sequences(), state);
    }

    /**
     * Opens a pool of states with {@link PoolOptions#DEFAULT}.
     *
     * @param slots how many sequences there can be at a time, ≥ 1
     * @return the pool, all of whose slots are free
     * @throws IllegalArgumentException if slots is out of range or the algorithm has no state
     * @throws InsufficientMemoryException if there is no memory for it, or the budget is used up
     * @throws BackendException if this device has no pools of this configuration, with the reason
     */
    public StatePool openPool(int slots) {
        return openPool(slots, PoolOptions.DEFAULT);
    }

    /**
     * Opens a pool of states.
     *
     * @param slots how many sequences there can be at a time, ≥ 1
     * @param options what to keep for each
     * @return the pool, as by {@link #openPool(int)}
     */
    public StatePool openPool(int slots, PoolOptions options) {
        return StatePool.open(sessions, slots, options);
    }

    /**
     * Allocates a tensor of zeros in memory from which the device copies directly.
     *
     * @param dtype element type
     * @param shape extents, each ≥ 0
     * @return the tensor, which ends with this attention or before
     * @throws IllegalArgumentException if an extent is negative or the size overflows
     * @throws InsufficientMemoryException if there is no memory for it
     */
    public DeviceTensor allocate(DType dtype, long... shape) {
        return DeviceTensor.allocate(sessions, dtype, shape.clone());
    }

    /**
     * Closes the sessions, the pools, the tensors that it allocated, and the device. Closing twice
     * does nothing.
     */
    @Override
    public void close() {
        if (sessions.close()) {
            backend.close();
        }
    }

    @Override
    public String toString() {
        return "LightningAttention[" + device().id() + ", " + config + "]";
    }

    /** Chooses a device and how it runs. Not thread-safe. */
    public static final class Builder {
        private final AttentionConfig config;
        private String device = Devices.AUTO;
        private BackendOptions options = new BackendOptions(0, 0);
        private int verifiedHeads;
        private boolean needsVectors;
        private OptionalLong budget = OptionalLong.empty();

        private Builder(AttentionConfig config) {
            this.config = config;
        }

        /**
         * Chooses the device.
         *
         * @param id {@code auto}, a backend's name, or a device id of {@link Devices#list()}
         * @return this
         */
        public Builder device(String id) {
            device = Arguments.given("device", id, "auto, a backend's name or a device id");
            return this;
        }

        /**
         * Bounds the threads of a CPU backend, the calling thread included. Results do not depend
         * on it.
         *
         * @param count 1 … {@link BackendOptions#MAX_THREADS}, or 0 for one for each processor
         * @return this
         */
        public Builder threads(int count) {
            options = new BackendOptions(count, options.checkpointBlocks());
            return this;
        }

        /**
         * Sets how many blocks of a sequence lie between two states that a backward pass keeps. A
         * larger count keeps fewer states and computes more of them at a time: with n blocks of a
         * head it holds n/count + 2·count matrices [D, E] a thread. Results do not depend on it.
         *
         * @param count ≥ 1, or 0 for the backend's choice
         * @return this
         */
        public Builder checkpointBlocks(int count) {
            options = new BackendOptions(options.threads(), count);
            return this;
        }

        /**
         * Compares a few heads of each forward pass, backward pass and append with the float64
         * definition, other heads each time, and throws a {@link BackendException} where they
         * differ. That takes far longer than the call: it is for trying out a device.
         *
         * <p>Outputs of fewer than 64 tokens may also differ by what float32 sums lose of their
         * largest terms, two units in the last place: a single q·k near 0 is mostly rounding.
         *
         * <p>Gradients of long sequences are compared at their ends, as far as a billion
         * multiply-adds of the definition reach: some 30,000 tokens of heads of 128 × 128. dq of
         * the first tokens, dk and dv of the last ones, because these depend on no others; the
         * gradient of the initial state, which depends on all, where the sequence is short enough.
         *
         * @param heads how many of each call; 0, the default: none
         * @return this
         */
        public Builder verifyDevice(int heads) {
            Arguments.notNegative("heads", heads);
            verifiedHeads = heads;
            return this;
        }

        /**
         * Refuses a device that computes one number at a time, as the CPU does without {@code
         * --add-modules jdk.incubator.vector}: {@link #open} throws instead of leaving a notice.
         *
         * @return this
         */
        public Builder requireVectors() {
            needsVectors = true;
            return this;
        }

        /**
         * Bounds what open sessions and pools take together, in memory of this process: opening one
         * beyond that throws {@link InsufficientMemoryException}.
         *
         * @param bytes ≥ 0; {@link LightningAttention#sessionMemory} and {@link
         *     LightningAttention#poolMemory} say what one takes
         * @return this
         */
        public Builder sessionMemoryBudget(long bytes) {
            Arguments.notNegative("sessionMemoryBudget", bytes);
            budget = OptionalLong.of(bytes);
            return this;
        }

        /**
         * Opens the device.
         *
         * @return attention on it
         * @throws BackendException if the device is unknown or cannot be used, with the reason
         */
        public LightningAttention open() {
            Devices.Opened opened = Devices.open(device, options, needsVectors);
            return new LightningAttention(
                    config, opened.backend(), opened.notices(), verifiedHeads, budget);
        }
    }
}
