package io.github.lightning4j.tornado;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.Device;
import io.github.lightning4j.spi.BackendOptions;

import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * The devices of TornadoVM's runtime. Only {@link TornadoBackendProvider} links to this class, and
 * expects any {@link Throwable} from it: without an SDK its types are not there.
 */
final class TornadoDevices {
    /** Bytes of local memory that the tiled kernels of a group need. */
    private static final long TILED_LOCAL_MEMORY = 40 << 10;

    /** Of a device's memory, what plans may take. */
    private static final double PLAN_SHARE = 0.9;

    /** The same where the device and the host, which has each array too, share one memory. */
    private static final double SHARED_PLAN_SHARE = 0.4;

    /** What self-tests found, by device and kernels: the runtime is one for the process. */
    private static final Map<String, String> SELF_TESTS = new ConcurrentHashMap<>();

    private TornadoDevices() {}

    /** A device and what is needed to open it. */
    record Entry(Device device, TornadoDevice tornado, Family family) {}

    /** All devices, the preferred first: GPUs, then other accelerators, then CPUs. */
    static List<Entry> list() {
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

    private static Entry entry(String backend, int index, TornadoDevice tornado) {
        Device.Kind kind =
                switch (tornado.getDeviceType().name()) {
                    case "GPU" -> Device.Kind.GPU;
                    case "CPU" -> Device.Kind.CPU;
                    default -> Device.Kind.ACCELERATOR;
                };
        Family family = kind == Device.Kind.GPU ? Family.TILED : Family.LOOPS;
        String description =
                "%s, %d GiB, %d KiB local memory"
                        .formatted(
                                tornado.getPlatformName().strip(),
                                tornado.getMaxGlobalMemory() >> 30,
                                tornado.getDeviceLocalMemorySize() >> 10);
        Device device =
                new Device(
                        TornadoBackendProvider.NAME + ":" + backend + ":" + index,
                        tornado.getPhysicalDevice().getDeviceName().strip(),
                        kind,
                        description);
        return new Entry(device, tornado, family);
    }

    /**
     * Opens a device.
     *
     * @param id {@code tornado[:backend[:index[:loops|tiled]]]}
     */
    static TornadoBackend open(String id, BackendOptions options) {
        Selection selection = Selection.parse(id);
        List<Entry> entries = list();
        for (Entry entry : entries) {
            if (selection.matches(entry.device())) {
                return open(entry, selection.family(entry.family()));
            }
        }
        throw new BackendException(
                "there is no device %s; TornadoVM has %s"
                        .formatted(
                                id,
                                entries.stream()
                                        .map(e -> e.device().id())
                                        .collect(Collectors.joining(", "))));
    }

    private static TornadoBackend open(Entry entry, Family family) {
        Device device = entry.device();
        if (family == Family.TILED) {
            long local = entry.tornado().getDeviceLocalMemorySize();
            if (local < TILED_LOCAL_MEMORY) {
                throw new BackendException(
                        "%s has %d bytes of local memory; the tiled kernels need %d; use %s:loops"
                                .formatted(device.id(), local, TILED_LOCAL_MEMORY, device.id()));
            }
        }
        long memory =
                (long)
                        ((device.kind() == Device.Kind.GPU ? PLAN_SHARE : SHARED_PLAN_SHARE)
                                * Math.min(
                                        entry.tornado().getMaxGlobalMemory(),
                                        MemoryLimit.ofProcess()));
        SharedPool shared =
                DeviceLock.with(
                        () -> SharedPool.open(device.id(), family, entry.tornado(), memory));
        TornadoBackend backend = new TornadoBackend(device, shared);
        String failure =
                SELF_TESTS.computeIfAbsent(
                        device.id() + ":" + family, any -> SelfTest.forward(backend));
        if (!failure.isEmpty()) {
            backend.close();
            throw new BackendException(
                    "%s failed its self-test: %s".formatted(device.id(), failure));
        }
        return backend;
    }
}
