package uk.ac.manchester.tornado.api.math;

import uk.ac.manchester.tornado.api.Signatures;

/** Signatures of functions in kernels. */
public final class TornadoMath {
    private TornadoMath() {}

    public static float exp(float x) {
        throw Signatures.only();
    }

    public static float max(float a, float b) {
        throw Signatures.only();
    }

    public static int max(int a, int b) {
        throw Signatures.only();
    }

    public static int min(int a, int b) {
        throw Signatures.only();
    }
}
