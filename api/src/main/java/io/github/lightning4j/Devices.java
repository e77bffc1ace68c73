package io.github.lightning4j;

import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendOptions;
import io.github.lightning4j.spi.BackendProvider;
import io.github.lightning4j.spi.DeviceStatus;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The devices of every backend on the class path. Stateless and thread-safe. */
public final class Devices {
    /** The device id that stands for the best device there is. */
    public static final String AUTO = "auto";

    private static final System.Logger LOG = System.getLogger(Devices.class.getName());

    private Devices() {}

    /**
     * A backend and its devices.
     *
     * @param backend its name
     * @param availability whether any device can be used, or why not
     * @param devices all its devices, the preferred first
     */
    public record BackendStatus(
            String backend, Availability availability, List<DeviceStatus> devices) {}

    /**
     * Every backend, the preferred first, with the reason for each that cannot run.
     *
     * @return the backends
     */
    public static List<BackendStatus> list() {
        return providers().stream()
                .map(p -> new BackendStatus(p.name(), p.availability(), p.devices()))
                .toList();
    }

    /**
     * Every device of every backend, the preferred first, including those that cannot be used:
     * unlike {@link #list()}, this tries none of them.
     *
     * @return the devices
     */
    public static List<Device> found() {
        return providers().stream().flatMap(p -> p.found().stream()).toList();
    }

    /** An opened backend and why others were passed over. */
    record Opened(Backend backend, List<String> notices) {}

    /**
     * Opens a device.
     *
     * @param needsVectors whether a device that computes one number at a time is refused
     */
    static Opened open(String device, BackendOptions options, boolean needsVectors) {
        return open(device, options, needsVectors, providers());
    }

    /** The same among these backends, the preferred first. */
    static Opened open(
            String device,
            BackendOptions options,
            boolean needsVectors,
            List<BackendProvider> providers) {
        return device.equals(AUTO)
                ? openBest(providers, options, needsVectors)
                : openNamed(device, providers, options, needsVectors);
    }

    /** Opens one device, with a notice where it is slow and was not asked for by its own id. */
    private static Opened open(
            BackendProvider provider,
            String device,
            BackendOptions options,
            boolean needsVectors,
            List<String> notices) {
        Backend backend = provider.open(device, options);
        if (backend.vectors() instanceof Availability.Unavailable(String reason)) {
            String id = backend.device().id();
            if (needsVectors) {
                backend.close();
                throw new BackendException(
                        "device "
                                + id
                                + " computes without vectors, which are required: "
                                + reason);
            }
            if (!id.equals(device)) {
                List<String> all = new ArrayList<>(notices);
                all.add(id + " computes without vectors, several times slower: " + reason);
                return new Opened(backend, all);
            }
        }
        return new Opened(backend, notices);
    }

    private static Opened openNamed(
            String device,
            List<BackendProvider> providers,
            BackendOptions options,
            boolean needsVectors) {
        for (BackendProvider provider : providers) {
            if (device.equals(provider.name()) || device.startsWith(provider.name() + ":")) {
                return open(provider, device, options, needsVectors, List.of());
            }
        }
        throw new BackendException(
                String.format(
                        Locale.ROOT,
                        "there is no device %s; backends here: %s",
                        device,
                        names(providers)));
    }

    private static Opened openBest(
            List<BackendProvider> providers, BackendOptions options, boolean needsVectors) {
        List<String> notices = new ArrayList<>();
        for (BackendProvider provider : providers) {
            String reason;
            if (provider.automatic() instanceof Availability.Unavailable(String why)) {
                reason = why;
            } else {
                try {
                    return open(provider, provider.name(), options, needsVectors, notices);
                } catch (BackendException e) {
                    reason = String.valueOf(e.getMessage());
                }
            }
            notices.add(provider.name() + " is not used: " + reason);
            LOG.log(System.Logger.Level.DEBUG, "{0} is not used: {1}", provider.name(), reason);
        }
        throw new BackendException(
                notices.isEmpty()
                        ? "there is no backend on the class path; add lightning4j-cpu-kernels, or"
                                + " where a jar was merged from it, keep what its META-INF/services"
                                + " says"
                        : "no backend can be used: " + String.join("; ", notices));
    }

    private static List<BackendProvider> providers() {
        return ServiceLoader.load(BackendProvider.class, Devices.class.getClassLoader()).stream()
                .map(ServiceLoader.Provider::get)
                .sorted(Comparator.comparingInt(BackendProvider::priority).reversed())
                .toList();
    }

    private static String names(List<BackendProvider> providers) {
        return providers.isEmpty()
                ? "none"
                : providers.stream().map(BackendProvider::name).collect(Collectors.joining(", "));
    }
}
