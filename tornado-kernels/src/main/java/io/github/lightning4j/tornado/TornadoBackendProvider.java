package io.github.lightning4j.tornado;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.Device;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendOptions;
import io.github.lightning4j.spi.BackendProvider;
import io.github.lightning4j.spi.DeviceStatus;
import io.github.lightning4j.tornado.devices.OtherBackends;
import io.github.lightning4j.tornado.devices.Probe;
import io.github.lightning4j.tornado.devices.Selection;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * TornadoVM devices: {@code tornado} (the preferred one), {@code tornado:cuda} (the first of that
 * backend), {@code tornado:opencl:1} (that device), {@code tornado:opencl:1:loops}, {@code :tiled}
 * or {@code :tensor} (that device with kernels as plain loops, in tiles or on tensor cores, instead
 * of those that suit it).
 */
public final class TornadoBackendProvider implements BackendProvider {

    /** For {@link java.util.ServiceLoader}. */
    public TornadoBackendProvider() {}

    @Override
    public String name() {
        return Selection.BACKEND;
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public Availability availability() {
        return Probe.availability();
    }

    /**
     * Not for a CPU, because this library's own kernels are faster there than what TornadoVM
     * generates.
     */
    @Override
    public Availability automatic() {
        if (Probe.availability() instanceof Availability.Unavailable none) {
            return none;
        }
        Device preferred = Probe.found().getFirst();
        return preferred.kind() == Device.Kind.CPU
                ? new Availability.Unavailable(
                        String.format(
                                Locale.ROOT,
                                "its only devices are CPUs, for which the cpu backend is faster;"
                                        + " name %s to use one",
                                preferred.id()))
                : new Availability.Available();
    }

    @Override
    public List<DeviceStatus> devices() {
        return DeviceOpening.devices();
    }

    /** The devices of {@link #devices()}, without compiling kernels for them. */
    @Override
    public List<Device> found() {
        return Stream.concat(
                        Probe.found().stream(),
                        OtherBackends.ofProcess().statuses().stream().map(DeviceStatus::device))
                .toList();
    }

    @Override
    public Backend open(String deviceId, BackendOptions options) {
        Selection selection = Selection.parse(deviceId);
        String why = OtherBackends.ofProcess().reason(deviceId);
        if (why == null && Probe.availability() instanceof Availability.Unavailable(String none)) {
            why = none;
        }
        if (why != null) {
            throw new BackendException("device " + deviceId + " cannot be used: " + why);
        }
        return DeviceOpening.open(selection);
    }
}
