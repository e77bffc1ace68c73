package uk.ac.manchester.tornado.api.enums;

/** Signature of what a warp multiplies at a time. */
public enum MMAShape {
    M16N8K16
}
