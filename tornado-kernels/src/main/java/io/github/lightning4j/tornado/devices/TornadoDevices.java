package io.github.lightning4j.tornado.devices;

import io.github.lightning4j.Device;
import io.github.lightning4j.tornado.kernels.KernelFamily;

import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The devices of TornadoVM's runtime. Callers must expect any {@link Throwable} from it, because
 * without an SDK the types that it needs are missing.
 */
public final class TornadoDevices {
    /**
     * Bytes of an array on PTX. Kernels there have read beyond memory where q had 2³¹ elements of
     * 16 bits, which CUDA and OpenCL take on the same card.
     */
    private static final long PTX_ALLOCATION = Integer.MAX_VALUE;

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

    private static Entry entry(String backend, int index, TornadoDevice tornado) {
        Device.Kind kind = kind(tornado);
        KernelFamily family =
                tensorHindrance(tornado).isEmpty()
                        ? KernelFamily.TENSOR
                        : KernelFamily.of(kind == Device.Kind.GPU);
        // Memory that the driver shares with the host may differ from process to process, and a
        // sweep tells hardware apart by these words.
        String memory =
                kind == Device.Kind.GPU
                        ? (tornado.getMaxGlobalMemory() >> 30) + " GiB"
                        : "the host's memory";
        String description =
                tornado.getPlatformName().strip()
                        + ", "
                        + memory
                        + ", "
                        + (tornado.getDeviceLocalMemorySize() >> 10)
                        + " KiB local memory";
        Device device =
                new Device(
                        Selection.BACKEND + ":" + backend + ":" + index,
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

    /**
     * Why the kernels on tensor cores cannot run on a device; empty if they may. Whether its
     * processors have any shows when a kernel is tried.
     */
    public static String tensorHindrance(TornadoDevice tornado) {
        String backend = tornado.getTornadoVMBackend().name();
        if (!isGpu(tornado) || !backend.equals("CUDA")) {
            return "is a device of TornadoVM's backend "
                    + backend
                    + "; only CUDA has all that the kernels on tensor cores need";
        }
        return limits(tornado).hindrance(KernelFamily.TENSOR);
    }

    /** Whether it is a GPU. */
    public static boolean isGpu(TornadoDevice tornado) {
        return kind(tornado) == Device.Kind.GPU;
    }

    /** The limits of a device. */
    public static DeviceLimits limits(TornadoDevice device) {
        return new DeviceLimits(
                device.getDeviceLocalMemorySize(),
                device.getPhysicalDevice().getMaxThreadsPerBlock(),
                allocation(device),
                device.getPhysicalDevice().getDeviceMaxComputeUnits());
    }

    private static long allocation(TornadoDevice device) {
        long own = device.getPhysicalDevice().getDeviceMaxAllocationSize();
        if (!device.getTornadoVMBackend().name().equals("PTX")) {
            return own;
        }
        return own > 0 ? Math.min(own, PTX_ALLOCATION) : PTX_ALLOCATION;
    }
}
