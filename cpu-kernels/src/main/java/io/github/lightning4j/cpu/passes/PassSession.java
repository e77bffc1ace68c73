package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.CpuBackend;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** States in the heap that every append moves on by a whole pass of the left or right product. */
public final class PassSession implements BackendSession {
    private final CpuBackend backend;
    private final CpuBackend.StateRows rows;
    private final float[][] s;

    private PassSession(CpuBackend backend, CpuBackend.StateRows rows, float[][] s) {
        this.backend = backend;
        this.rows = rows;
        this.s = s;
    }

    public static PassSession open(
            CpuBackend backend,
            CpuBackend.StateRows rows,
            AttentionConfig config,
            int sequences,
            @Nullable MemorySegment initialState) {
        float[][] s =
                new float[Math.multiplyExact(sequences, config.heads())]
                        [rows.blocking().stateSize()];
        for (int stream = 0; stream < s.length; stream++) {
            rows.read(initialState, stream, s[stream]);
        }
        return new PassSession(backend, rows, s);
    }

    @Override
    public void append(
            AttentionProblem problem,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment output) {
        backend.run(
                problem,
                new RecurrentPass.Tensors(q, k, v, output),
                new ForwardPass.States() {
                    @Override
                    public float[] begin(int stream, float[] home) {
                        return s[stream];
                    }

                    @Override
                    public void end(int stream, float[] state) {}
                });
    }

    @Override
    public void readState(MemorySegment target) {
        for (int stream = 0; stream < s.length; stream++) {
            rows.write(s[stream], target, stream);
        }
    }

    @Override
    public BackendSession fork() {
        return new PassSession(
                backend, rows, Arrays.stream(s).map(float[]::clone).toArray(float[][]::new));
    }

    @Override
    public void close() {
        Arrays.fill(s, null);
    }
}
