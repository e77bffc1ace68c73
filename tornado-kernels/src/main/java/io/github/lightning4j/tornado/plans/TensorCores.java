package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.tasks.TensorKey;

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
     * Fewer heads of sequences leave most of a device idle, since each is walked through from its
     * first chunk to its last; tiles work on all its chunks at a time.
     */
    private static final int FEW_HEADS = 16;

    /** The kernels round S and scores to the dtype of q, k and v; tiles keep them in float32. */
    private static final String SMALL_NUMBERS =
            "sums of small numbers would leave the range of F16 there, unseen; :tensor takes them";

    private final boolean present;
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
     */
    public record Kernels(DType type, int keyDim, int valueDim) {
        /** Those of a forward pass. */
        public static Kernels forward(DType type, int keyDim) {
            return new Kernels(type, TensorKey.depth(keyDim), 0);
        }

        /** Those of a backward pass. */
        static Kernels backward(DType type, AttentionConfig config) {
            return new Kernels(
                    type, TensorKey.depth(config.keyDim()), TensorKey.depth(config.valueDim()));
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

    TensorCores(boolean present) {
        this.present = present;
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
                    kernels.isBackward() ? "backward" : "forward",
                    kernels.type(),
                    failure);
        }
        return failure;
    }

    /** Whether they take a forward pass of these sequences. */
    boolean take(AttentionProblem problem, int sequences) {
        return takes(problem, sequences)
                && failure(Kernels.forward(problem.inputType(), problem.config().keyDim()))
                        .isEmpty();
    }

    /** Whether they take a backward pass of these sequences, and the forward pass before it. */
    boolean takeBackward(AttentionProblem problem, int sequences) {
        return take(problem, sequences)
                && failure(Kernels.backward(problem.inputType(), problem.config())).isEmpty();
    }

    private boolean takes(AttentionProblem problem, int sequences) {
        if (!present) {
            return false;
        }
        AttentionConfig config = problem.config();
        String why = TensorKey.hindrance(config, problem.inputType(), problem.outputType());
        if (why.isEmpty() && !forced && !trying && problem.inputType() == DType.F16) {
            why = SMALL_NUMBERS;
        }
        if (why.isEmpty() && !forced && !trying && sequences * config.heads() < FEW_HEADS) {
            why =
                    String.format(
                            Locale.ROOT,
                            "%d heads of sequences would leave most tensor cores idle; %d do not",
                            sequences * config.heads(),
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
