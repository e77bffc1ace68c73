package io.github.lightning4j;

import io.github.lightning4j.spi.AttentionProblem;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * The one check of a call's arguments; what passes is never checked again. Stateless and
 * thread-safe.
 */
public final class Validation {
    /** Stands for the threads of a backend; never started. */
    private static final Thread ANOTHER = new Thread(() -> {});

    private Validation() {}

    /** Checks inputs and output against the configuration and each other. */
    static AttentionProblem problem(AttentionConfig config, AttentionInputs in, Tensor output) {
        return problem(config, in, output, null);
    }

    /**
     * The same for callers whose calls are so short that garbage would show.
     *
     * @param last what this returned before; it is returned again where it is the same problem
     */
    static AttentionProblem problem(
            AttentionConfig config,
            AttentionInputs in,
            Tensor output,
            @Nullable AttentionProblem last) {
        AttentionProblem problem = problem(config, in, "output", output, last);
        checkOutput(in, output);
        return problem;
    }

    /** Checks what a backward pass reads against the configuration and each other. */
    static AttentionProblem backward(
            AttentionConfig config,
            AttentionInputs in,
            Tensor outputGradient,
            @Nullable Tensor finalStateGradient) {
        if (!config.algorithm().hasBackward()) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "algorithm is %s; a backward pass is there for LIGHTNING_2 and"
                                    + " LIGHTNING_1",
                            config.algorithm()));
        }
        AttentionProblem problem = problem(config, in, "output gradient", outputGradient, null);
        if (finalStateGradient != null) {
            checkLike("final state gradient", finalStateGradient, DType.F32, problem.stateShape());
            checkShared("final state gradient", finalStateGradient);
        }
        return problem;
    }

    /** Checks all tensors of a backward pass against the configuration and each other. */
    static AttentionProblem backward(
            AttentionConfig config,
            AttentionInputs in,
            Tensor outputGradient,
            @Nullable Tensor finalStateGradient,
            Gradients gradients) {
        AttentionProblem problem = backward(config, in, outputGradient, finalStateGradient);
        checkGradients(problem, in, outputGradient, finalStateGradient, gradients);
        return problem;
    }

    private static void checkGradients(
            AttentionProblem problem,
            AttentionInputs in,
            Tensor outputGradient,
            @Nullable Tensor finalStateGradient,
            Gradients gradients) {
        checkLike("dq", gradients.dq(), in.q().dtype(), in.q().shape());
        checkLike("dk", gradients.dk(), in.q().dtype(), in.k().shape());
        checkLike("dv", gradients.dv(), in.q().dtype(), in.v().shape());
        checkLike(
                "gradient of the initial state",
                gradients.initialState(),
                DType.F32,
                problem.stateShape());
        AttentionState initial = in.initialState();
        Tensor[] read = {
            in.q(),
            in.k(),
            in.v(),
            initial == null ? null : initial.values(),
            outputGradient,
            finalStateGradient
        };
        Tensor[] written = {
            gradients.dq(), gradients.dk(), gradients.dv(), gradients.initialState()
        };
        String[] names = {"dq", "dk", "dv", "gradient of the initial state"};
        for (int i = 0; i < written.length; i++) {
            checkWritable(names[i], written[i]);
            for (Tensor input : read) {
                checkApart(names[i], written[i], "an input", input);
            }
            for (int j = 0; j < i; j++) {
                checkApart(names[i], written[i], names[j], written[j]);
            }
        }
    }

    private static void checkLike(String name, Tensor tensor, DType dtype, long[] shape) {
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

    /** Checks everything except that the output can be written. */
    private static AttentionProblem problem(
            AttentionConfig config,
            AttentionInputs in,
            String name,
            Tensor output,
            @Nullable AttentionProblem last) {
        check(config, in);
        Tensor q = in.q();
        long batch = q.shape(0);
        long tokens = tokens(config, q);
        checkShape(name, output, config, batch, tokens, config.valueDim(), "E");
        if (output.dtype() != q.dtype() && output.dtype() != DType.F32) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s has dtype %s; it must be F32 or that of q, %s",
                            name,
                            output.dtype(),
                            q.dtype()));
        }
        checkShared(name, output);
        PackedSequences packed = in.sequences();
        if (last != null
                && last.inputType() == q.dtype()
                && last.outputType() == output.dtype()
                && last.batch() == batch
                && last.tokens() == tokens
                && Objects.equals(last.packed(), packed)) {
            return last;
        }
        return new AttentionProblem(config, q.dtype(), output.dtype(), batch, tokens, packed);
    }

    /**
     * Checks that inputs fit a configuration and each other. Every pass does this before it
     * computes; call it where inputs come from a file, say, and should be refused as they are read.
     *
     * @param config what is to be computed
     * @param in q, k, v and, if given, state and sequences
     * @throws IllegalArgumentException naming the argument that does not fit
     * @throws IllegalStateException if an argument's memory was freed
     */
    public static void check(AttentionConfig config, AttentionInputs in) {
        Tensor q = in.q();
        if (!q.dtype().isAttentionType()) {
            throw new IllegalArgumentException(
                    "q has dtype " + q.dtype() + "; it must be F32, F16 or BF16");
        }
        if (q.rank() != 4) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "q has shape %s; it must have 4 axes, %s",
                            Arrays.toString(q.shape()),
                            axes(config.layout(), "D")));
        }
        long batch = q.shape(0);
        long tokens = tokens(config, q);
        checkShape("q", q, config, batch, tokens, config.keyDim(), "D");
        checkShape("k", in.k(), config, batch, tokens, config.keyDim(), "D");
        checkShape("v", in.v(), config, batch, tokens, config.valueDim(), "E");
        checkSameType("k", in.k(), q);
        checkSameType("v", in.v(), q);
        checkShared("q", q);
        checkShared("k", in.k());
        checkShared("v", in.v());
        if (batch < 1) {
            throw new IllegalArgumentException("q has batch 0; it must be at least 1");
        }
        PackedSequences packed = in.sequences();
        if (packed != null) {
            checkPacked(packed, batch, tokens);
        }
        checkStreams("q", in.sequenceCount(), config);
        AttentionState state = in.initialState();
        if (state != null) {
            checkHasState(config, "an initial state");
            checkState("initial state", state, config, (int) in.sequenceCount());
        }
    }

    private static long tokens(AttentionConfig config, Tensor q) {
        return q.shape(config.layout() == Layout.HEADS_FIRST ? 2 : 1);
    }

    /** Checks that sequences of that many heads can be counted by an int. */
    static void checkStreams(String name, long sequences, AttentionConfig config) {
        if (sequences > Integer.MAX_VALUE / config.heads()) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s has %d sequences of %d heads; together they must be below 2^31",
                            name,
                            sequences,
                            config.heads()));
        }
    }

    /** Refuses what only algorithms with a state of constant size have. */
    static void checkHasState(AttentionConfig config, String what) {
        if (!config.algorithm().hasState()) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "algorithm is %s, whose memory grows with the tokens: it cannot have"
                                    + " %s",
                            config.algorithm(),
                            what));
        }
    }

    /** The token counts after a call, checked before it computes anything. */
    static long[] tokensAfter(long[] before, AttentionProblem problem) {
        long[] after = before.clone();
        for (int r = 0; r < after.length; r++) {
            after[r] = AttentionState.tokensAfter(r, before[r], problem.length(r));
        }
        return after;
    }

    /** Checks that a state belongs to this configuration and number of sequences. */
    static void checkState(
            String name, AttentionState state, AttentionConfig config, int sequences) {
        long[] expected = {sequences, config.heads(), config.keyDim(), config.valueDim()};
        if (!Arrays.equals(state.values().shape(), expected)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s has shape %s; it must be [R, H, D, E] = %s",
                            name,
                            Arrays.toString(state.values().shape()),
                            Arrays.toString(expected)));
        }
        checkShared(name, state.values());
        if (!Arrays.equals(state.slopes(), config.slopes())) {
            throw new IllegalArgumentException(
                    name + " was computed with other slopes than the configuration's");
        }
        state.checkOrigin(name, AttentionState.Origin.of(config), "the configuration");
    }

    private static void checkOutput(AttentionInputs in, Tensor output) {
        checkWritable("output", output);
        checkApart("output", output, "q", in.q());
        checkApart("output", output, "k", in.k());
        checkApart("output", output, "v", in.v());
        AttentionState state = in.initialState();
        if (state != null) {
            checkApart("output", output, "initial state", state.values());
        }
    }

    private static void checkWritable(String name, Tensor tensor) {
        checkShared(name, tensor);
        if (tensor.segment().isReadOnly()) {
            throw new IllegalArgumentException(name + " is read-only; it must be writable");
        }
    }

    /** Kernels run on many threads, and memory of a confined arena admits only one. */
    private static void checkShared(String name, Tensor tensor) {
        if (!tensor.segment().scope().isAlive()) {
            throw new IllegalStateException(name + " was freed; its arena is closed");
        }
        if (!tensor.segment().isAccessibleBy(ANOTHER)) {
            throw new IllegalArgumentException(
                    name
                            + " is in memory of one thread; allocate it with Arena.ofShared() or"
                            + " Arena.ofAuto()");
        }
    }

    private static void checkApart(
            String outputName, Tensor output, String name, @Nullable Tensor input) {
        if (input != null && output.segment().asOverlappingSlice(input.segment()).isPresent()) {
            throw new IllegalArgumentException(outputName + " overlaps " + name + " in memory");
        }
    }

    private static void checkPacked(PackedSequences packed, long batch, long tokens) {
        if (batch != 1) {
            throw new IllegalArgumentException(
                    "q has batch " + batch + "; with packed sequences it must be 1");
        }
        if (packed.totalTokens() != tokens) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "cu_seqlens ends at %d; q has %d tokens",
                            packed.totalTokens(),
                            tokens));
        }
    }

    private static void checkShape(
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
            checkOrder(name, tensor, config, dim, dimName);
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
    private static void checkOrder(
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

    private static void checkSameType(String name, Tensor tensor, Tensor q) {
        if (tensor.dtype() != q.dtype()) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s has dtype %s; q has %s",
                            name,
                            tensor.dtype(),
                            q.dtype()));
        }
    }

    private static String axes(Layout layout, String dim) {
        return layout == Layout.HEADS_FIRST ? "[B, H, N, " + dim + "]" : "[B, N, H, " + dim + "]";
    }
}
