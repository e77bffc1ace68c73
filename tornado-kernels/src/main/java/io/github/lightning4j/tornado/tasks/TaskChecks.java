package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.tornado.devices.DeviceLimits;
import io.github.lightning4j.tornado.devices.MemoryLimit;
import io.github.lightning4j.tornado.devices.Probe;
import io.github.lightning4j.tornado.devices.TornadoDevices;
import io.github.lightning4j.tornado.kernels.KernelFamily;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.BitSet;
import java.util.Locale;

/**
 * Checks what {@code LightningTasks} requires of its arguments, the process and the device, before
 * anything is built.
 */
public final class TaskChecks {
    private TaskChecks() {}

    /** The key of tasks with room for {@code sequences} and {@code tokens}. */
    public static PlanKey key(
            AttentionConfig config,
            TornadoDevice device,
            int sequences,
            int tokens,
            KernelFamily family) {
        if (sequences < 1 || tokens < 1) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "there is room for %d sequences and %d tokens; both must be >= 1",
                            sequences,
                            tokens));
        }
        switch (config.algorithm()) {
            case LIGHTNING_1, LIGHTNING_2 -> {}
            case SOFTMAX, LEFT_PRODUCT, RIGHT_PRODUCT ->
                    throw new IllegalArgumentException(
                            String.format(
                                    Locale.ROOT,
                                    "the algorithm is %s; it must be LIGHTNING_1 or LIGHTNING_2",
                                    config.algorithm()));
        }
        usable(device, family);
        DeviceLimits limits = TornadoDevices.limits(device);
        int atOnce = limits.segmentsAtOnce(family, config);
        PlanKey key = new PlanKey(config, DType.F32, sequences, tokens, atOnce);
        long most = limits.maxElements();
        if (key.largestExtent(family) > most) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%d sequences and %d tokens need an array or a grid of %,d; the most is"
                                    + " %,d",
                            sequences,
                            tokens,
                            key.largestExtent(family),
                            most));
        }
        return key;
    }

    private static void usable(TornadoDevice device, KernelFamily family) {
        String missing = Probe.Flags.missing();
        if (!missing.isEmpty()) {
            throw new BackendException(missing);
        }
        String hindrance = TornadoDevices.limits(device).hindrance(family);
        if (!hindrance.isEmpty()) {
            throw new BackendException("the device " + hindrance);
        }
    }

    /** Bytes that TornadoVM may use of a device. */
    public static long memory(TornadoDevice device) {
        return Math.min(device.getMaxGlobalMemory(), MemoryLimit.ofProcess());
    }

    /**
     * Checks that the tasks of a pass and its arrays, including the caller's, fit a device at all.
     * Other data of the caller on the device is not known here.
     *
     * @param pass in words
     * @param memory bytes
     */
    public static void fits(String pass, PlanShape shape, KernelFamily family, long memory) {
        long needed = shape.bytes(family);
        if (needed > memory) {
            throw new BackendException(
                    String.format(
                            Locale.ROOT,
                            "out of device memory: %s of %s needs %,d MiB with its arrays, and the"
                                    + " limit is %,d MiB; make room for fewer tokens or raise"
                                    + " LIGHTNING_DEVICE_MEMORY",
                            pass,
                            shape.config(),
                            needed >> 20,
                            memory >> 20));
        }
    }

    /** Checks that an array has at least {@code elements} elements. */
    public static void elements(String name, FloatArray array, long elements) {
        if (array.getSize() < elements) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s has %,d elements; it must have at least %,d",
                            name,
                            array.getSize(),
                            elements));
        }
    }

    /** Checks that slots are states that exist, none of them twice; −1 only where it may be. */
    public static void slots(int[] slots, int states, int least) {
        if (slots.length > states) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "there are %d slots; there is room for %d sequences",
                            slots.length,
                            states));
        }
        BitSet seen = new BitSet();
        for (int r = 0; r < slots.length; r++) {
            int slot = slots[r];
            if (slot < least || slot >= states) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "slots[%d] is %d; it must be %d ... %d",
                                r,
                                slot,
                                least,
                                states - 1));
            }
            if (slot >= 0 && seen.get(slot)) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "slots[%d] is %d, as one before; each must be another",
                                r,
                                slot));
            }
            if (slot >= 0) {
                seen.set(slot);
            }
        }
    }

    /** Checks that there are no tasks of this kind yet. */
    public static void first(@Nullable Object tasks) {
        if (tasks != null) {
            throw new IllegalStateException(
                    "these tasks are in a graph already; another graph needs another object");
        }
    }
}
