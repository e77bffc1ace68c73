package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.KernelFamily;

/**
 * What a plan on tensor cores is compiled for that computes states alone, or their gradients alone.
 *
 * @param pass what it has in common with a forward pass; v, or the gradient of the outputs, has the
 *     dtype of the other inputs
 * @param direction {@link Direction#FORWARD} for states, {@link Direction#BACKWARD} for gradients
 * @param pieces into which sequences are cut; at least one for each
 */
public record TensorStateKey(PlanKey pass, int direction, int pieces) implements TensorShape {
    /** Whether it is for gradients. */
    public boolean isBackward() {
        return direction == Direction.BACKWARD;
    }

    /** States come from those of pieces, also where each sequence is one. */
    @Override
    public boolean isCut() {
        return true;
    }

    @Override
    public boolean serves(PlanShape wanted) {
        return wanted instanceof TensorStateKey other
                && direction == other.direction
                && pieces == other.pieces
                && pass.serves(other.pass);
    }

    @Override
    public long largestExtent(KernelFamily family) {
        return new TensorKey(pass, pieces).largestExtent(family);
    }

    @Override
    public long bytes(KernelFamily family) {
        long rows = (long) pass.tokens() * config().heads();
        long dims = (long) config().keyDim() + config().valueDim();
        long states = pass.sequences() * config().stateElements();
        return (rows * dims + 2 * around()) * Short.BYTES + (states + localStates()) * Float.BYTES;
    }
}
