package io.github.lightning4j.tornado;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.Device;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Locale;

/**
 * What a device id asks for.
 *
 * @param prefix id of the device, or the beginning of it
 * @param family the kernels asked for, or null for those that suit the device
 */
record Selection(String prefix, @Nullable Family family) {
    /** Reads {@code tornado[:backend[:index[:loops|tiled]]]}. */
    static Selection parse(String id) {
        String[] parts = id.split(":", -1);
        if (parts.length <= 3) {
            return new Selection(id, null);
        }
        String prefix = String.join(":", Arrays.copyOf(parts, 3));
        for (Family family : Family.values()) {
            if (parts.length == 4 && parts[3].equals(family.name().toLowerCase(Locale.ROOT))) {
                return new Selection(prefix, family);
            }
        }
        throw new BackendException(
                "there is no device %s; ids are tornado[:backend[:index[:loops or :tiled]]]"
                        .formatted(id));
    }

    /** Whether a device is meant. */
    boolean matches(Device device) {
        return device.id().equals(prefix) || device.id().startsWith(prefix + ":");
    }

    /** The kernels asked for, or else these. */
    Family family(Family usual) {
        return family == null ? usual : family;
    }
}
