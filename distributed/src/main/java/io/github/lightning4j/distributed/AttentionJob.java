package io.github.lightning4j.distributed;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.ConfigText;
import io.github.lightning4j.io.MalformedDataException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What is computed from which file, in which partitions.
 *
 * <p>The file has {@code q k v}, of the configuration's layout, and may have {@code cu_seqlens}
 * [R+1], which packs R sequences into B = 1, and {@code initial_state} [R, H, D, E]. For gradients
 * it also has {@code do}, of the shape of v, and may have {@code dfinal_state} [R, H, D, E]; for
 * final states alone it need not have q. Their shapes are checked here, once; their elements are
 * read when they are needed.
 *
 * <p>Immutable and thread-safe; the file belongs to the caller.
 */
public final class AttentionJob {
    private final AttentionConfig config;
    private final Direction direction;
    private final boolean states;
    private final TensorFile file;
    private final SequencePlan plan;
    private final Map<String, TensorSource> sources;

    private AttentionJob(
            AttentionConfig config,
            Direction direction,
            boolean states,
            TensorFile file,
            SequencePlan plan,
            Map<String, TensorSource> sources) {
        this.config = config;
        this.direction = direction;
        this.states = states;
        this.file = file;
        this.plan = plan;
        this.sources = sources;
    }

    /**
     * Checks what a file has against a configuration.
     *
     * @param config what to compute; its algorithm has a state
     * @param direction outputs, gradients or final states
     * @param states whether the final state of each sequence is wanted too, or the gradient of its
     *     initial state: R·H·D·E floats; true where nothing else is computed
     * @param file what to read
     * @param tokensPerPartition a multiple of {@link SequencePlan#GRAIN}
     * @return the job
     * @throws MalformedDataException if a tensor is missing or is not what it must be
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if the algorithm has no state, tokensPerPartition is out of
     *     range, or there would be no results
     */
    public static AttentionJob of(
            AttentionConfig config,
            Direction direction,
            boolean states,
            TensorFile file,
            long tokensPerPartition)
            throws IOException {
        if (!config.algorithm().hasState()) {
            throw new IllegalArgumentException(
                    "algorithm is "
                            + config.algorithm()
                            + "; only one with a state can be computed in partitions");
        }
        boolean backward = direction == Direction.BACKWARD;
        if (backward && !config.algorithm().hasBackward()) {
            throw new IllegalArgumentException(
                    "algorithm is " + config.algorithm() + "; it has no gradients");
        }
        boolean alone = direction == Direction.FINAL_STATES;
        if (alone && !states) {
            throw new IllegalArgumentException(
                    "states is false; final states are all that a job of them computes");
        }
        String first = alone ? "k" : "q";
        TensorSource rows = file.tensor(first);
        long[] shape = rows.shape();
        if (shape.length != 4 || !rows.dtype().isAttentionType()) {
            throw malformed(file, first, rows, "F32, F16 or BF16 with four axes");
        }
        long batch = shape[0];
        long tokens = shape[config.layout().tokenAxis()];
        SequencePlan plan = plan(file, batch, tokens, tokensPerPartition);
        long[] keys = config.layout().shape(batch, config.heads(), tokens, config.keyDim());
        long[] values = config.layout().shape(batch, config.heads(), tokens, config.valueDim());
        long[] state = {plan.sequences(), config.heads(), config.keyDim(), config.valueDim()};
        Map<String, TensorSource> sources = new LinkedHashMap<>();
        if (!alone) {
            put(sources, file, "q", true, keys, rows.dtype());
        }
        put(sources, file, "k", true, keys, rows.dtype());
        put(sources, file, "v", true, values, rows.dtype());
        put(sources, file, "initial_state", false, state, DType.F32);
        if (backward) {
            put(sources, file, "do", true, values, rows.dtype());
            put(sources, file, "dfinal_state", false, state, DType.F32);
        }
        return new AttentionJob(config, direction, states, file, plan, sources);
    }

    private static void put(
            Map<String, TensorSource> sources,
            TensorFile file,
            String name,
            boolean needed,
            long[] shape,
            DType dtype)
            throws MalformedDataException {
        TensorSource source = needed ? file.tensor(name) : file.find(name).orElse(null);
        if (source == null) {
            return;
        }
        // Gradients of 16-bit outputs may be kept in 32 bits.
        boolean fits =
                source.dtype() == dtype || (name.equals("do") && source.dtype() == DType.F32);
        if (!fits || !Arrays.equals(source.shape(), shape)) {
            throw malformed(file, name, source, dtype + Arrays.toString(shape));
        }
        sources.put(name, source);
    }

    private static SequencePlan plan(
            TensorFile file, long batch, long tokens, long tokensPerPartition) throws IOException {
        TensorSource packed = file.find("cu_seqlens").orElse(null);
        if (packed == null) {
            return SequencePlan.of(batch, tokens, tokensPerPartition);
        }
        long[] shape = packed.shape();
        if (shape.length != 1 || packed.dtype().isFloatingPoint() || shape[0] > 1 << 30) {
            throw malformed(file, "cu_seqlens", packed, "I32 or I64 [R+1]");
        }
        PackedSequences sequences;
        try (Arena arena = Arena.ofConfined()) {
            Tensor all = Tensor.allocate(arena, packed.dtype(), shape);
            packed.read(0, all.segment());
            long[] boundaries = new long[(int) all.size()];
            Arrays.setAll(boundaries, all::getLong);
            sequences = PackedSequences.ofCumulative(boundaries);
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(file.name() + ": " + e.getMessage(), e);
        }
        if (batch != 1 || sequences.totalTokens() != tokens) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s: cu_seqlens packs %d tokens; the others have B = %d and N = %d",
                            file.name(),
                            sequences.totalTokens(),
                            batch,
                            tokens));
        }
        return SequencePlan.of(sequences, tokensPerPartition);
    }

    private static MalformedDataException malformed(
            TensorFile file, String name, TensorSource source, String wanted) {
        return new MalformedDataException(
                String.format(
                        Locale.ROOT,
                        "%s: %s is %s%s; it must be %s",
                        file.name(),
                        name,
                        source.dtype(),
                        Arrays.toString(source.shape()),
                        wanted));
    }

    /**
     * What is computed.
     *
     * @return the configuration
     */
    public AttentionConfig config() {
        return config;
    }

    /**
     * Outputs, gradients or final states.
     *
     * @return the direction
     */
    public Direction direction() {
        return direction;
    }

    /**
     * Whether final states, or gradients of initial states, are wanted.
     *
     * @return true if they are
     */
    public boolean states() {
        return states;
    }

    /**
     * How it is cut.
     *
     * @return the plan
     */
    public SequencePlan plan() {
        return plan;
    }

    /**
     * What is read.
     *
     * @return the file
     */
    public TensorFile file() {
        return file;
    }

    /**
     * The dtype of q, k, v and the results.
     *
     * @return F32, F16 or BF16
     */
    public DType dtype() {
        return source("k").dtype();
    }

    /**
     * The bytes of the state of a sequence, which is what goes from one partition to the next.
     *
     * @return H·D·E·4
     */
    public long stateBytes() {
        return Tensor.byteSize(DType.F32, config.stateElements());
    }

    /**
     * The state of a sequence before its first token.
     *
     * @param sequence 0 … R−1
     * @return F32 [1, H, D, E]; null where the file has none: zeros
     * @throws IOException if it cannot be read
     */
    public @Nullable Tensor initialState(int sequence) throws IOException {
        return state("initial_state", sequence);
    }

    /**
     * The gradient of the final state of a sequence.
     *
     * @param sequence 0 … R−1
     * @return F32 [1, H, D, E]; null where the file has none: zeros
     * @throws IOException if it cannot be read
     */
    public @Nullable Tensor finalStateGradient(int sequence) throws IOException {
        return state("dfinal_state", sequence);
    }

    private @Nullable Tensor state(String name, int sequence) throws IOException {
        TensorSource source = find(name);
        if (source == null) {
            return null;
        }
        Tensor state =
                Tensor.allocate(DType.F32, 1, config.heads(), config.keyDim(), config.valueDim());
        source.read(sequence * state.size(), state.segment());
        return state;
    }

    /** A tensor that every job of this direction has. */
    TensorSource source(String name) {
        TensorSource source = find(name);
        if (source == null) {
            throw new IllegalArgumentException(direction + " has no " + name);
        }
        return source;
    }

    /** A tensor that a job may have. */
    @Nullable TensorSource find(String name) {
        return sources.get(name);
    }

    /** Where the rows of a token lie in q, k, v and the results. */
    TokenRows rows() {
        return new TokenRows(config.layout(), config.heads(), plan.rowTokens());
    }

    /**
     * Whatever the results depend on, and what they are, in a fixed order.
     *
     * @return values by name; texts of one line
     */
    Map<String, String> description() {
        Map<String, String> description = new LinkedHashMap<>();
        description.put("direction", direction.name().toLowerCase(Locale.ROOT));
        description.put("config", ConfigText.print(config));
        description.put("slopes", FileIdentity.of(Arrays.toString(config.slopes())));
        description.put("states", Boolean.toString(states));
        description.put("tokens-per-partition", Long.toString(plan.tokensPerPartition()));
        description.put("partitions", Integer.toString(plan.partitions()));
        description.put("sequences", FileIdentity.of(plan.boundaries()));
        description.put("identity", file.identity());
        return description;
    }

    /**
     * What tells this job from every other: a digest of its configuration, plan and input.
     *
     * @return 64 hexadecimal digits
     */
    public String fingerprint() {
        return FileIdentity.of(description().toString());
    }

    @Override
    public String toString() {
        return direction + " of " + plan + " of " + file.name();
    }
}
