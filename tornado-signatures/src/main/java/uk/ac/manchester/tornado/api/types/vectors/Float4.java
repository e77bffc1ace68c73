package uk.ac.manchester.tornado.api.types.vectors;

import uk.ac.manchester.tornado.api.Signatures;

/** Signatures of four floats. */
public final class Float4 {
    public Float4() {
        throw Signatures.only();
    }

    public float getX() {
        throw Signatures.only();
    }

    public float getY() {
        throw Signatures.only();
    }
}
