package io.github.lightning4j.cpu;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.Ceilings;
import io.github.lightning4j.Device;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.cpu.arithmetic.KernelLookup;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.ceilings.CeilingMeasurement;
import io.github.lightning4j.cpu.passes.BackwardPass;
import io.github.lightning4j.cpu.passes.BlockBackward;
import io.github.lightning4j.cpu.passes.Blocking;
import io.github.lightning4j.cpu.passes.BufferStates;
import io.github.lightning4j.cpu.passes.CpuPool;
import io.github.lightning4j.cpu.passes.CpuSession;
import io.github.lightning4j.cpu.passes.Engine;
import io.github.lightning4j.cpu.passes.PassSession;
import io.github.lightning4j.cpu.passes.Passes;
import io.github.lightning4j.cpu.passes.StatePass;
import io.github.lightning4j.cpu.passes.StateRows;
import io.github.lightning4j.cpu.passes.StateSum;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendPool;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.StateBuffers;
import io.github.lightning4j.spi.StateGradientBuffers;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** The opened CPU. Thread-safe. */
final class CpuBackend implements Backend {
    private final Device device;
    private final Engine engine;
    private final Passes passes;

    CpuBackend(Device device, Engine engine) {
        this.device = device;
        this.engine = engine;
        this.passes = new Passes(engine);
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public void forward(AttentionProblem problem, ForwardBuffers buffers) {
        passes.run(problem, buffers, new BufferStates(passes.rows(problem.config()), buffers));
    }

    @Override
    public void backward(AttentionProblem problem, BackwardBuffers buffers) {
        AttentionConfig config = problem.config();
        StateRows rows = passes.rows(config);
        new BackwardPass(
                        engine,
                        rows.blocking(),
                        problem,
                        new BlockBackward(engine.kernels, problem, buffers),
                        new BackwardPass.StreamEnds() {
                            @Override
                            public void initial(int stream, Matrix sT) {
                                rows.readTransposed(buffers.initialState(), stream, sT);
                            }

                            @Override
                            public void finalGradient(int stream, Matrix g) {
                                rows.read(buffers.finalStateGradient(), stream, g);
                            }

                            @Override
                            public void initialGradient(int stream, Matrix g) {
                                rows.write(g, buffers.initialStateGradient(), stream);
                            }
                        })
                .run();
    }

    @Override
    public void finalState(AttentionProblem problem, StateBuffers buffers) {
        new StatePass(engine, problem, StateSum.of(problem, buffers)).run();
    }

    @Override
    public void initialStateGradient(AttentionProblem problem, StateGradientBuffers buffers) {
        new StatePass(engine, problem, StateSum.of(problem, buffers)).run();
    }

    @Override
    public BackendSession openSession(
            AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
        return switch (config.algorithm()) {
            case LIGHTNING_2, LIGHTNING_1 ->
                    CpuSession.open(engine, config, sequences, initialState);
            case LEFT_PRODUCT, RIGHT_PRODUCT ->
                    PassSession.open(passes, config, sequences, initialState);
            case SOFTMAX -> throw new AssertionError(config);
        };
    }

    @Override
    public long sessionMemory(AttentionConfig config, int sequences) {
        Blocking blocking = Blocking.of(config.keyDim(), config.valueDim(), engine.kernels);
        long stream =
                switch (config.algorithm()) {
                    case LIGHTNING_2, LIGHTNING_1 -> CpuSession.streamBytes(blocking);
                    case LEFT_PRODUCT, RIGHT_PRODUCT -> PassSession.streamBytes(blocking);
                    case SOFTMAX -> throw new AssertionError(config);
                };
        return stream * config.heads() * sequences;
    }

    @Override
    public BackendPool openPool(AttentionConfig config, int slots, PoolOptions options) {
        checkHasPools(config);
        return CpuPool.open(engine, config, slots, options);
    }

    @Override
    public long poolMemory(AttentionConfig config, int slots, PoolOptions options) {
        checkHasPools(config);
        Blocking blocking = Blocking.of(config.keyDim(), config.valueDim(), engine.kernels);
        return slots * CpuPool.slotBytes(blocking, config, options);
    }

    private void checkHasPools(AttentionConfig config) {
        switch (config.algorithm()) {
            case LIGHTNING_2, LIGHTNING_1 -> {}
            case LEFT_PRODUCT, RIGHT_PRODUCT, SOFTMAX ->
                    throw new BackendException(
                            "device "
                                    + device.id()
                                    + " has pools of LIGHTNING_2 and LIGHTNING_1; it has none of "
                                    + config.algorithm());
        }
    }

    @Override
    public Availability vectors() {
        if (engine.kernels.lanes() > 1) {
            return new Availability.Available();
        }
        return KernelLookup.instance().preference() instanceof Availability.Unavailable reason
                ? reason
                : new Availability.Unavailable("plain loops were asked for by name");
    }

    @Override
    public int blockRows(AttentionConfig config) {
        return Blocking.of(config.keyDim(), config.valueDim(), engine.kernels).rows();
    }

    @Override
    public Optional<Ceilings> measureCeilings(long workingSetBytes) {
        // Plain loops do not measure a ceiling: the compiler vectorizes some of them and not
        // others.
        return KernelLookup.instance().best().lanes() > 1
                ? Optional.of(CeilingMeasurement.of(engine.pool, workingSetBytes))
                : Optional.empty();
    }

    @Override
    public void close() {
        engine.close();
    }
}
