package io.github.lightning4j.cpu;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Device;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.ForwardProblem;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/** The opened CPU. Thread-safe. */
final class CpuBackend implements Backend {
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
    public void forward(ForwardProblem problem, ForwardBuffers buffers) {
        AttentionConfig config = problem.config();
        Blocking blocking = Blocking.of(config.keyDim(), config.valueDim(), engine.kernels);
        BlockForward block =
                new BlockForward(
                        engine.kernels,
                        problem,
                        buffers.q(),
                        buffers.k(),
                        buffers.v(),
                        buffers.output());
        StateRows rows = new StateRows(engine.kernels, blocking);
        new ForwardPass(
                        engine,
                        blocking,
                        problem,
                        block,
                        new ForwardPass.States() {
                            @Override
                            public float[] begin(int stream, float[] home) {
                                rows.read(buffers.initialState(), stream, home);
                                return home;
                            }

                            @Override
                            public void end(int stream, float[] s) {
                                if (buffers.finalState() != null) {
                                    rows.write(s, buffers.finalState(), stream);
                                }
                            }
                        })
                .run();
    }

    @Override
    public BackendSession openSession(
            AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
        return CpuSession.open(engine, config, sequences, initialState);
    }

    @Override
    public void close() {
        engine.close();
    }

    /** Moves states between [R, H, D, E] in memory and padded rows. */
    record StateRows(Kernels kernels, Blocking blocking) {
        /** Reads the state of a stream; null: zeros. */
        void read(@Nullable MemorySegment source, int stream, float[] s) {
            if (source == null) {
                java.util.Arrays.fill(s, 0);
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

        /** Writes the state of a stream. */
        void write(float[] s, MemorySegment target, int stream) {
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
