package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.tornado.kernels.KernelFamily;

import java.util.Locale;

/**
 * What a plan of a forward pass on tensor cores is compiled for.
 *
 * @param pass what it has in common with one in tiles; the outputs have the dtype of the inputs
 * @param pieces into which sequences are cut
 */
public record TensorKey(PlanKey pass, int pieces) implements TensorShape {
    /** The largest D and E. */
    public static final int MAX_DIM = 128;

    /** The smaller of the two paddings of D. */
    public static final int SMALL_DIM = 64;

    /**
     * Why there is no kernel for this; empty if there is one.
     *
     * @param outputType dtype of the outputs and of their gradient
     */
    public static String hindrance(AttentionConfig config, DType inputType, DType outputType) {
        if (inputType == DType.F32) {
            return "q, k and v are F32; tensor cores take F16 and BF16";
        }
        if (outputType != inputType) {
            return String.format(
                    Locale.ROOT,
                    "outputs are %s; on tensor cores they have the dtype of q, k and v, %s",
                    outputType,
                    inputType);
        }
        if (config.featureMap() != FeatureMap.IDENTITY) {
            return "the feature map is " + config.featureMap() + "; on tensor cores it is IDENTITY";
        }
        for (int dim : new int[] {config.keyDim(), config.valueDim()}) {
            if (dim > MAX_DIM || dim % PACKED != 0) {
                return String.format(
                        Locale.ROOT,
                        "D is %d and E is %d; on tensor cores they are multiples of %d up to %d",
                        config.keyDim(),
                        config.valueDim(),
                        PACKED,
                        MAX_DIM);
            }
        }
        return "";
    }

    /** D as the kernel pads it. */
    public static int depth(int keyDim) {
        return keyDim <= SMALL_DIM ? SMALL_DIM : MAX_DIM;
    }

    /** Groups of a sequence. */
    public static int groups(int heads, int valueDim) {
        return heads * Math.ceilDiv(valueDim, COLUMNS);
    }

    @Override
    public boolean serves(PlanShape wanted) {
        return wanted instanceof TensorKey other
                && pieces == other.pieces
                && pass.serves(other.pass);
    }

    @Override
    public long largestExtent(KernelFamily family) {
        long dim = Math.max(config().keyDim(), config().valueDim());
        long rows = (long) pass.tokens() * config().heads();
        long states = pass.sequences() * config().stateElements();
        return Math.max(rows * dim + around(), Math.max(states, localStates()) + 1);
    }

    @Override
    public long bytes(KernelFamily family) {
        long rows = (long) pass.tokens() * config().heads();
        long dims = 2L * config().keyDim() + 2L * config().valueDim();
        long states = pass.sequences() * config().stateElements();
        return (rows * dims + 4 * around()) * Short.BYTES
                + (3 * states + 2 * localStates()) * Float.BYTES;
    }
}
