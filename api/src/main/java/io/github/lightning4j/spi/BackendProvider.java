package io.github.lightning4j.spi;

import io.github.lightning4j.Device;

import java.util.List;

/**
 * The service through which a backend is found; see {@link java.util.ServiceLoader}.
 * Implementations have a public constructor without arguments that does nothing.
 */
public interface BackendProvider {
    /**
     * The first part of the device ids of this backend.
     *
     * @return a short lower-case name, such as {@code cpu} or {@code tornado}
     */
    String name();

    /**
     * Which backend {@code auto} prefers.
     *
     * @return a number; the highest is preferred
     */
    int priority();

    /**
     * Whether any device of this backend can be used. Never throws.
     *
     * @return available, or why not
     */
    Availability availability();

    /**
     * Whether {@code auto} should take this backend's preferred device. Never throws.
     *
     * @return available, or why it should be used only if it is named
     */
    default Availability automatic() {
        return availability();
    }

    /**
     * All devices, the preferred first, including those that cannot be used. Never throws.
     *
     * @return the devices; empty where the backend itself is not available
     */
    List<DeviceStatus> devices();

    /**
     * All devices, the preferred first, without finding out whether they can be used. Never throws.
     *
     * @return the devices of {@link #devices()}, found as cheaply as this backend can
     */
    default List<Device> found() {
        return devices().stream().map(DeviceStatus::device).toList();
    }

    /**
     * Opens a device.
     *
     * @param deviceId this backend's {@link #name()} alone for the preferred device, or followed by
     *     {@code :} and what narrows it down
     * @param options how to run
     * @return the opened device
     * @throws io.github.lightning4j.BackendException if there is no such device or it cannot be
     *     used, with the reason
     */
    Backend open(String deviceId, BackendOptions options);
}
