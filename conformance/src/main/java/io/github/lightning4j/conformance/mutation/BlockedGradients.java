package io.github.lightning4j.conformance.mutation;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.Head;
import io.github.lightning4j.reference.ReferenceAttention.HeadGradients;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/** The backward pass of the slow backend: the definition, rounded once, with or without a bug. */
final class BlockedGradients {
    private final Bug bug;
    private final int threads;
    private final AttentionProblem problem;
    private final AttentionConfig config;
    private final BackwardBuffers buffers;

    BlockedGradients(Bug bug, int threads, AttentionProblem problem, BackwardBuffers buffers) {
        this.bug = bug;
        this.threads = threads;
        this.problem = problem;
        this.config = problem.config();
        this.buffers = buffers;
    }

    void run() {
        for (int r = 0; r < problem.sequences(); r++) {
            for (int h = 0; h < config.heads(); h++) {
                HeadGradients gradients = gradients(r, h);
                if (bug == Bug.GRADIENT_MASKS_BY_ZERO && problem.length(r) > 0) {
                    addZeroTimes(gradients.dq(), Math.toIntExact(problem.length(r) - 1));
                    addZeroTimes(gradients.dk(), 0);
                    addZeroTimes(gradients.dv(), 0);
                }
                double all = bug == Bug.NAN_OUTPUT ? Double.NaN : bug == Bug.ZERO_OUTPUT ? 0 : 1;
                double q = bug == Bug.GRADIENT_DEPENDS_ON_THREADS ? 1 + 1e-6 * threads : 1;
                double k = bug == Bug.GRADIENT_PRE_DECAYED_KEYS ? Math.exp(-config.slopes()[h]) : 1;
                double v = bug == Bug.GRADIENT_DROPPED_SCALE ? 1 / config.scale() : 1;
                write(buffers.dq(), r, h, gradients.dq(), all * q);
                write(buffers.dk(), r, h, gradients.dk(), all * k);
                write(buffers.dv(), r, h, gradients.dv(), all * v);
                writeState(r, h, gradients.initialState(), all);
            }
        }
    }

    private static void addZeroTimes(double[][] rows, int from) {
        for (double[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                row[i] += 0 * rows[from][i];
            }
        }
    }

    private HeadGradients gradients(int r, int h) {
        Tensor dO = rows(problem.outputType(), buffers.outputGradient(), config.valueDim());
        Tensor dState =
                bug == Bug.GRADIENT_IGNORES_FINAL_STATE
                        ? null
                        : state(buffers.finalStateGradient());
        AttentionInputs inputs = inputs();
        if (bug == Bug.GRADIENT_WITHOUT_DERIVATIVE) {
            return ReferenceAttention.backward(
                    Head.of(config, inputs, r, h),
                    ReferenceAttention.rows(config, inputs, dO, r, h, config.valueDim()),
                    ReferenceAttention.matrix(config, dState, r, h));
        }
        return ReferenceAttention.backward(config, inputs, dO, dState, r, h);
    }

    private AttentionInputs inputs() {
        Tensor initial =
                bug == Bug.GRADIENT_IGNORES_INITIAL_STATE ? null : state(buffers.initialState());
        return new AttentionInputs(
                rows(problem.inputType(), buffers.q(), config.keyDim()),
                rows(problem.inputType(), buffers.k(), config.keyDim()),
                rows(problem.inputType(), buffers.v(), config.valueDim()),
                problem.packed(),
                initial == null
                        ? null
                        : AttentionState.of(
                                initial, config.slopes(), new long[problem.sequences()]));
    }

    /** A copy of a tensor without gaps. */
    private Tensor rows(DType type, TensorMemory memory, int dim) {
        Tensor copy =
                Tensor.allocate(
                        type,
                        config.layout()
                                .shape(problem.batch(), config.heads(), problem.tokens(), dim));
        for (long i = 0; i < copy.size(); i++) {
            copy.setDouble(i, HeadMemory.get(type, memory.segment(), at(memory, i)));
        }
        return copy;
    }

    private long at(TensorMemory memory, long element) {
        return bug == Bug.IGNORED_GAPS ? element : memory.at(element);
    }

    private @Nullable Tensor state(@Nullable MemorySegment segment) {
        return segment == null
                ? null
                : Tensor.of(
                        DType.F32,
                        segment,
                        problem.sequences(),
                        config.heads(),
                        config.keyDim(),
                        config.valueDim());
    }

    private void write(TensorMemory memory, int r, int h, double[][] gradient, double factor) {
        if (gradient.length == 0) {
            return;
        }
        int dim = gradient[0].length;
        long at = problem.rowOffset(r, h, dim);
        for (double[] row : gradient) {
            for (int i = 0; i < dim; i++) {
                HeadMemory.set(
                        problem.inputType(), memory.segment(), at(memory, at + i), row[i] * factor);
            }
            at += problem.rowStride(dim);
        }
    }

    private void writeState(int r, int h, double[][] gradient, double factor) {
        int matrix = config.keyDim() * config.valueDim();
        Tensor target =
                Tensor.of(
                        DType.F32,
                        buffers.initialStateGradient(),
                        (long) problem.sequences() * config.heads() * matrix);
        long i = ((long) r * config.heads() + h) * matrix;
        for (double[] row : gradient) {
            for (double value : row) {
                target.setDouble(i++, value * factor);
            }
        }
    }
}
