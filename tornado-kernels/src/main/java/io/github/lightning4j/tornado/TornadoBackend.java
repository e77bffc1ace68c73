package io.github.lightning4j.tornado;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.Device;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;

/** An opened TornadoVM device. Thread-safe: calls take turns on the device. */
final class TornadoBackend implements Backend {
    private final Device device;
    private final SharedPool shared;
    private final PlanPool pool;

    TornadoBackend(Device device, SharedPool shared) {
        this.device = device;
        this.shared = shared;
        pool = shared.pool();
    }

    @Override
    public Device device() {
        return device;
    }

    @Override
    public int blockRows(AttentionConfig config) {
        return ChunkTable.CHUNK;
    }

    @Override
    public Optional<Duration> kernelTime() {
        return Optional.of(DeviceLock.with(() -> Duration.ofNanos(pool.kernelNanos())));
    }

    @Override
    public void forward(AttentionProblem problem, ForwardBuffers buffers) {
        int slots = Math.min(problem.sequences(), WindowSizes.sequences(problem.config(), pool));
        for (int first = 0; first < problem.sequences(); first += slots) {
            int sequences = Math.min(slots, problem.sequences() - first);
            try (Resident resident = new Resident(pool, problem.config(), sequences)) {
                long stateBytes = resident.stateBytes();
                resident.set(buffers.initialState(), first * stateBytes);
                resident.append(
                        problem, first, buffers.q(), buffers.k(), buffers.v(), buffers.output());
                if (buffers.finalState() != null) {
                    resident.read(buffers.finalState(), first * stateBytes);
                }
            }
        }
    }

    @Override
    public void backward(AttentionProblem problem, BackwardBuffers buffers) {
        if (!shared.isBackwardTried()) {
            String failure = SelfTest.backward(this);
            if (!failure.isEmpty()) {
                throw new BackendException(
                        "%s failed the self-test of its backward pass: %s"
                                .formatted(device.id(), failure));
            }
            shared.setBackwardTried();
        }
        gradients(problem, buffers);
    }

    /** The backward pass itself. */
    void gradients(AttentionProblem problem, BackwardBuffers buffers) {
        int slots =
                Math.min(
                        problem.sequences(), WindowSizes.backwardSequences(problem.config(), pool));
        for (int first = 0; first < problem.sequences(); first += slots) {
            int sequences = Math.min(slots, problem.sequences() - first);
            new BackwardWindows(pool, problem, buffers, first, sequences).run();
        }
    }

    @Override
    public BackendSession openSession(
            AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
        int most = WindowSizes.sequences(config, pool);
        if (sequences > most) {
            throw new BackendException(
                    "the states of %,d sequences do not fit on %s, which has room for %,d"
                            .formatted(sequences, device.id(), most));
        }
        Resident resident = new Resident(pool, config, sequences);
        resident.set(initialState, 0);
        return new TornadoSession(resident);
    }

    @Override
    public void close() {
        DeviceLock.with(() -> {
            shared.close();
            return shared;
        });
    }
}
