package uk.ac.manchester.tornado.api.types.collections;

import uk.ac.manchester.tornado.api.Signatures;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.vectors.Float4;

/** Signatures of four floats many times; in a kernel, in registers. */
public final class VectorFloat4 {
    public VectorFloat4(int size) {
        throw Signatures.only();
    }

    public FloatArray getArray() {
        throw Signatures.only();
    }

    public Float4 get(int index) {
        throw Signatures.only();
    }
}
