package io.github.lightning4j.tornado.kernels;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Loops that keep one part of a device busy. On a GPU they run in groups of {@value #THREADS}
 * threads, because the groups that TornadoVM chooses can be too large for the registers.
 */
public final class CeilingKernels {
    /** Threads of a group. */
    public static final int THREADS = 256;

    /** Independent sums of a thread: no multiply-add waits for the one before. */
    public static final int CHAINS = 8;

    /** Numbers that are on their way from memory to a thread at a time. */
    public static final int AT_ONCE = 16;

    private CeilingKernels() {}

    private static float chains(float a, int rounds) {
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
        return s0 + s1 + s2 + s3 + (s4 + s5 + s6 + s7);
    }

    private static float sum(FloatArray numbers, int from, int step, int rounds) {
        float[] sums = new float[AT_ONCE];
        for (int i = 0; i < AT_ONCE; i++) {
            sums[i] = 0f;
        }
        int at = from;
        for (int r = 0; r < rounds; r++) {
            for (int i = 0; i < AT_ONCE; i++) {
                sums[i] += numbers.get(at + i * step);
            }
            at += AT_ONCE * step;
        }
        float sum = 0f;
        for (int i = 0; i < AT_ONCE; i++) {
            sum += sums[i];
        }
        return sum;
    }

    /**
     * Multiply-adds in registers, 2 · {@value #CHAINS} · rounds operations a thread.
     *
     * @param x [threads], the number with which each begins; afterwards its sums
     */
    public static void multiplyAdds(FloatArray x, int threads, int rounds) {
        for (@Parallel int i = 0; i < threads; i++) {
            x.set(i, chains(x.get(i), rounds));
        }
    }

    /** The same in groups. */
    public static void multiplyAddsInGroups(KernelContext context, FloatArray x, int rounds) {
        int i = context.globalIdx;
        x.set(i, chains(x.get(i), rounds));
    }

    /**
     * Reads every number once; each thread has a stretch of its own.
     *
     * @param numbers [threads, rounds, {@value #AT_ONCE}]
     * @param sums [threads]
     */
    public static void read(FloatArray numbers, FloatArray sums, int threads, int rounds) {
        for (@Parallel int i = 0; i < threads; i++) {
            sums.set(i, sum(numbers, i * rounds * AT_ONCE, 1, rounds));
        }
    }

    /** The same in groups: neighbouring threads read neighbouring numbers. */
    public static void readInGroups(
            KernelContext context, FloatArray numbers, FloatArray sums, int threads, int rounds) {
        int i = context.globalIdx;
        sums.set(i, sum(numbers, i, threads, rounds));
    }
}
