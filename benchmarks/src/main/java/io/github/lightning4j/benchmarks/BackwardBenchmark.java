package io.github.lightning4j.benchmarks;

import io.github.lightning4j.DType;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.HeadGradients;
import io.github.lightning4j.reference.RelativeError;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** A forward pass and its gradients, into memory that is used again: a training step's share. */
@SuppressWarnings("NullAway.Init") // JMH calls prepare() before anything else
public class BackwardBenchmark extends AttentionBenchmark {
    private Tensor dO;
    private Gradients gradients;

    /** For JMH. */
    public BackwardBenchmark() {}

    /** Prepares a trial. */
    @Setup
    public void prepare() {
        open();
        long[] extents = inputs().v().shape();
        dO = new NormalTensors(arena()).next(dtype, extents);
        gradients =
                new Gradients(
                        Tensor.allocate(arena(), dtype, extents),
                        Tensor.allocate(arena(), dtype, extents),
                        Tensor.allocate(arena(), dtype, extents),
                        Tensor.allocate(
                                arena(),
                                DType.F32,
                                extents[0],
                                extents[1],
                                extents[3],
                                extents[3]));
    }

    /** Checks the last call and ends the trial. */
    @TearDown
    public void check() {
        checkForward();
        checkGradients();
        close();
    }

    /**
     * One pass forward and one back.
     *
     * @return the gradients
     */
    @Benchmark
    public Gradients forwardBackward() {
        forwardPass();
        attention().backward(inputs(), dO, null, gradients);
        return gradients;
    }

    /** Compares the gradients of the last sequence's last head with the definition. */
    private void checkGradients() {
        int r = (int) inputs().q().shape(0) - 1;
        int h = config().heads() - 1;
        HeadGradients expected = ReferenceAttention.backward(config(), inputs(), dO, null, r, h);
        double gate = Gate.of(dtype).gradients();
        Expected.within("dq", error(gradients.dq(), expected.dq(), r, h), gate);
        Expected.within("dk", error(gradients.dk(), expected.dk(), r, h), gate);
        Expected.within("dv", error(gradients.dv(), expected.dv(), r, h), gate);
        RelativeError state = new RelativeError();
        state.add(
                ReferenceAttention.matrix(config(), gradients.initialState(), r, h),
                expected.initialState());
        Expected.within("the initial state's gradient", state.value(), gate);
    }

    private double error(Tensor actual, double[][] expected, int r, int h) {
        RelativeError error = new RelativeError();
        error.add(
                ReferenceAttention.rows(config(), inputs(), actual, r, h, config().keyDim()),
                expected);
        return error.value();
    }
}
