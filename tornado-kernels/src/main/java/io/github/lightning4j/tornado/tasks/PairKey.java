package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.tornado.kernels.KernelFamily;

/**
 * What a plan of softmax attention, the left or the right product is compiled for.
 *
 * @param pass what it has in common with a pass of Lightning Attention-2
 */
public record PairKey(PlanKey pass) implements PlanShape {
    @Override
    public AttentionConfig config() {
        return pass.config();
    }

    @Override
    public boolean serves(PlanShape wanted) {
        return equals(wanted);
    }

    @Override
    public long largestExtent(KernelFamily family) {
        long widest = Math.max(config().keyDim(), config().valueDim());
        return (long) pass.tokens() * config().heads() * widest + 1;
    }

    @Override
    public long bytes(KernelFamily family) {
        long rows = (long) pass.tokens() * config().heads();
        long dims = 2L * config().keyDim() + config().valueDim();
        long narrow = pass.inputType() == DType.F32 ? 0 : rows * dims * Short.BYTES + (1 << 18);
        long states = pass.sequences() * config().stateElements();
        return (rows * (dims + config().valueDim()) + states) * Float.BYTES + narrow;
    }
}
