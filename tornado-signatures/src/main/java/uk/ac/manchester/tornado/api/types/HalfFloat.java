package uk.ac.manchester.tornado.api.types;

import uk.ac.manchester.tornado.api.Signatures;

/** Signatures of a number in half precision. */
public class HalfFloat {
    public HalfFloat(float value) {
        throw Signatures.only();
    }

    public short getHalfFloatValue() {
        throw Signatures.only();
    }
}
