package uk.ac.manchester.tornado.api.types.arrays;

import uk.ac.manchester.tornado.api.Signatures;

import java.lang.foreign.MemorySegment;

/** Signatures of an off-heap array. */
public final class IntArray extends TornadoNativeArray {
    public IntArray(int size) {
        throw Signatures.only();
    }

    public static IntArray fromSegmentShallow(MemorySegment segment) {
        throw Signatures.only();
    }

    public int get(int index) {
        throw Signatures.only();
    }

    public void set(int index, int value) {
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
