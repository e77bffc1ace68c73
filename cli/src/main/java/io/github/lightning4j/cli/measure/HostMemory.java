package io.github.lightning4j.cli.measure;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * The memory this process holds, and where Linux tells the most it has held and what the machine
 * has left.
 */
public final class HostMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CLEAR = Path.of("/proc/self/clear_refs");
    private static final Path MACHINE = Path.of("/proc/meminfo");
    private static final String FORGET_PEAK = "5";

    private static final long GIVING_BACK_MILLIS = 500;

    private HostMemory() {}

    /** From now on the peak counts; false where that cannot be said. */
    public static boolean forgetPeak() {
        try {
            // The collector gives memory back a moment after it has ended, and some of it at the
            // next time only.
            for (int i = 0; i < 2; i++) {
                System.gc();
                Thread.sleep(GIVING_BACK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        try {
            Files.writeString(CLEAR, FORGET_PEAK);
            return true;
        } catch (IOException e) {
            // Not Linux, or not allowed: then there is no figure.
            return false;
        }
    }

    /** Most resident bytes since {@link #forgetPeak}. */
    public static OptionalLong peak() {
        return kibibytes(STATUS, "VmHWM:");
    }

    /** Resident bytes where Linux tells; elsewhere committed heap, metaspace and direct buffers. */
    public static long resident() {
        return kibibytes(STATUS, "VmRSS:").orElseGet(HostMemory::ofJvm);
    }

    private static long ofJvm() {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        return memory.getHeapMemoryUsage().getCommitted()
                + memory.getNonHeapMemoryUsage().getCommitted()
                + ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .mapToLong(BufferPoolMXBean::getMemoryUsed)
                        .sum();
    }

    /** Bytes that the machine can still give. */
    public static OptionalLong available() {
        return kibibytes(MACHINE, "MemAvailable:");
    }

    private static OptionalLong kibibytes(Path file, String name) {
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(name)) {
                    return OptionalLong.of(Long.parseLong(line.replaceAll("\\D", "")) * 1024);
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Not Linux.
        }
        return OptionalLong.empty();
    }
}
