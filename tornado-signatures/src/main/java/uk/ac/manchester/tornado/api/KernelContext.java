package uk.ac.manchester.tornado.api;

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
}
