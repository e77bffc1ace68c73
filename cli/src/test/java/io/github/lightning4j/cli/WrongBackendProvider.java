package io.github.lightning4j.cli;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Device;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendOptions;
import io.github.lightning4j.spi.BackendProvider;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.DeviceStatus;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A device whose every answer is zero, or with the name of a class behind its own ({@code
 * wrong:java.lang.StackOverflowError}) one that throws that; no option but its name chooses it.
 */
public final class WrongBackendProvider implements BackendProvider {
    private static final AtomicInteger TRIES = new AtomicInteger();

    /** For the service loader. */
    public WrongBackendProvider() {}

    @Override
    public String name() {
        return "wrong";
    }

    @Override
    public int priority() {
        return Integer.MIN_VALUE;
    }

    @Override
    public Availability availability() {
        return new Availability.Available();
    }

    @Override
    public List<DeviceStatus> devices() {
        TRIES.incrementAndGet();
        return List.of(new DeviceStatus(found().getFirst(), availability()));
    }

    @Override
    public List<Device> found() {
        return List.of(new Device(name(), "none", Device.Kind.CPU, "always wrong"));
    }

    /** From now on {@link #tries} counts. */
    public static void forgetTries() {
        TRIES.set(0);
    }

    /** How often its devices were tried. */
    public static int tries() {
        return TRIES.get();
    }

    @Override
    public Backend open(String deviceId, BackendOptions options) {
        return new Backend() {
            @Override
            public Device device() {
                return new Device(deviceId, "none", Device.Kind.CPU, "always wrong");
            }

            @Override
            public void forward(AttentionProblem problem, ForwardBuffers buffers) {
                if (deviceId.contains(":")) {
                    throw error(deviceId.substring(deviceId.indexOf(':') + 1));
                }
                buffers.output().segment().fill((byte) 0);
            }

            @Override
            public void backward(AttentionProblem problem, BackwardBuffers buffers) {
                throw new UnsupportedOperationException();
            }

            @Override
            public BackendSession openSession(
                    AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void close() {}
        };
    }

    private static Error error(String name) {
        try {
            return (Error) Class.forName(name).getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(name + " is no error without arguments", e);
        }
    }
}
