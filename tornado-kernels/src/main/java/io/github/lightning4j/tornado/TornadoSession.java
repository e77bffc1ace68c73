package io.github.lightning4j.tornado;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.plans.Resident;

import java.lang.foreign.MemorySegment;

/** A session whose states stay on the device. */
final class TornadoSession implements BackendSession {
    private final Resident resident;

    TornadoSession(Resident resident) {
        this.resident = resident;
    }

    @Override
    public void append(
            AttentionProblem problem,
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output) {
        ForwardBuffers buffers = new ForwardBuffers(q, k, v, null, output, null);
        DeviceLock.pass(false, () -> resident.append(problem, 0, buffers));
    }

    @Override
    public void readState(MemorySegment target) {
        resident.read(target, 0);
    }

    @Override
    public BackendSession fork() {
        return new TornadoSession(resident.copy());
    }

    @Override
    public void close() {
        resident.close();
    }
}
