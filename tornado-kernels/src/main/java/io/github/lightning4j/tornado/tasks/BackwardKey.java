package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.KernelFamily;

/**
 * What a plan of a backward pass is compiled for.
 *
 * @param pass what it has in common with the forward pass
 * @param gradientType dtype of the gradient of the outputs: the input type or F32
 */
public record BackwardKey(PlanKey pass, DType gradientType) implements PlanShape {
    @Override
    public AttentionConfig config() {
        return pass.config();
    }

    @Override
    public boolean serves(PlanShape wanted) {
        return wanted instanceof BackwardKey other
                && gradientType == other.gradientType
                && pass.serves(other.pass);
    }

    @Override
    public long largestExtent(KernelFamily family) {
        return Math.max(pass.largestExtent(family), pass.chunksOfHeads() * ChunkTable.SCORES);
    }

    /**
     * Everything of a forward plan except q, k and v is there twice: for S and G, and for o and dO.
     */
    @Override
    public long bytes(KernelFamily family) {
        long rows = pass.rows();
        long keys = rows * config().keyDim();
        long values = rows * config().valueDim();
        long floats = 2 * keys + 2 * values;
        if (config().featureMap() != FeatureMap.IDENTITY) {
            floats += 2 * keys;
        }
        floats += pass.scratch(family);
        if (family == KernelFamily.TILED) {
            floats += pass.chunksOfHeads() * ChunkTable.SCORES;
        }
        long narrow = gradientType == DType.F32 ? 0 : values * Short.BYTES;
        return pass.bytes(family) + floats * Float.BYTES + narrow;
    }
}
