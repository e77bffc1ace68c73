package io.github.lightning4j.tornado;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.ForwardBuffers;
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
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            MemorySegment output) {
        resident.append(problem, 0, new ForwardBuffers(q, k, v, null, output, null));
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
