package io.github.lightning4j.spi;

import io.github.lightning4j.Device;

/**
 * A device and whether it can be used.
 *
 * @param device the device
 * @param availability available, or why not
 */
public record DeviceStatus(Device device, Availability availability) {}
