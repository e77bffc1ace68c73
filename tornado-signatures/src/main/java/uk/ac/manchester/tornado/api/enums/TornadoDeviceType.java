package uk.ac.manchester.tornado.api.enums;

/** Signature of kinds of devices; ask for the name. */
public enum TornadoDeviceType {}
