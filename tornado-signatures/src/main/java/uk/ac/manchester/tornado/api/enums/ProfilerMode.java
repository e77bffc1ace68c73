package uk.ac.manchester.tornado.api.enums;

/** Signature of how to profile. */
public enum ProfilerMode {
    SILENT
}
