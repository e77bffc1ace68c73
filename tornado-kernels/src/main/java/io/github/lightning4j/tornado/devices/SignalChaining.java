package io.github.lightning4j.tornado.devices;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether the JVM keeps its signal handlers when a driver compiles with LLVM in the JVM's process,
 * as PoCL does.
 *
 * <p>The JVM uses SIGSEGV in normal operation: it stops compiled code for a safepoint. Whenever
 * clang opens a file to write, LLVM puts handlers of its own in front ({@code RegisterHandlers} in
 * llvm/lib/Support/Unix/Signals.inc), until the first signal. That one deletes that file, so that
 * the kernel does not compile, and another one before the JVM's handler is back ends the process
 * silently, with exit code 139. Both happen as soon as other threads are busy while a plan is made.
 * The JDK's libjsig.so in LD_PRELOAD keeps the JVM's handlers first.
 */
public final class SignalChaining {
    private static final String POCL = "Portable Computing Language";
    private static final String LIBRARY = "libjsig.so";

    private static final String LIBRARIES = libraries();

    private SignalChaining() {}

    /** Why a platform cannot be used in this process, or nothing. */
    public static String hindrance(String platform) {
        return hindrance(platform, LIBRARIES);
    }

    /**
     * The same for a process that has loaded other libraries.
     *
     * @param libraries its memory map, or nothing where there is none to read
     */
    public static String hindrance(String platform, String libraries) {
        if (!platform.strip().equals(POCL) || libraries.isEmpty() || libraries.contains(LIBRARY)) {
            return "";
        }
        return "its compiler takes the JVM's signals, which may end this process; start it with"
                + " LD_PRELOAD="
                + Path.of(System.getProperty("java.home"), "lib", LIBRARY)
                + ", as scripts/lightning does";
    }

    private static String libraries() {
        try {
            return Files.readString(Path.of("/proc/self/maps"));
        } catch (IOException | RuntimeException e) {
            return "";
        }
    }
}
