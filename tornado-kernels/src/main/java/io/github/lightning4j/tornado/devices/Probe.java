package io.github.lightning4j.tornado.devices;

import io.github.lightning4j.Device;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.DeviceStatus;

import java.util.ArrayList;
import java.util.List;

/**
 * Finds out once whether TornadoVM can be used in this process, and if not, why. What is asked is
 * fixed when the JVM starts: flags, modules and drivers.
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

    /** What came of trying every device, once and when somebody asks. */
    private static final class Tried {
        private static final List<DeviceStatus> DEVICES = attempt();

        private Tried() {}

        private static List<DeviceStatus> attempt() {
            List<DeviceStatus> statuses = new ArrayList<>();
            try {
                if (!PROCESS.devices.isEmpty()) {
                    statuses.addAll(TornadoDevices.tried());
                }
            } catch (Throwable e) {
                // What a driver may throw is not known.
                Availability none = new Availability.Unavailable("it does not start: " + e);
                PROCESS.devices.forEach(device -> statuses.add(new DeviceStatus(device, none)));
            }
            statuses.addAll(OtherBackends.ofProcess().statuses());
            return List.copyOf(statuses);
        }
    }

    /** Whether there is any device, tried or not. Never throws. */
    public static Availability availability() {
        return PROCESS.availability;
    }

    /** The devices there are, the preferred first. Never throws. */
    public static List<Device> found() {
        return PROCESS.devices;
    }

    /**
     * The same and those of other backends, each with the reason if its self-test failed or it
     * cannot run at all. Kernels are compiled for that. Never throws.
     */
    public static List<DeviceStatus> devices() {
        return Tried.DEVICES;
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
                    "TornadoVM does not start (%s); check its SDK and driver, and %s"
                            .formatted(cause, START));
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

        /** The reason not to go on, or nothing. */
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
