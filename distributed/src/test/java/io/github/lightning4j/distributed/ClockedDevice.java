package io.github.lightning4j.distributed;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Device;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.cpu.CpuBackendProvider;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendOptions;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.StateBuffers;
import io.github.lightning4j.spi.StateGradientBuffers;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A CPU with a clock of its own kind: kernels of outputs or gradients take 1,000 ns a token, those
 * of states alone 10 ns. It says that it has memory of its own, as a GPU does.
 */
final class ClockedDevice implements Backend {
    static final long PASS_NANOS = 1000;
    static final long STATE_NANOS = 10;

    private final Backend cpu =
            new CpuBackendProvider().open("cpu:scalar", new BackendOptions(1, 0));
    private final AtomicLong nanos = new AtomicLong();

    private ClockedDevice() {}

    static LightningAttention open(AttentionConfig config) {
        return LightningAttention.over(config, new ClockedDevice());
    }

    @Override
    public Device device() {
        return cpu.device();
    }

    @Override
    public void forward(AttentionProblem problem, ForwardBuffers buffers) {
        cpu.forward(problem, buffers);
        nanos.addAndGet(problem.tokens() * PASS_NANOS);
    }

    @Override
    public void backward(AttentionProblem problem, BackwardBuffers buffers) {
        cpu.backward(problem, buffers);
        nanos.addAndGet(problem.tokens() * PASS_NANOS);
    }

    @Override
    public void finalState(AttentionProblem problem, StateBuffers buffers) {
        cpu.finalState(problem, buffers);
        nanos.addAndGet(problem.tokens() * STATE_NANOS);
    }

    @Override
    public void initialStateGradient(AttentionProblem problem, StateGradientBuffers buffers) {
        cpu.initialStateGradient(problem, buffers);
        nanos.addAndGet(problem.tokens() * STATE_NANOS);
    }

    @Override
    public BackendSession openSession(
            AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
        return cpu.openSession(config, sequences, initialState);
    }

    @Override
    public OptionalLong deviceMemory() {
        return OptionalLong.of(0);
    }

    @Override
    public Optional<Duration> kernelTime() {
        return Optional.of(Duration.ofNanos(nanos.get()));
    }

    @Override
    public void close() {
        cpu.close();
    }
}
