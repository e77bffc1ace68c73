package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.StateBuffers;
import io.github.lightning4j.spi.StateGradientBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * What a {@link StatePass} sums over the blocks of a stream, in the order of time or against it:
 *
 * <pre>
 *   S = λ^L S + Kᵀ diag(λ^(L−1−i)) V         from the first block to the last
 *   G = λ^L G + Qᵀ diag(c λ^(i+1)) dO        from the last block to the first
 * </pre>
 *
 * @param x K or Q, before φ
 * @param y V or dO
 * @param yType the dtype of y
 * @param before the S or G that it begins with; null for zeros
 * @param after where the last one goes
 * @param isReversed whether it is G
 */
public record StateSum(
        TensorMemory x,
        TensorMemory y,
        DType yType,
        @Nullable MemorySegment before,
        MemorySegment after,
        boolean isReversed) {

    /** S after the last token. */
    public static StateSum of(AttentionProblem problem, StateBuffers buffers) {
        return new StateSum(
                buffers.k(),
                buffers.v(),
                problem.inputType(),
                buffers.initialState(),
                buffers.finalState(),
                false);
    }

    /** G before the first token. */
    public static StateSum of(AttentionProblem problem, StateGradientBuffers buffers) {
        return new StateSum(
                buffers.q(),
                buffers.outputGradient(),
                problem.outputType(),
                buffers.finalStateGradient(),
                buffers.initialStateGradient(),
                true);
    }

    /** The block that comes as number {@code turn} of so many. */
    long block(long turn, long blocks) {
        return isReversed ? blocks - 1 - turn : turn;
    }

    /** The weights of the rows of Y. */
    float[] weights(BlockDecay decay) {
        return isReversed ? decay.queries : decay.keys;
    }

    /** Where the weights of the rows of a block begin. */
    int weightsFrom(BlockDecay decay, int rows) {
        return isReversed ? 0 : decay.keysFrom(rows);
    }
}
