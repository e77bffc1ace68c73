package io.github.lightning4j.tornado;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Loops that keep one part of a device busy. */
final class CeilingKernels {
    /** Independent sums of a thread: no multiply-add waits for the one before. */
    static final int CHAINS = 8;

    private CeilingKernels() {}

    /**
     * Multiply-adds in registers, 2 · {@value #CHAINS} · rounds operations a thread.
     *
     * @param x [threads], what each begins with; its sums afterwards
     */
    static void multiplyAdds(FloatArray x, int threads, int rounds) {
        for (@Parallel int i = 0; i < threads; i++) {
            float a = x.get(i);
            float b = 0.5f;
            float s0 = a;
            float s1 = a + 1f;
            float s2 = a + 2f;
            float s3 = a + 3f;
            float s4 = a + 4f;
            float s5 = a + 5f;
            float s6 = a + 6f;
            float s7 = a + 7f;
            for (int r = 0; r < rounds; r++) {
                s0 = s0 * b + a;
                s1 = s1 * b + a;
                s2 = s2 * b + a;
                s3 = s3 * b + a;
                s4 = s4 * b + a;
                s5 = s5 * b + a;
                s6 = s6 * b + a;
                s7 = s7 * b + a;
            }
            x.set(i, s0 + s1 + s2 + s3 + (s4 + s5 + s6 + s7));
        }
    }

    /**
     * Every number read once. On a GPU neighbouring threads read neighbouring numbers, elsewhere
     * each thread reads a stretch of its own.
     *
     * @param numbers [threads · rounds · 4]
     * @param sums [threads]
     * @param begin from where one thread begins to where the next does
     * @param step from one number of a thread to its next
     */
    static void read(
            FloatArray numbers, FloatArray sums, int threads, int rounds, int begin, int step) {
        for (@Parallel int i = 0; i < threads; i++) {
            float s0 = 0f;
            float s1 = 0f;
            float s2 = 0f;
            float s3 = 0f;
            int at = i * begin;
            for (int r = 0; r < rounds; r++) {
                s0 += numbers.get(at);
                s1 += numbers.get(at + step);
                s2 += numbers.get(at + 2 * step);
                s3 += numbers.get(at + 3 * step);
                at += 4 * step;
            }
            sums.set(i, s0 + s1 + (s2 + s3));
        }
    }
}
