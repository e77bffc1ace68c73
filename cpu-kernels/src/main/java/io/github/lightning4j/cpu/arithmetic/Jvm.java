package io.github.lightning4j.cpu.arithmetic;

import com.sun.management.HotSpotDiagnosticMXBean;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Optional;

/**
 * The properties of a JVM that decide whether vectors are fast. HotSpot's C2 compiles methods of
 * the Vector API to single instructions; anything else makes an object of every vector.
 *
 * @param name {@code java.vm.name}
 * @param info {@code java.vm.info}
 * @param tieredStopAtLevel the flag, 4 where the JVM does not tell: C2 is level 4
 * @param useJvmciCompiler the flag, false where the JVM does not tell: a compiler in place of C2
 */
record Jvm(String name, String info, int tieredStopAtLevel, boolean useJvmciCompiler) {
    private static final int C2 = 4;

    /** The JVM that this runs on. */
    static Jvm current() {
        String name = System.getProperty("java.vm.name", "");
        String info = System.getProperty("java.vm.info", "");
        if (ModuleLayer.boot().findModule("jdk.management").isEmpty()) {
            return new Jvm(name, info, C2, false);
        }
        return new Jvm(
                name,
                info,
                Flags.value("TieredStopAtLevel").map(Integer::parseInt).orElse(C2),
                Flags.value("UseJVMCICompiler").map(Boolean::parseBoolean).orElse(false));
    }

    /** Why vectors would be slower than plain loops, or empty where they are fast. */
    Optional<String> slowness() {
        if (!name.contains("Server VM")) {
            return Optional.of(
                    String.format(Locale.ROOT, "%s is not HotSpot with its compiler C2", name));
        }
        if (useJvmciCompiler) {
            return Optional.of("a JVMCI compiler is used in place of C2");
        }
        if (info.contains("interpreted mode")) {
            return Optional.of("this JVM only interprets");
        }
        if (info.contains("emulated-client") || tieredStopAtLevel < C2) {
            return Optional.of("the compiler C2 is switched off");
        }
        return Optional.empty();
    }

    /** Used only where its module is present: a runtime image may leave it out. */
    private static final class Flags {
        private Flags() {}

        static Optional<String> value(String flag) {
            HotSpotDiagnosticMXBean bean =
                    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            try {
                return Optional.ofNullable(bean).map(b -> b.getVMOption(flag).getValue());
            } catch (IllegalArgumentException e) {
                // This JVM does not know the flag.
                return Optional.empty();
            }
        }
    }
}
