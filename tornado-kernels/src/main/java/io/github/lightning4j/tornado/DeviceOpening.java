package io.github.lightning4j.tornado;

import com.sun.management.OperatingSystemMXBean;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.Device;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.DeviceStatus;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.devices.MemoryLimit;
import io.github.lightning4j.tornado.devices.OtherBackends;
import io.github.lightning4j.tornado.devices.Probe;
import io.github.lightning4j.tornado.devices.Selection;
import io.github.lightning4j.tornado.devices.SignalChaining;
import io.github.lightning4j.tornado.devices.TornadoDevices;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostBlocks;
import io.github.lightning4j.tornado.plans.SharedPool;
import io.github.lightning4j.tornado.plans.TensorCores;
import io.github.lightning4j.tornado.tasks.TensorKey;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Opens devices and tests them. Only {@link TornadoBackendProvider} links to this class, and only
 * where {@link Probe} has found devices: without an SDK the types of TornadoVM are not there.
 */
final class DeviceOpening {
    /** The share of a device's memory that plans may take. */
    private static final double PLAN_SHARE = 0.9;

    /** The same where device and host share one memory, because the host has each array too. */
    private static final double SHARED_PLAN_SHARE = 0.4;

    /** The factor by which {@link HostBlocks} may enlarge an array, on the device too. */
    private static final double PTX_ROUNDING = 1.125;

    /** The share of the host's memory that the host's side of plans may take. */
    private static final double HOST_SHARE = 0.8;

    /** Devices and kernels that passed their self-test, for the process: it has one runtime. */
    private static final Set<String> SELF_TESTS = ConcurrentHashMap.newKeySet();

    private DeviceOpening() {}

    /** The results of testing every device, which happens once, when somebody asks. */
    private static final class Tried {
        private static final List<DeviceStatus> DEVICES = attempt();

        private Tried() {}

        private static List<DeviceStatus> attempt() {
            List<DeviceStatus> statuses = new ArrayList<>();
            try {
                if (!Probe.found().isEmpty()) {
                    statuses.addAll(tried());
                }
            } catch (Throwable e) {
                // A driver may throw anything.
                Availability none = new Availability.Unavailable("it does not start: " + e);
                Probe.found().forEach(device -> statuses.add(new DeviceStatus(device, none)));
            }
            statuses.addAll(OtherBackends.ofProcess().statuses());
            return List.copyOf(statuses);
        }
    }

    /**
     * All devices of this backend of TornadoVM and of the others, each with the reason if its
     * self-test failed or it cannot run at all. Slow, because kernels are compiled. Never throws.
     */
    static List<DeviceStatus> devices() {
        return Tried.DEVICES;
    }

    /** All devices and whether they can be used, each tried. Slow: kernels are compiled. */
    private static List<DeviceStatus> tried() {
        return TornadoDevices.list().stream().map(DeviceOpening::status).toList();
    }

    /** A device, what trying it has shown, and what became of its tensor cores. */
    private static DeviceStatus status(TornadoDevices.Entry entry) {
        Availability availability = availability(entry);
        Device device = entry.device();
        if (device.kind() != Device.Kind.GPU || availability instanceof Availability.Unavailable) {
            return new DeviceStatus(device, availability);
        }
        return new DeviceStatus(
                new Device(
                        device.id(),
                        device.name(),
                        device.kind(),
                        device.description() + ", " + tensorCores(entry)),
                availability);
    }

    /** Whether a device's tensor cores are used, in words. Slow: two kernels are compiled. */
    private static String tensorCores(TornadoDevices.Entry entry) {
        String hindrance = TornadoDevices.tensorHindrance(entry.tornado());
        if (!hindrance.isEmpty()) {
            return "no tensor cores: it " + hindrance;
        }
        try (DeviceBackend backend = open(entry, KernelFamily.TENSOR, false)) {
            List<String> words = new ArrayList<>();
            for (DType type : List.of(DType.F16, DType.BF16)) {
                String failure =
                        backend.tensorFailure(
                                TensorCores.Kernels.forward(type, TensorKey.SMALL_DIM, false));
                words.add(
                        failure.isEmpty()
                                ? "tensor cores for "
                                        + type
                                        + (type == DType.F16 ? " by :tensor" : "")
                                : "no tensor cores for " + type + ": " + failure);
            }
            return String.join(", ", words);
        }
    }

    private static Availability availability(TornadoDevices.Entry entry) {
        try {
            open(entry, entry.family(), false).close();
            return new Availability.Available();
        } catch (BackendException e) {
            return new Availability.Unavailable(String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            // A driver may throw anything, and the other devices may well run.
            return new Availability.Unavailable("it does not start: " + e);
        }
    }

    /** Opens the first device that matches. */
    static DeviceBackend open(Selection selection) {
        List<TornadoDevices.Entry> entries = TornadoDevices.list();
        for (TornadoDevices.Entry entry : entries) {
            if (selection.matches(entry.device())) {
                KernelFamily family = selection.family(entry.family());
                return open(entry, family, selection.family() == KernelFamily.TENSOR);
            }
        }
        throw new BackendException(
                String.format(
                        Locale.ROOT,
                        "there is no device %s; TornadoVM has %s",
                        selection.prefix(),
                        entries.stream()
                                .map(e -> e.device().id())
                                .collect(Collectors.joining(", "))));
    }

    /**
     * Opens a device.
     *
     * @param forced whether the caller named its tensor cores
     */
    private static DeviceBackend open(
            TornadoDevices.Entry entry, KernelFamily family, boolean forced) {
        Device device = entry.device();
        String signals = SignalChaining.hindrance(entry.tornado().getPlatformName());
        if (!signals.isEmpty()) {
            throw new BackendException(device.id() + " cannot be used: " + signals);
        }
        String hindrance =
                family == KernelFamily.TENSOR
                        ? TornadoDevices.tensorHindrance(entry.tornado())
                        : TornadoDevices.limits(entry.tornado()).hindrance(family);
        if (!hindrance.isEmpty()) {
            throw new BackendException(
                    String.format(
                            Locale.ROOT,
                            "%s %s; use %s:%s",
                            device.id(),
                            hindrance,
                            device.id(),
                            family == KernelFamily.TENSOR ? "tiled" : "loops"));
        }
        long memory = memory(entry);
        SharedPool shared =
                DeviceLock.with(() -> {
                    String kernels = family + (forced ? ":forced" : "");
                    SharedPool pool =
                            SharedPool.open(device.id(), kernels, family, entry.tornado(), memory);
                    pool.pool()
                            .tensorCores()
                            .use(
                                    trial ->
                                            TensorSelfTest.failure(
                                                    new DeviceBackend(device, pool), trial),
                                    forced);
                    return pool;
                });
        DeviceBackend backend = new DeviceBackend(device, shared);
        String tested = device.id() + ":" + family;
        String failure = SELF_TESTS.contains(tested) ? "" : SelfTest.forward(backend);
        if (!failure.isEmpty()) {
            backend.close();
            throw new BackendException(
                    String.format(
                            Locale.ROOT,
                            "%s failed its self-test: %s; update its driver, or name another device"
                                    + " or cpu",
                            device.id(),
                            failure));
        }
        SELF_TESTS.add(tested);
        return backend;
    }

    /** Bytes that all plans on a device may take; they take as many of the host. */
    private static long memory(TornadoDevices.Entry entry) {
        boolean own = entry.device().kind() == Device.Kind.GPU;
        long device = Math.min(entry.tornado().getMaxGlobalMemory(), MemoryLimit.ofProcess());
        long host =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                        .getTotalMemorySize();
        double plans = Math.min((own ? PLAN_SHARE : SHARED_PLAN_SHARE) * device, HOST_SHARE * host);
        return (long) (DeviceArrays.isRecycled(entry.tornado()) ? plans / PTX_ROUNDING : plans);
    }
}
