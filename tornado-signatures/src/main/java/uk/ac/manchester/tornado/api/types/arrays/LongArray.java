package uk.ac.manchester.tornado.api.types.arrays;

import uk.ac.manchester.tornado.api.Signatures;

import java.lang.foreign.MemorySegment;

/** Signatures of an off-heap array. */
public final class LongArray extends TornadoNativeArray {
    public LongArray(int size) {
        throw Signatures.only();
    }

    public static LongArray fromSegmentShallow(MemorySegment segment) {
        throw Signatures.only();
    }

    public long get(int index) {
        throw Signatures.only();
    }

    public void set(int index, long value) {
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
