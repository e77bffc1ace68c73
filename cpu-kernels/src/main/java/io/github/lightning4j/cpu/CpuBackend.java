package io.github.lightning4j.cpu;

import io.github.lightning4j.cpu.arithmetic.KernelLookup;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.ceilings.CeilingMeasurement;
import io.github.lightning4j.cpu.passes.BackwardPass;
import io.github.lightning4j.cpu.passes.BlockBackward;
import io.github.lightning4j.cpu.passes.BlockForward;
import io.github.lightning4j.cpu.passes.Blocking;
import io.github.lightning4j.cpu.passes.BufferStates;
import io.github.lightning4j.cpu.passes.CpuSession;
import io.github.lightning4j.cpu.passes.Engine;
import io.github.lightning4j.cpu.passes.ForwardPass;
import io.github.lightning4j.cpu.passes.PassSession;
import io.github.lightning4j.cpu.passes.QuadraticPass;
import io.github.lightning4j.cpu.passes.RecurrentPass;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Ceilings;
import io.github.lightning4j.DType;
import io.github.lightning4j.Device;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/** The opened CPU. Thread-safe. */
public final class CpuBackend implements Backend {
    private final Device device;
    private final Engine engine;

    CpuBackend(Device device, Engine engine) {
        this.device = device;
        this.engine = engine;
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public void forward(AttentionProblem problem, ForwardBuffers buffers) {
        CpuBackend.StateRows rows = rows(problem.config());
        run(
                problem,
                new RecurrentPass.Tensors(buffers.q(), buffers.k(), buffers.v(), buffers.output()),
                new BufferStates(rows, buffers));
    }

    /** A pass over states that live somewhere. */
    public void run(AttentionProblem problem, RecurrentPass.Tensors tensors, ForwardPass.States states) {
        Blocking blocking = rows(problem.config()).blocking();
        switch (problem.config().algorithm()) {
            case LIGHTNING_2, LIGHTNING_1 ->
                    new ForwardPass(
                                    engine,
                                    blocking,
                                    problem,
                                    new BlockForward(engine.kernels, problem, tensors),
                                    states)
                            .run();
            case RIGHT_PRODUCT ->
                    new RecurrentPass(engine, blocking, problem, tensors, states).run();
            case LEFT_PRODUCT -> new QuadraticPass(engine, problem, tensors, states).run();
            case SOFTMAX -> new QuadraticPass(engine, problem, tensors, null).run();
        }
    }

    private StateRows rows(AttentionConfig config) {
        return new StateRows(
                engine.kernels, Blocking.of(config.keyDim(), config.valueDim(), engine.kernels));
    }

    @Override
    public void backward(AttentionProblem problem, BackwardBuffers buffers) {
        AttentionConfig config = problem.config();
        Blocking blocking = Blocking.of(config.keyDim(), config.valueDim(), engine.kernels);
        StateRows rows = new StateRows(engine.kernels, blocking);
        new BackwardPass(
                        engine,
                        blocking,
                        problem,
                        new BlockBackward(engine.kernels, problem, buffers),
                        new BackwardPass.States() {
                            @Override
                            public void initial(int stream, float[] sT) {
                                rows.readTransposed(buffers.initialState(), stream, sT);
                            }

                            @Override
                            public void finalGradient(int stream, float[] g) {
                                rows.read(buffers.finalStateGradient(), stream, g);
                            }

                            @Override
                            public void initialGradient(int stream, float[] g) {
                                rows.write(g, buffers.initialStateGradient(), stream);
                            }
                        })
                .run();
    }

    @Override
    public BackendSession openSession(
            AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
        return switch (config.algorithm()) {
            case LIGHTNING_2, LIGHTNING_1 ->
                    CpuSession.open(engine, config, sequences, initialState);
            case LEFT_PRODUCT, RIGHT_PRODUCT ->
                    PassSession.open(this, rows(config), config, sequences, initialState);
            case SOFTMAX -> throw new AssertionError(config);
        };
    }

    @Override
    public int blockRows(AttentionConfig config) {
        return Blocking.of(config.keyDim(), config.valueDim(), engine.kernels).rows();
    }

    @Override
    public Optional<Ceilings> measureCeilings(long workingSetBytes) {
        // What plain loops reach is no ceiling: the compiler vectorizes some of them and not
        // others.
        return KernelLookup.instance().vector() instanceof Availability.Available
                ? Optional.of(CeilingMeasurement.of(engine.pool, workingSetBytes))
                : Optional.empty();
    }

    @Override
    public void close() {
        engine.close();
    }

    /** Moves states between [R, H, D, E] in memory and padded rows. */
    public record StateRows(Kernels kernels, Blocking blocking) {
        /** Reads the state of a stream; null: zeros. */
        public void read(@Nullable MemorySegment source, int stream, float[] s) {
            if (source == null) {
                Arrays.fill(s, 0);
                return;
            }
            for (int d = 0; d < blocking.keyDim(); d++) {
                kernels.load(
                        DType.F32,
                        source,
                        offset(stream, d),
                        s,
                        d * blocking.valueStride(),
                        blocking.valueDim());
            }
        }

        /** Reads the state of a stream as Sᵀ [E, D]; null: zeros. */
        void readTransposed(@Nullable MemorySegment source, int stream, float[] sT) {
            Arrays.fill(sT, 0);
            if (source != null) {
                float[] row = new float[blocking.valueDim()];
                for (int d = 0; d < blocking.keyDim(); d++) {
                    kernels.load(DType.F32, source, offset(stream, d), row, 0, row.length);
                    for (int e = 0; e < row.length; e++) {
                        sT[e * blocking.keyStride() + d] = row[e];
                    }
                }
            }
        }

        /** Writes the state of a stream. */
        public void write(float[] s, MemorySegment target, int stream) {
            for (int d = 0; d < blocking.keyDim(); d++) {
                kernels.store(
                        s,
                        d * blocking.valueStride(),
                        blocking.valueDim(),
                        DType.F32,
                        target,
                        offset(stream, d));
            }
        }

        private long offset(int stream, int d) {
            return ((long) stream * blocking.keyDim() + d) * blocking.valueDim() * Float.BYTES;
        }
    }
}
