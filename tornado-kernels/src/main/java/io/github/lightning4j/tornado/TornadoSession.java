package io.github.lightning4j.tornado;

import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.TensorMemory;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.plans.SessionSlots;

import java.lang.foreign.MemorySegment;

/** A session whose states stay on the device, in slots that it has for itself. */
final class TornadoSession implements BackendSession {
    private final SessionSlots slots;

    TornadoSession(SessionSlots slots) {
        this.slots = slots;
    }

    @Override
    public void append(
            AttentionProblem problem,
            TensorMemory q,
            TensorMemory k,
            TensorMemory v,
            TensorMemory output) {
        ForwardBuffers buffers = new ForwardBuffers(q, k, v, null, output, null);
        DeviceLock.pass(false, () -> slots.append(problem, buffers));
    }

    @Override
    public void readState(MemorySegment target) {
        slots.read(target);
    }

    @Override
    public BackendSession fork() {
        return new TornadoSession(slots.fork());
    }

    @Override
    public void close() {
        slots.close();
    }
}
