package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.kernels.KernelFamily;

/**
 * What a plan is compiled for that computes states alone, or their gradients alone.
 *
 * @param pass what it has in common with a forward pass
 * @param direction {@link Direction#FORWARD} for states, {@link Direction#BACKWARD} for gradients
 * @param valueType dtype of v, or of the gradient of the outputs
 */
public record StateKey(PlanKey pass, int direction, DType valueType) implements PlanShape {
    @Override
    public AttentionConfig config() {
        return pass.config();
    }

    /** Whether it is for gradients. */
    public boolean isBackward() {
        return direction == Direction.BACKWARD;
    }

    @Override
    public boolean serves(PlanShape wanted) {
        return wanted instanceof StateKey other
                && direction == other.direction
                && valueType == other.valueType
                && pass.serves(other.pass);
    }

    @Override
    public long largestExtent(KernelFamily family) {
        return pass.largestExtent(family);
    }

    @Override
    public long bytes(KernelFamily family) {
        long rows = pass.rows();
        long keys = rows * config().keyDim();
        long values = rows * config().valueDim();
        long narrow = pass.inputType() == DType.F32 ? 0 : keys * Short.BYTES + (1 << 18);
        narrow += valueType == DType.F32 ? 0 : values * Short.BYTES;
        return (keys + values + pass.scratch(family)) * Float.BYTES + narrow;
    }
}
