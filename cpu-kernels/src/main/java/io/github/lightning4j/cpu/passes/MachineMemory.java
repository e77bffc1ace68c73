package io.github.lightning4j.cpu.passes;

import com.sun.management.OperatingSystemMXBean;

import java.lang.management.ManagementFactory;
import java.util.Locale;

/** The memory of the machine, or of its container. */
final class MachineMemory {
    private MachineMemory() {}

    /**
     * Whether it has so much, used or free.
     *
     * @throws OutOfMemoryError if not, worded as those of memory outside the heap are
     */
    static void checkHas(long bytes) {
        if (ModuleLayer.boot().findModule("jdk.management").isPresent() && bytes > Bean.total()) {
            throw new OutOfMemoryError(
                    String.format(
                            Locale.ROOT,
                            "Unable to allocate %,d bytes; the machine or its container has %,d",
                            bytes,
                            Bean.total()));
        }
    }

    /** Used only where its module is present: a runtime image may leave it out. */
    private static final class Bean {
        private Bean() {}

        static long total() {
            OperatingSystemMXBean bean =
                    ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
            long total = bean == null ? 0 : bean.getTotalMemorySize();
            return total > 0 ? total : Long.MAX_VALUE;
        }
    }
}
