package uk.ac.manchester.tornado.api.types.arrays;

import uk.ac.manchester.tornado.api.Signatures;
import uk.ac.manchester.tornado.api.types.vectors.Half2;

import java.lang.foreign.MemorySegment;

/** Signatures of an off-heap array. */
public final class HalfFloatArray extends TornadoNativeArray {
    public HalfFloatArray(int size) {
        throw Signatures.only();
    }

    public static HalfFloatArray fromSegmentShallow(MemorySegment segment) {
        throw Signatures.only();
    }

    public Half2 getHalf2(int index) {
        throw Signatures.only();
    }

    @Override
    public int getSize() {
        throw Signatures.only();
    }

    @Override
    public MemorySegment getSegment() {
        throw Signatures.only();
    }
}
