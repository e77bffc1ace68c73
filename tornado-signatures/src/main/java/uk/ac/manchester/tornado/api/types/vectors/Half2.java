package uk.ac.manchester.tornado.api.types.vectors;

import uk.ac.manchester.tornado.api.Signatures;

/** Signatures of two numbers in half precision. */
public final class Half2 {
    public Half2() {
        throw Signatures.only();
    }

    public static float lowFloat(Half2 x) {
        throw Signatures.only();
    }

    public static float highFloat(Half2 x) {
        throw Signatures.only();
    }
}
