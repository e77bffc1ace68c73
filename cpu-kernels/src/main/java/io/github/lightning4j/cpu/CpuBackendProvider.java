package io.github.lightning4j.cpu;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.Device;
import io.github.lightning4j.cpu.arithmetic.KernelLookup;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.ceilings.Processor;
import io.github.lightning4j.cpu.passes.Engine;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendOptions;
import io.github.lightning4j.spi.BackendProvider;
import io.github.lightning4j.spi.DeviceStatus;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The CPU, which is always there. Devices: {@code cpu} (the best of the following), {@code
 * cpu:vector} (the widest vectors), {@code cpu:vector512} and so on (that width), {@code
 * cpu:scalar} (plain loops). The best of them is the widest vectors where the JVM compiles vectors,
 * and plain loops elsewhere.
 */
public final class CpuBackendProvider implements BackendProvider {
    private static final String PREFIX = "cpu:";

    /** For {@link java.util.ServiceLoader}. */
    public CpuBackendProvider() {}

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Availability availability() {
        return new Availability.Available();
    }

    @Override
    public List<DeviceStatus> devices() {
        KernelLookup lookup = KernelLookup.instance();
        List<DeviceStatus> devices = new ArrayList<>();
        if (lookup.vector() instanceof Availability.Unavailable) {
            devices.add(
                    new DeviceStatus(
                            new Device(PREFIX + "vector", "Vector API", Device.Kind.CPU, "vectors"),
                            lookup.vector()));
        }
        for (Kernels kernels : lookup.kernels()) {
            devices.add(new DeviceStatus(device(kernels), new Availability.Available()));
        }
        return devices;
    }

    @Override
    public Backend open(String deviceId, BackendOptions options) {
        KernelLookup lookup = KernelLookup.instance();
        String wanted =
                deviceId.equals(name())
                        ? lookup.best().name()
                        : deviceId.substring(PREFIX.length());
        if (wanted.equals("vector")
                && lookup.vector() instanceof Availability.Unavailable(String reason)) {
            throw new BackendException("device " + deviceId + " cannot be used: " + reason);
        }
        Kernels kernels = lookup.named(wanted).orElseThrow(() -> unknown(deviceId, lookup.names()));
        int threads =
                options.threads() == 0
                        ? Runtime.getRuntime().availableProcessors()
                        : options.threads();
        return new CpuBackend(
                device(kernels), new Engine(kernels, threads, options.checkpointBlocks()));
    }

    private static BackendException unknown(String deviceId, List<String> names) {
        return new BackendException(
                String.format(
                        Locale.ROOT,
                        "there is no device %s; this CPU has cpu:vector, cpu:%s",
                        deviceId,
                        String.join(", cpu:", names)));
    }

    private static Device device(Kernels kernels) {
        int processors = Runtime.getRuntime().availableProcessors();
        String description =
                kernels.lanes() == 1
                        ? "plain loops, " + processors + " processors"
                        : kernels.lanes() * Float.SIZE
                                + "-bit vectors, "
                                + processors
                                + " processors";
        return new Device(PREFIX + kernels.name(), Processor.name(), Device.Kind.CPU, description);
    }
}
