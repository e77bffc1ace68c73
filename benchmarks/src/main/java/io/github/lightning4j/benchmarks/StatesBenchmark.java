package io.github.lightning4j.benchmarks;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.Head;
import io.github.lightning4j.reference.RelativeError;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What pieces of a sequence need of each other, without outputs and other gradients, beside a
 * forward pass.
 */
@SuppressWarnings("NullAway.Init") // JMH calls prepare() before anything else
public class StatesBenchmark extends AttentionBenchmark {
    /** Without decay all tokens are within reach; with {@code alibi} few of most heads are. */
    @Param({"none", "alibi"})
    public String decay;

    private Tensor dO;
    private AttentionState state;
    private Tensor gradient;

    /** For JMH. */
    public StatesBenchmark() {}

    @Override
    Decay decay() {
        return decay.equals("none") ? new Decay.None() : super.decay();
    }

    /** Prepares a trial. */
    @Setup
    public void prepare() {
        open();
        dO = new NormalTensors(arena()).next(dtype, inputs().v().shape());
        finalState();
        initialStateGradient();
    }

    /** Checks the last calls and ends the trial. */
    @TearDown
    public void check() {
        int r = (int) inputs().q().shape(0) - 1;
        int h = config().heads() - 1;
        RelativeError states = new RelativeError();
        states.add(
                ReferenceAttention.state(config(), state, r, h),
                ReferenceAttention.tokenByToken(Head.of(config(), inputs(), r, h)).finalState());
        Expected.within("the final state", states.value(), Gate.of(dtype).state());
        RelativeError gradients = new RelativeError();
        gradients.add(
                ReferenceAttention.matrix(config(), gradient, r, h),
                ReferenceAttention.backward(config(), inputs(), dO, null, r, h).initialState());
        Expected.within(
                "the initial state's gradient", gradients.value(), Gate.of(dtype).gradients());
        close();
    }

    /**
     * A forward pass, with which the others are compared.
     *
     * @return o
     */
    @Benchmark
    public Tensor forward() {
        return forwardPass();
    }

    /**
     * Final states alone.
     *
     * @return the states
     */
    @Benchmark
    public AttentionState finalState() {
        state = attention().finalState(inputs().k(), inputs().v());
        return state;
    }

    /**
     * Gradients of initial states alone.
     *
     * @return the gradients
     */
    @Benchmark
    public Tensor initialStateGradient() {
        gradient = attention().initialStateGradient(inputs().q(), dO, null, null);
        return gradient;
    }
}
