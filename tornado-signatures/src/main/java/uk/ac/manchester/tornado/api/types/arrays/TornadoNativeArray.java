package uk.ac.manchester.tornado.api.types.arrays;

import uk.ac.manchester.tornado.api.Signatures;

import java.lang.foreign.MemorySegment;

/** Signatures of an off-heap array of any type. */
public abstract class TornadoNativeArray {
    public static final long ARRAY_HEADER = Signatures.unknown();

    public abstract int getSize();

    public abstract MemorySegment getSegment();
}
