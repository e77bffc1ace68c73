package uk.ac.manchester.tornado.api;

/** Signatures of the runtime. */
public interface TornadoRuntime {
    int getNumBackends();

    TornadoBackend getBackend(int index);
}
