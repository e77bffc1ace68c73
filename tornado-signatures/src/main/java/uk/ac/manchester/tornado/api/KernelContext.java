package uk.ac.manchester.tornado.api;

import uk.ac.manchester.tornado.api.enums.MMAShape;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Signatures of what a kernel knows of its thread. */
public class KernelContext {
    public final Integer globalIdx = 0;
    public final Integer groupIdx = 0;
    public final Integer localIdx = 0;
    public final Integer localGroupSizeX = 0;

    public KernelContext() {
        throw Signatures.only();
    }

    public void localBarrier() {
        throw Signatures.only();
    }

    public float[] allocateFloatLocalArray(int size) {
        throw Signatures.only();
    }

    public int[] allocateIntLocalArray(int size) {
        throw Signatures.only();
    }

    public float[] mmaFragment(float value) {
        throw Signatures.only();
    }

    public HalfFloat[] mmaLoadA(int[] tile, int k, int byteOffset) {
        throw Signatures.only();
    }

    public HalfFloat[] mmaLoadB(int[] tile, int k, int byteOffset) {
        throw Signatures.only();
    }

    public float[] mma(HalfFloat[] a, HalfFloat[] b, float[] c, MMAShape shape) {
        throw Signatures.only();
    }

    public float[] mmaBF16(HalfFloat[] a, HalfFloat[] b, float[] c, MMAShape shape) {
        throw Signatures.only();
    }

    public void mmaStore(float[] c, FloatArray target, int row, int column, int columns) {
        throw Signatures.only();
    }

    public HalfFloat swizzleLoadFp16Stride32(HalfFloat[] array, int row, int column, int stride) {
        throw Signatures.only();
    }

    public void swizzleStoreFp16Stride32(
            HalfFloat[] array, int row, int column, int stride, HalfFloat value) {
        throw Signatures.only();
    }
}
