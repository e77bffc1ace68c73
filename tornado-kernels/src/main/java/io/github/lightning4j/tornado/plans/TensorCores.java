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
 * Which passes the tensor cores of a device take, and why not the others. A kernel is tried before
 * it is used for the first time: what TornadoVM and the driver make of it is not documented.
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
    private Trial trial = (type, depth) -> "nobody has tried its kernels";

    /** What trying each kernel has shown; empty if all is well. */
    private final Map<Kernel, String> tried = new HashMap<>();

    private final Set<String> told = new HashSet<>();

    private record Kernel(DType type, int depth) {}

    /** Compares a small pass with the float64 definition. */
    @FunctionalInterface
    public interface Trial {
        /**
         * Tries a kernel.
         *
         * @param type dtype of q, k, v and o
         * @param depth D as it is padded
         * @return what is wrong, or nothing
         */
        public String failure(DType type, int depth);
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
     * @param trial of a kernel
     * @param forced whether the caller named these kernels, and wants few heads and F16 on them too
     */
    public void use(Trial trial, boolean forced) {
        this.trial = trial;
        this.forced |= forced;
    }

    /** What is wrong with a kernel, or nothing. Slow at first: it is compiled and tried. */
    public String failure(DType type, int depth) {
        Kernel kernel = new Kernel(type, depth);
        String known = tried.get(kernel);
        if (known != null) {
            return known;
        }
        // The trial itself must get the kernel that it tries.
        tried.put(kernel, "");
        trying = true;
        String failure;
        try {
            failure = trial.failure(type, depth);
        } finally {
            trying = false;
        }
        tried.put(kernel, failure);
        if (!failure.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the kernel for {0} on tensor cores is not used, tiles take over: {1}",
                    type,
                    failure);
        }
        return failure;
    }

    /** Whether they take a forward pass of these sequences. */
    boolean take(AttentionProblem problem, int sequences) {
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
        return failure(problem.inputType(), TensorKey.depth(config)).isEmpty();
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
