package io.github.lightning4j.tornado.devices;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.Device;
import io.github.lightning4j.tornado.kernels.KernelFamily;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The device and kernels that a device id asks for.
 *
 * @param prefix id of the device, or the beginning of it
 * @param family the kernels asked for, or null for those that suit the device
 */
public record Selection(String prefix, @Nullable KernelFamily family) {
    /** First part of all ids. */
    public static final String BACKEND = "tornado";

    private static final Pattern ID =
            Pattern.compile(
                    "tornado(:(cuda|ptx|opencl|spirv)(:\\d+(:(?<family>loops|tiled|tensor))?)?)?");

    /** Reads {@code tornado[:backend[:index[:loops|tiled|tensor]]]}. */
    public static Selection parse(String id) {
        Matcher matcher = ID.matcher(id);
        if (!matcher.matches()) {
            throw new BackendException(
                    String.format(
                            Locale.ROOT,
                            "there is no device %s; ids are tornado[:backend[:index[:loops,"
                                    + " :tiled or :tensor]]], backends cuda, ptx, opencl and spirv",
                            id));
        }
        String family = matcher.group("family");
        return family == null
                ? new Selection(id, null)
                : new Selection(
                        id.substring(0, matcher.start("family") - 1),
                        KernelFamily.valueOf(family.toUpperCase(Locale.ROOT)));
    }

    /** Whether a device matches. */
    public boolean matches(Device device) {
        return device.id().equals(prefix) || device.id().startsWith(prefix + ":");
    }

    /** The kernels asked for; these if none were. */
    public KernelFamily family(KernelFamily usual) {
        return family == null ? usual : family;
    }
}
