package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.DType;
import io.github.lightning4j.tornado.kernels.KernelFamily;

/**
 * What a plan of a backward pass on tensor cores is compiled for.
 *
 * @param pass what it has in common with a forward pass; all gradients have the dtype of the inputs
 * @param pieces into which sequences are cut
 */
public record TensorBackwardKey(PlanKey pass, int pieces) implements TensorShape {
    @Override
    public boolean serves(PlanShape wanted) {
        return wanted instanceof TensorBackwardKey other
                && pieces == other.pieces
                && pass.serves(other.pass);
    }

    @Override
    public long largestExtent(KernelFamily family) {
        return new TensorKey(pass, pieces).largestExtent(family);
    }

    /** q, k, v, dO and the gradients of the former; F16 has q, k and dO twice, as values too. */
    @Override
    public long bytes(KernelFamily family) {
        long keyDim = config().keyDim();
        long valueDim = config().valueDim();
        long rows = (long) pass.tokens() * config().heads();
        long dims = 4 * keyDim + 3 * valueDim;
        long arrays = 7;
        if (pass.inputType() == DType.F16) {
            dims += 2 * keyDim + valueDim;
            arrays += 3;
        }
        long states = pass.sequences() * config().stateElements();
        return (rows * dims + arrays * around()) * Short.BYTES
                + (3 * states + 2 * localStates()) * Float.BYTES;
    }
}
