package uk.ac.manchester.tornado.api;

/** Signatures of hardware. */
public interface TornadoTargetDevice {
    String getDeviceName();

    int getDeviceMaxComputeUnits();

    int getMaxThreadsPerBlock();

    long getDeviceMaxAllocationSize();
}
