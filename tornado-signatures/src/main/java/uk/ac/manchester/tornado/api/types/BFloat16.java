package uk.ac.manchester.tornado.api.types;

import uk.ac.manchester.tornado.api.Signatures;

/** Signatures of conversions from and to bfloat16. */
public final class BFloat16 {
    private BFloat16() {}

    public static float bf16ToFloat(short bits) {
        throw Signatures.only();
    }

    public static short bf16FromFloat(float value) {
        throw Signatures.only();
    }
}
