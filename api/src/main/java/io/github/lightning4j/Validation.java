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
        checkWritten("output", output, in);
        return problem;
    }

    /** Checks what a backward pass reads against the configuration and each other. */
    static AttentionProblem backward(
            AttentionConfig config,
            AttentionInputs in,
            Tensor outputGradient,
            @Nullable Tensor finalStateGradient) {
        checkHasBackward(config);
        AttentionProblem problem = problem(config, in, "output gradient", outputGradient, null);
        checkFinalStateGradient(finalStateGradient, problem);
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
        TensorChecks.like("dq", gradients.dq(), in.q().dtype(), in.q().shape());
        TensorChecks.like("dk", gradients.dk(), in.q().dtype(), in.k().shape());
        TensorChecks.like("dv", gradients.dv(), in.q().dtype(), in.v().shape());
        TensorChecks.like(
                "gradient of the initial state",
                gradients.initialState(),
                DType.F32,
                problem.stateShape());
        TensorChecks.contiguous("gradient of the initial state", gradients.initialState());
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
            TensorChecks.writable(names[i], written[i]);
            for (Tensor input : read) {
                TensorChecks.apart(names[i], written[i], "an input", input);
            }
            for (int j = 0; j < i; j++) {
                TensorChecks.apart(names[i], written[i], names[j], written[j]);
            }
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
        long tokens = TensorChecks.tokens(config, q);
        checkOutputLike(name, output, config, q, tokens);
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
        PackedSequences packed = in.sequences();
        checkFirst("q", q, config, packed);
        long batch = q.shape(0);
        long tokens = TensorChecks.tokens(config, q);
        TensorChecks.shape("k", in.k(), config, batch, tokens, config.keyDim(), "D");
        TensorChecks.shape("v", in.v(), config, batch, tokens, config.valueDim(), "E");
        TensorChecks.sameType("k", in.k(), "q", q);
        TensorChecks.sameType("v", in.v(), "q", q);
        TensorChecks.shared("k", in.k());
        TensorChecks.shared("v", in.v());
        AttentionState state = in.initialState();
        if (state != null) {
            checkHasState(config, "an initial state");
            checkState("initial state", state, config, (int) in.sequenceCount());
        }
    }

    /** Checks the tensor of queries or keys that the others of a call are compared with. */
    private static void checkFirst(
            String name, Tensor q, AttentionConfig config, @Nullable PackedSequences packed) {
        if (!q.dtype().isAttentionType()) {
            throw new IllegalArgumentException(
                    name + " has dtype " + q.dtype() + "; it must be F32, F16 or BF16");
        }
        if (q.rank() != 4) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s has shape %s; it must have 4 axes, %s",
                            name,
                            Arrays.toString(q.shape()),
                            TensorChecks.axes(config.layout(), "D")));
        }
        long batch = q.shape(0);
        long tokens = TensorChecks.tokens(config, q);
        TensorChecks.shape(name, q, config, batch, tokens, config.keyDim(), "D");
        TensorChecks.shared(name, q);
        if (batch < 1) {
            throw new IllegalArgumentException(name + " has batch 0; it must be at least 1");
        }
        if (packed != null) {
            checkPacked(name, packed, batch, tokens);
        }
        checkStreams(name, packed == null ? batch : packed.count(), config);
    }

    /** Checks what a final state is computed from. */
    static AttentionProblem finalState(
            AttentionConfig config,
            Tensor k,
            Tensor v,
            @Nullable PackedSequences packed,
            @Nullable AttentionState initial) {
        checkHasState(config, "a final state");
        checkFirst("k", k, config, packed);
        long batch = k.shape(0);
        long tokens = TensorChecks.tokens(config, k);
        TensorChecks.shape("v", v, config, batch, tokens, config.valueDim(), "E");
        TensorChecks.sameType("v", v, "k", k);
        TensorChecks.shared("v", v);
        AttentionProblem problem =
                new AttentionProblem(config, k.dtype(), k.dtype(), batch, tokens, packed);
        if (initial != null) {
            checkState("initial state", initial, config, problem.sequences());
        }
        return problem;
    }

    /** Checks what the gradient of an initial state is computed from. */
    static AttentionProblem initialStateGradient(
            AttentionConfig config,
            Tensor q,
            Tensor outputGradient,
            @Nullable PackedSequences packed,
            @Nullable Tensor finalStateGradient) {
        checkHasBackward(config);
        checkFirst("q", q, config, packed);
        long batch = q.shape(0);
        long tokens = TensorChecks.tokens(config, q);
        checkOutputLike("output gradient", outputGradient, config, q, tokens);
        AttentionProblem problem =
                new AttentionProblem(
                        config, q.dtype(), outputGradient.dtype(), batch, tokens, packed);
        checkFinalStateGradient(finalStateGradient, problem);
        return problem;
    }

    private static void checkHasBackward(AttentionConfig config) {
        if (!config.algorithm().hasBackward()) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "algorithm is %s; a backward pass is there for LIGHTNING_2 and"
                                    + " LIGHTNING_1",
                            config.algorithm()));
        }
    }

    private static void checkFinalStateGradient(
            @Nullable Tensor gradient, AttentionProblem problem) {
        if (gradient != null) {
            TensorChecks.like("final state gradient", gradient, DType.F32, problem.stateShape());
            TensorChecks.shared("final state gradient", gradient);
            TensorChecks.contiguous("final state gradient", gradient);
        }
    }

    private static void checkOutputLike(
            String name, Tensor output, AttentionConfig config, Tensor q, long tokens) {
        TensorChecks.shape(name, output, config, q.shape(0), tokens, config.valueDim(), "E");
        TensorChecks.outputType(name, output, q);
        TensorChecks.shared(name, output);
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
        TensorChecks.shared(name, state.values());
        if (!Arrays.equals(state.slopes(), config.slopes())) {
            throw new IllegalArgumentException(
                    name + " was computed with other slopes than the configuration's");
        }
        state.checkOrigin(name, AttentionState.Origin.of(config), "the configuration");
    }

    /** Checks memory for the final states of a forward pass. */
    static void checkFinalState(
            Tensor finalState, AttentionProblem problem, AttentionInputs in, Tensor output) {
        String name = "final state";
        TensorChecks.like(name, finalState, DType.F32, problem.stateShape());
        TensorChecks.shared(name, finalState);
        TensorChecks.contiguous(name, finalState);
        checkWritten(name, finalState, in);
        TensorChecks.apart(name, finalState, "the output", output);
    }

    private static void checkWritten(String name, Tensor written, AttentionInputs in) {
        TensorChecks.writable(name, written);
        TensorChecks.apart(name, written, "q", in.q());
        TensorChecks.apart(name, written, "k", in.k());
        TensorChecks.apart(name, written, "v", in.v());
        AttentionState state = in.initialState();
        if (state != null) {
            TensorChecks.apart(name, written, "initial state", state.values());
        }
    }

    private static void checkPacked(String name, PackedSequences packed, long batch, long tokens) {
        if (batch != 1) {
            throw new IllegalArgumentException(
                    name + " has batch " + batch + "; with packed sequences it must be 1");
        }
        if (packed.totalTokens() != tokens) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "cu_seqlens ends at %d; %s has %d tokens",
                            packed.totalTokens(),
                            name,
                            tokens));
        }
    }
}
