package uk.ac.manchester.tornado.api.types.arrays;

import uk.ac.manchester.tornado.api.Signatures;

import java.lang.foreign.MemorySegment;

/** Signatures of an off-heap array. */
public final class FloatArray extends TornadoNativeArray {
    public FloatArray(int size) {
        throw Signatures.only();
    }

    public static FloatArray fromSegmentShallow(MemorySegment segment) {
        throw Signatures.only();
    }

    public static FloatArray fromArray(float[] values) {
        throw Signatures.only();
    }

    public float[] toHeapArray() {
        throw Signatures.only();
    }

    public void init(float value) {
        throw Signatures.only();
    }

    public float get(int index) {
        throw Signatures.only();
    }

    public void set(int index, float value) {
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
