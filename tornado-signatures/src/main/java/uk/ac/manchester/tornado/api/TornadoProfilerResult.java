package uk.ac.manchester.tornado.api;

/** Signatures of measured times. */
public class TornadoProfilerResult {
    TornadoProfilerResult() {
        throw Signatures.only();
    }

    public long getDeviceKernelTime() {
        throw Signatures.only();
    }
}
