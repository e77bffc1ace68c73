package io.github.lightning4j.tornado.devices;

import io.github.lightning4j.tornado.SelfTest;
import io.github.lightning4j.tornado.TornadoBackend;
import io.github.lightning4j.tornado.TornadoBackendProvider;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.HostBlocks;
import io.github.lightning4j.tornado.plans.SharedPool;
import com.sun.management.OperatingSystemMXBean;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.Device;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.DeviceStatus;

import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The devices of TornadoVM's runtime. Only {@link TornadoBackendProvider} links to this class, and
 * expects any {@link Throwable} from it: without an SDK its types are not there.
 */
public final class TornadoDevices {
    /** Of a device's memory, what plans may take. */
    private static final double PLAN_SHARE = 0.9;

    /** The same where the device and the host, which has each array too, share one memory. */
    private static final double SHARED_PLAN_SHARE = 0.4;

    /** What {@link HostBlocks} may add to an array, which is as large on the device then. */
    private static final double PTX_ROUNDING = 1.125;

    /** Of the host's memory, what the other side of plans may take. */
    private static final double HOST_SHARE = 0.8;

    /** Devices and kernels that passed their self-test: the runtime is one for the process. */
    private static final Set<String> SELF_TESTS = ConcurrentHashMap.newKeySet();

    private TornadoDevices() {}

    /** A device and what is needed to open it. */
    public record Entry(Device device, TornadoDevice tornado, KernelFamily family) {}

    /** All devices, the preferred first: GPUs, then other accelerators, then CPUs. */
    public static List<Entry> list() {
        return DeviceLock.with(() -> {
            TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
            List<Entry> entries = new ArrayList<>();
            for (int b = 0; b < runtime.getNumBackends(); b++) {
                String backend =
                        runtime.getBackend(b).getBackendType().name().toLowerCase(Locale.ROOT);
                for (int d = 0; d < runtime.getBackend(b).getNumDevices(); d++) {
                    entries.add(entry(backend, d, runtime.getBackend(b).getDevice(d)));
                }
            }
            entries.sort(Comparator.comparingInt(e -> rank(e.device().kind())));
            return entries;
        });
    }

    private static int rank(Device.Kind kind) {
        return switch (kind) {
            case GPU -> 0;
            case ACCELERATOR -> 1;
            case CPU -> 2;
        };
    }

    /** All devices and whether they can be used, each tried. Slow: kernels are compiled. */
    static List<DeviceStatus> tried() {
        return list().stream()
                .map(entry -> new DeviceStatus(entry.device(), availability(entry)))
                .toList();
    }

    private static Availability availability(Entry entry) {
        try {
            open(entry, entry.family()).close();
            return new Availability.Available();
        } catch (BackendException e) {
            return new Availability.Unavailable(String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            // What a driver may throw is not known, and the other devices may well run.
            return new Availability.Unavailable("it does not start: " + e);
        }
    }

    private static Entry entry(String backend, int index, TornadoDevice tornado) {
        Device.Kind kind = kind(tornado);
        KernelFamily family = KernelFamily.of(kind == Device.Kind.GPU);
        // What a driver says of memory that the host has too may change from process to process,
        // and a sweep tells hardware apart by these words.
        String memory =
                kind == Device.Kind.GPU
                        ? (tornado.getMaxGlobalMemory() >> 30) + " GiB"
                        : "the host's memory";
        String description =
                "%s, %s, %d KiB local memory"
                        .formatted(
                                tornado.getPlatformName().strip(),
                                memory,
                                tornado.getDeviceLocalMemorySize() >> 10);
        Device device =
                new Device(
                        TornadoBackendProvider.NAME + ":" + backend + ":" + index,
                        tornado.getPhysicalDevice().getDeviceName().strip(),
                        kind,
                        description);
        return new Entry(device, tornado, family);
    }

    private static Device.Kind kind(TornadoDevice tornado) {
        return switch (tornado.getDeviceType().name()) {
            case "GPU" -> Device.Kind.GPU;
            case "CPU" -> Device.Kind.CPU;
            default -> Device.Kind.ACCELERATOR;
        };
    }

    /** Whether it is a GPU. */
    public static boolean isGpu(TornadoDevice tornado) {
        return kind(tornado) == Device.Kind.GPU;
    }

    /** Opens the first device that is meant. */
    public static TornadoBackend open(Selection selection) {
        List<Entry> entries = list();
        for (Entry entry : entries) {
            if (selection.matches(entry.device())) {
                return open(entry, selection.family(entry.family()));
            }
        }
        throw new BackendException(
                "there is no device %s; TornadoVM has %s"
                        .formatted(
                                selection.prefix(),
                                entries.stream()
                                        .map(e -> e.device().id())
                                        .collect(Collectors.joining(", "))));
    }

    private static TornadoBackend open(Entry entry, KernelFamily family) {
        Device device = entry.device();
        String signals = SignalChaining.hindrance(entry.tornado().getPlatformName());
        if (!signals.isEmpty()) {
            throw new BackendException(device.id() + " cannot be used: " + signals);
        }
        String hindrance = limits(entry.tornado()).hindrance(family);
        if (!hindrance.isEmpty()) {
            throw new BackendException(
                    "%s %s; use %s:loops".formatted(device.id(), hindrance, device.id()));
        }
        long memory = memory(entry);
        SharedPool shared =
                DeviceLock.with(
                        () -> SharedPool.open(device.id(), family, entry.tornado(), memory));
        TornadoBackend backend = new TornadoBackend(device, shared);
        String tested = device.id() + ":" + family;
        String failure = SELF_TESTS.contains(tested) ? "" : SelfTest.forward(backend);
        if (!failure.isEmpty()) {
            backend.close();
            throw new BackendException(
                    "%s failed its self-test: %s; update its driver, or name another device or cpu"
                            .formatted(device.id(), failure));
        }
        SELF_TESTS.add(tested);
        return backend;
    }

    /** What a device allows and has. */
    public static DeviceLimits limits(TornadoDevice device) {
        return new DeviceLimits(
                device.getDeviceLocalMemorySize(),
                device.getPhysicalDevice().getMaxThreadsPerBlock(),
                device.getPhysicalDevice().getDeviceMaxAllocationSize(),
                device.getPhysicalDevice().getDeviceMaxComputeUnits());
    }

    /** Bytes that all plans on a device may take, of which the host has as many. */
    private static long memory(Entry entry) {
        boolean own = entry.device().kind() == Device.Kind.GPU;
        long device = Math.min(entry.tornado().getMaxGlobalMemory(), MemoryLimit.ofProcess());
        long host =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                        .getTotalMemorySize();
        double plans = Math.min((own ? PLAN_SHARE : SHARED_PLAN_SHARE) * device, HOST_SHARE * host);
        return (long) (DeviceArrays.isRecycled(entry.tornado()) ? plans / PTX_ROUNDING : plans);
    }
}
