package io.github.lightning4j.distributed;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * What each partition needs of all others: an exclusive scan by the merge law over the states that
 * its neighbours leave, for each sequence and head.
 *
 * <pre>
 *   forward   S into p+1   = λ^n · (S into the segment) + (state that the segment leaves alone)
 *   backward  dS out of p−1 = λ^n · (dS out of the segment) + (gradient of its initial state alone)
 * </pre>
 *
 * <p>n is the number of tokens of the segment, the part of the sequence that lies in the partition.
 * λ^n is exp(−s·n) in double, and so is the sum, which is rounded to float once for each partition
 * and not on its way through all of them. Heads are independent, so some of them can be scanned
 * alone. Not thread-safe.
 */
public final class StateScan {
    private final SequencePlan plan;
    private final float[] slopes;
    private final int matrix;
    private final long[] shape;

    /**
     * Of some heads.
     *
     * @param plan how sequences are cut
     * @param slopes [H] of these heads
     * @param keyDim D
     * @param valueDim E
     */
    public StateScan(SequencePlan plan, float[] slopes, int keyDim, int valueDim) {
        this.plan = plan;
        this.slopes = slopes.clone();
        matrix = keyDim * valueDim;
        shape = new long[] {1, slopes.length, keyDim, valueDim};
    }

    /** The states that are there before the scan. */
    @FunctionalInterface
    public interface States {
        /**
         * One of them.
         *
         * @param index of a partition or a sequence
         * @return F32 [1, H, D, E]; null: zeros
         * @throws IOException if it cannot be read
         */
        @Nullable Tensor at(int index) throws IOException;
    }

    /** What takes the results. */
    @FunctionalInterface
    public interface Results {
        /**
         * Takes one of them.
         *
         * @param partition whose it is
         * @param state F32 [1, H, D, E], in memory of its own
         * @throws IOException if it cannot be kept
         */
        void put(int partition, Tensor state) throws IOException;
    }

    /**
     * The states that come into partitions.
     *
     * @param locals by partition that a sequence goes on from: the state that the last segment
     *     leaves if it begins empty
     * @param initial by sequence: its state before its first token
     * @param into takes the state before the first token of each partition that a sequence comes
     *     into, in rising order
     * @throws IOException if states cannot be read or kept
     */
    public void states(States locals, States initial, Results into) throws IOException {
        double[] carry = new double[slopes.length * matrix];
        for (int p = 0; p < plan.partitions(); p++) {
            if (!plan.goesOn(p)) {
                continue;
            }
            Segment last = plan.segments(p).getLast();
            if (last.begins()) {
                set(carry, initial.at(last.sequence()));
            }
            step(carry, last.tokens(), locals.at(p));
            into.put(p + 1, rounded(carry));
        }
    }

    /**
     * The gradients of the states that go out of partitions.
     *
     * @param locals by partition that a sequence comes into: the gradient of the state before the
     *     first segment, if nothing behind the segment has a gradient
     * @param last by sequence: the gradient of its final state
     * @param outOf takes the gradient of the state behind the last token of each partition that a
     *     sequence goes on from, in falling order
     * @throws IOException if gradients cannot be read or kept
     */
    public void gradients(States locals, States last, Results outOf) throws IOException {
        double[] carry = new double[slopes.length * matrix];
        for (int p = plan.partitions() - 1; p > 0; p--) {
            if (!plan.comesIn(p)) {
                continue;
            }
            Segment first = plan.segments(p).getFirst();
            if (first.ends()) {
                set(carry, last.at(first.sequence()));
            }
            step(carry, first.tokens(), locals.at(p));
            outOf.put(p - 1, rounded(carry));
        }
    }

    private void set(double[] carry, @Nullable Tensor state) {
        for (int i = 0; i < carry.length; i++) {
            carry[i] = state == null ? 0 : state.getDouble(i);
        }
    }

    private void step(double[] carry, long tokens, @Nullable Tensor local) {
        for (int h = 0; h < slopes.length; h++) {
            double decay = StrictMath.exp(-(double) slopes[h] * tokens);
            for (int i = h * matrix; i < (h + 1) * matrix; i++) {
                carry[i] = decay * carry[i] + (local == null ? 0 : local.getDouble(i));
            }
        }
    }

    private Tensor rounded(double[] carry) {
        Tensor state = Tensor.allocate(DType.F32, shape);
        for (int i = 0; i < carry.length; i++) {
            state.setDouble(i, carry[i]);
        }
        return state;
    }
}
