package io.github.lightning4j.cli.measure;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.DeviceTensor;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.checks.Check;
import io.github.lightning4j.cli.checks.GradientCheck;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.checks.ReferenceCheck;
import io.github.lightning4j.results.Pass;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * A pass over a problem on an opened device, ready to be called again and again in the same memory.
 * Not thread-safe.
 */
public sealed interface BenchCase extends AutoCloseable permits BenchCase.Whole, DecodeCase {
    /** Heads that are compared with the definition. */
    int CHECKED_HEADS = 1;

    /** One call. */
    void run();

    /** Compares what the case computes with the definition; call it after {@link #run}. */
    List<Check> checks();

    @Override
    void close();

    /**
     * Prepares a pass; with a backward one the problem has a gradient of o.
     *
     * @param deviceTensors whether whole passes read and write tensors that the device allocates
     */
    static BenchCase of(
            Pass pass, LightningAttention attention, Problem problem, boolean deviceTensors) {
        return switch (pass) {
            case FORWARD -> new Whole(attention, problem, false, deviceTensors);
            case FORWARD_BACKWARD -> new Whole(attention, problem, true, deviceTensors);
            case DECODE -> new DecodeCase(attention, problem);
        };
    }

    /** Whole sequences: o and the final state, and with a backward pass the gradients. */
    final class Whole implements BenchCase {
        private final Arena arena = Arena.ofShared();
        private final List<DeviceTensor> allocated = new ArrayList<>();
        private final LightningAttention attention;
        private final Problem problem;
        private final Tensor o;
        private final @Nullable Tensor finalState;
        private final @Nullable Gradients gradients;
        private @Nullable AttentionState state;

        Whole(
                LightningAttention attention,
                Problem problem,
                boolean backward,
                boolean deviceTensors) {
            this.attention = attention;
            Problem.Memory memory = deviceTensors ? this::allocate : Problem.Memory.of(arena);
            this.problem = deviceTensors ? problem.copied(memory) : problem;
            o = problem.output(memory);
            finalState = problem.finalState(memory);
            gradients = backward ? problem.gradients(memory) : null;
        }

        private Tensor allocate(DType dtype, long... shape) {
            DeviceTensor tensor = attention.allocate(dtype, shape);
            allocated.add(tensor);
            return tensor.tensor();
        }

        @Override
        public void run() {
            state = problem.forward(attention, o, finalState);
            if (gradients != null) {
                problem.backward(attention, gradients);
            }
        }

        @Override
        public List<Check> checks() {
            List<Check> checks =
                    new ArrayList<>(new ReferenceCheck(problem, o, state).sample(CHECKED_HEADS));
            if (gradients != null) {
                checks.addAll(GradientCheck.sample(problem, gradients, CHECKED_HEADS));
            }
            return checks;
        }

        @Override
        public void close() {
            arena.close();
            allocated.forEach(DeviceTensor::close);
        }
    }
}
