package io.github.lightning4j.tornado.devices;

import io.github.lightning4j.Device;
import io.github.lightning4j.spi.Availability;

import java.util.List;
import java.util.Locale;

/**
 * Finds out once whether TornadoVM can be used in this process, and if not, why. The answer depends
 * on flags, modules and drivers, which are fixed when the JVM starts.
 */
public final class Probe {
    private static final String START = "start with scripts/lightning, which gives them";

    private static final Probe PROCESS = look();

    private final Availability availability;
    private final List<Device> devices;

    private Probe(Availability availability, List<Device> devices) {
        this.availability = availability;
        this.devices = devices;
    }

    /** Whether there is any device, tried or not. Never throws. */
    public static Availability availability() {
        return PROCESS.availability;
    }

    /** The devices there are, the preferred first. Never throws. */
    public static List<Device> found() {
        return PROCESS.devices;
    }

    private static Probe look() {
        String reason = Flags.missing();
        if (!reason.isEmpty()) {
            return unavailable(reason);
        }
        try {
            List<Device> devices =
                    TornadoDevices.list().stream().map(TornadoDevices.Entry::device).toList();
            return devices.isEmpty()
                    ? unavailable("TornadoVM found no device; install its driver")
                    : new Probe(new Availability.Available(), devices);
        } catch (Throwable e) {
            // Errors too: a runtime without its flags dies in a static initializer.
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return unavailable(
                    String.format(
                            Locale.ROOT,
                            "TornadoVM does not start (%s); check its SDK and driver, and %s",
                            cause,
                            START));
        }
    }

    private static Probe unavailable(String reason) {
        return new Probe(new Availability.Unavailable(reason), List.of());
    }

    /** What must be set before TornadoVM is touched. */
    public static final class Flags {
        private static final String API = "uk.ac.manchester.tornado.api.TaskGraph";
        private static final String RUNTIME = "tornado.load.runtime.implementation";
        private static final String BAILOUT = "tornado.recover.bailout";

        private Flags() {}

        /** What is missing, or nothing. */
        public static String missing() {
            try {
                Class.forName(API, false, Probe.class.getClassLoader());
            } catch (ClassNotFoundException | LinkageError e) {
                OtherBackends others = OtherBackends.ofProcess();
                return others.reasons().isEmpty()
                        ? "there is no TornadoVM SDK; install one, set TORNADOVM_HOME to it and"
                                + " start with scripts/lightning"
                        : "this process was started without the installed TornadoVM SDK: "
                                + others.inWords();
            }
            if (System.getProperty(RUNTIME) == null) {
                return "the JVM was started without TornadoVM's flags; " + START;
            }
            if (!"false".equalsIgnoreCase(System.getProperty(BAILOUT))) {
                return "the JVM was started without -Dtornado.recover.bailout=False, and TornadoVM"
                        + " would answer a failed compilation with wrong numbers; "
                        + START;
            }
            return "";
        }
    }
}
