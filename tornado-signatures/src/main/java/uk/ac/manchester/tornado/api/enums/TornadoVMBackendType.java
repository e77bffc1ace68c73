package uk.ac.manchester.tornado.api.enums;

/** Signature of backends; ask for the name. */
public enum TornadoVMBackendType {}
