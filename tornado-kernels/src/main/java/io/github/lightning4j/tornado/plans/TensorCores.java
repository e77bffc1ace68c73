package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.TensorKey;
import io.github.lightning4j.tornado.tasks.TensorShape;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Which passes the tensor cores of a device take, and why not the others. Kernels are tried before
 * they are used for the first time: what TornadoVM and the driver make of them is not documented.
 *
 * <p>Thread-safe by {@link DeviceLock}, which callers hold.
 */
public final class TensorCores {
    private static final System.Logger LOG = System.getLogger(TensorCores.class.getName());

    /**
     * Fewer heads of pieces leave most of a device idle, since each is walked through from its
     * first chunk to its last; tiles work on all its chunks at a time.
     */
    private static final int FEW_HEADS = 16;

    /** The kernels round S and scores to the dtype of q, k and v; tiles keep them in float32. */
    private static final String SMALL_NUMBERS =
            "sums of small numbers would leave the range of F16 there, unseen; :tensor takes them";

    private final boolean present;
    private final int groupsAtOnce;
    private boolean forced;
    private boolean trying;
    private Trial trial = kernels -> "nobody has tried them";

    /** What trying each of them has shown; empty if all is well. */
    private final Map<Kernels, String> tried = new HashMap<>();

    private final Set<String> told = new HashSet<>();

    /**
     * What a pass runs.
     *
     * @param type dtype of all tensors but the states
     * @param keyDim D as it is padded
     * @param valueDim E as a backward pass pads it, because there it has the role of D too; else 0
     * @param cut whether sequences are cut into pieces
     */
    public record Kernels(DType type, int keyDim, int valueDim, boolean cut) {
        /** Those of a forward pass. */
        public static Kernels forward(DType type, int keyDim, boolean cut) {
            return new Kernels(type, TensorKey.depth(keyDim), 0, cut);
        }

        /** Those of a backward pass. */
        public static Kernels backward(DType type, int keyDim, int valueDim, boolean cut) {
            return new Kernels(type, TensorKey.depth(keyDim), TensorKey.depth(valueDim), cut);
        }

        /** Whether they are those of a backward pass. */
        public boolean isBackward() {
            return valueDim > 0;
        }
    }

    /** Compares a small pass with the float64 definition. */
    @FunctionalInterface
    public interface Trial {
        /** What is wrong with kernels, or nothing. */
        String failure(Kernels kernels);
    }

    /**
     * Those of a device.
     *
     * @param groupsAtOnce groups of their kernels that it works on at a time
     */
    TensorCores(boolean present, int groupsAtOnce) {
        this.present = present;
        this.groupsAtOnce = groupsAtOnce;
    }

    /** Whether there are any. */
    public boolean isPresent() {
        return present;
    }

    /**
     * Says how kernels are tried.
     *
     * @param trial of kernels
     * @param forced whether the caller named these kernels, and wants few heads and F16 on them too
     */
    public void use(Trial trial, boolean forced) {
        this.trial = trial;
        this.forced |= forced;
    }

    /** What is wrong with kernels, or nothing. Slow at first: they are compiled and tried. */
    public String failure(Kernels kernels) {
        String known = tried.get(kernels);
        if (known != null) {
            return known;
        }
        // The trial itself must get the kernels that it tries.
        tried.put(kernels, "");
        boolean within = trying;
        trying = true;
        String failure;
        try {
            failure = trial.failure(kernels);
        } finally {
            trying = within;
        }
        tried.put(kernels, failure);
        if (!failure.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the {0} pass of {1} on tensor cores is not used, tiles take over: {2}",
                    (kernels.isBackward() ? "backward" : "forward")
                            + (kernels.cut() ? " (in pieces)" : ""),
                    kernels.type(),
                    failure);
        }
        return failure;
    }

    /** Whether they take a forward pass of these sequences. */
    boolean take(AttentionProblem problem, int sequences) {
        return takes(problem, problem.outputType(), sequences)
                && failure(
                                Kernels.forward(
                                        problem.inputType(),
                                        problem.config().keyDim(),
                                        isCut(problem, sequences)))
                        .isEmpty();
    }

    /** Whether they take a backward pass of these sequences, and the forward pass before it. */
    boolean takeBackward(AttentionProblem problem, int sequences) {
        return take(problem, sequences)
                && failure(
                                Kernels.backward(
                                        problem.inputType(),
                                        problem.config().keyDim(),
                                        problem.config().valueDim(),
                                        isCut(problem, sequences)))
                        .isEmpty();
    }

    /**
     * Whether they take states alone of these sequences, or their gradients alone: the kernels that
     * a forward pass in pieces begins with.
     *
     * @param valueType dtype of v, or of the gradient of the outputs
     */
    boolean takeStates(AttentionProblem problem, DType valueType, int sequences) {
        return takes(problem, valueType, sequences)
                && failure(Kernels.forward(problem.inputType(), problem.config().keyDim(), true))
                        .isEmpty();
    }

    /**
     * Into how many pieces to cut sequences.
     *
     * @param sequences there is room for
     * @param tokens of all of them
     */
    int pieces(AttentionConfig config, int sequences, long tokens) {
        return TensorShape.pieces(config, sequences, tokens, groupsAtOnce);
    }

    private boolean isCut(AttentionProblem problem, int sequences) {
        return pieces(problem, sequences) > PlanKey.sequenceBucket(sequences);
    }

    private int pieces(AttentionProblem problem, int sequences) {
        long tokens = problem.tokens() * (problem.packed() == null ? sequences : 1);
        // As a plan has room for them; those of windows have fewer pieces, never more.
        int room = PlanKey.bucket(Math.clamp(tokens, 1, 1 << 28));
        return pieces(problem.config(), PlanKey.sequenceBucket(sequences), room);
    }

    private boolean takes(AttentionProblem problem, DType outputType, int sequences) {
        if (!present) {
            return false;
        }
        AttentionConfig config = problem.config();
        String why = TensorKey.hindrance(config, problem.inputType(), outputType);
        if (why.isEmpty() && !forced && !trying && problem.inputType() == DType.F16) {
            why = SMALL_NUMBERS;
        }
        int pieces =
                (isCut(problem, sequences) ? pieces(problem, sequences) : sequences)
                        * config.heads();
        if (why.isEmpty() && !forced && !trying && pieces < FEW_HEADS) {
            why =
                    String.format(
                            Locale.ROOT,
                            "%d heads of sequences, or of pieces of long ones, would leave most"
                                    + " tensor cores idle; %d do not",
                            pieces,
                            FEW_HEADS);
        }
        if (!why.isEmpty()) {
            tell(why, problem.inputType());
            return false;
        }
        return true;
    }

    /** Says once why tiles take over, aloud where the caller named these kernels. */
    private void tell(String why, DType type) {
        if (told.add(why)) {
            System.Logger.Level level =
                    forced
                            ? System.Logger.Level.WARNING
                            : type == DType.F32
                                    ? System.Logger.Level.DEBUG
                                    : System.Logger.Level.INFO;
            LOG.log(level, "in tiles, not on tensor cores: {0}", why);
        }
    }
}
