package io.github.lightning4j.tornado.devices;

import io.github.lightning4j.Device;
import io.github.lightning4j.spi.Availability;
import io.github.lightning4j.spi.DeviceStatus;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * TornadoVM's backends that this process was started without, and why. A process has only one of
 * them; the launcher scripts/lightning knows the others and tells of them in a property.
 *
 * @param reasons why each cannot be used, by name of the backend
 */
public record OtherBackends(Map<String, String> reasons) {
    private static final String PROPERTY = "lightning.tornado.others";

    /** What the launcher said of this process; nothing without it. */
    public static OtherBackends ofProcess() {
        return parse(System.getProperty(PROPERTY, ""));
    }

    /** Reads {@code backend=reason|backend=reason}. */
    public static OtherBackends parse(String text) {
        Map<String, String> reasons = new LinkedHashMap<>();
        for (String part : text.split("\\|", -1)) {
            int end = part.indexOf('=');
            if (end > 0) {
                reasons.put(part.substring(0, end), part.substring(end + 1));
            }
        }
        return new OtherBackends(reasons);
    }

    /** One device for each, with the reason why it cannot be used. */
    public List<DeviceStatus> statuses() {
        return reasons.entrySet().stream()
                .map(other ->
                        new DeviceStatus(
                                new Device(
                                        Selection.BACKEND + ":" + other.getKey(),
                                        "",
                                        Device.Kind.ACCELERATOR,
                                        "TornadoVM's backend " + other.getKey()),
                                new Availability.Unavailable(other.getValue())))
                .toList();
    }

    /** Why a device id of one of them cannot be used; null for other ids. */
    public @Nullable String reason(String deviceId) {
        String[] parts = deviceId.split(":", -1);
        return parts.length < 2 ? null : reasons.get(parts[1]);
    }

    /** All reasons in one line, each once. */
    String inWords() {
        Map<String, String> backends = new LinkedHashMap<>();
        reasons.forEach((name, why) -> backends.merge(why, name, (a, b) -> a + ", " + b));
        return backends.entrySet().stream()
                .map(same -> same.getValue() + ": " + same.getKey())
                .collect(Collectors.joining("; "));
    }
}
