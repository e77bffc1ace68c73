package uk.ac.manchester.tornado.api.common;

import uk.ac.manchester.tornado.api.TornadoTargetDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.enums.TornadoVMBackendType;

/** Signatures of a device. */
public interface TornadoDevice {
    String getPlatformName();

    TornadoTargetDevice getPhysicalDevice();

    TornadoDeviceType getDeviceType();

    TornadoVMBackendType getTornadoVMBackend();

    long getMaxGlobalMemory();

    long getDeviceLocalMemorySize();
}
