package uk.ac.manchester.tornado.api;

/** Signatures of a result. */
public class TornadoExecutionResult {
    TornadoExecutionResult() {
        throw Signatures.only();
    }

    public TornadoExecutionResult transferToHost(Object... objects) {
        throw Signatures.only();
    }

    public TornadoProfilerResult getProfilerResult() {
        throw Signatures.only();
    }
}
