package uk.ac.manchester.tornado.api.runtime;

import uk.ac.manchester.tornado.api.Signatures;
import uk.ac.manchester.tornado.api.TornadoRuntime;

/** Signature of how the runtime is found. */
public class TornadoRuntimeProvider {
    private TornadoRuntimeProvider() {}

    public static TornadoRuntime getTornadoRuntime() {
        throw Signatures.only();
    }
}
