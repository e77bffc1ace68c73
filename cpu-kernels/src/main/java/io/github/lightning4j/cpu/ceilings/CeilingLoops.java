package io.github.lightning4j.cpu.ceilings;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * Loops that do nothing but keep one part of a core busy, with the widest vectors there are. Loaded
 * only where the Vector API is present. Stateless and thread-safe.
 */
final class CeilingLoops {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int W = SPECIES.length();
    private static final long VECTOR_BYTES = SPECIES.vectorByteSize();

    /**
     * Independent sums: two a cycle with a latency of four cycles need eight, and with two operands
     * twelve still fit the 16 registers of AVX2.
     */
    private static final int CHAINS = 12;

    private static final int READ_CHAINS = 4;

    /** Bytes that {@link #sum} reads in an iteration; it can sum multiples of that only. */
    static final int READ_BYTES = READ_CHAINS * W * Float.BYTES;

    private CeilingLoops() {}

    /** Operations of {@link #multiplyAdds}. */
    static long operations(int rounds) {
        return 2L * CHAINS * W * rounds;
    }

    /** Floats of the sums of {@link #multiplyAdds}. */
    static int sums() {
        return CHAINS * W;
    }

    /** Adds x · y to each of the sums, {@code rounds} times. */
    static void multiplyAdds(int rounds, float x, float y, float[] sums) {
        FloatVector a = FloatVector.broadcast(SPECIES, x);
        FloatVector b = FloatVector.broadcast(SPECIES, y);
        FloatVector s0 = FloatVector.fromArray(SPECIES, sums, 0);
        FloatVector s1 = FloatVector.fromArray(SPECIES, sums, W);
        FloatVector s2 = FloatVector.fromArray(SPECIES, sums, 2 * W);
        FloatVector s3 = FloatVector.fromArray(SPECIES, sums, 3 * W);
        FloatVector s4 = FloatVector.fromArray(SPECIES, sums, 4 * W);
        FloatVector s5 = FloatVector.fromArray(SPECIES, sums, 5 * W);
        FloatVector s6 = FloatVector.fromArray(SPECIES, sums, 6 * W);
        FloatVector s7 = FloatVector.fromArray(SPECIES, sums, 7 * W);
        FloatVector s8 = FloatVector.fromArray(SPECIES, sums, 8 * W);
        FloatVector s9 = FloatVector.fromArray(SPECIES, sums, 9 * W);
        FloatVector s10 = FloatVector.fromArray(SPECIES, sums, 10 * W);
        FloatVector s11 = FloatVector.fromArray(SPECIES, sums, 11 * W);
        for (int i = 0; i < rounds; i++) {
            s0 = a.fma(b, s0);
            s1 = a.fma(b, s1);
            s2 = a.fma(b, s2);
            s3 = a.fma(b, s3);
            s4 = a.fma(b, s4);
            s5 = a.fma(b, s5);
            s6 = a.fma(b, s6);
            s7 = a.fma(b, s7);
            s8 = a.fma(b, s8);
            s9 = a.fma(b, s9);
            s10 = a.fma(b, s10);
            s11 = a.fma(b, s11);
        }
        s0.intoArray(sums, 0);
        s1.intoArray(sums, W);
        s2.intoArray(sums, 2 * W);
        s3.intoArray(sums, 3 * W);
        s4.intoArray(sums, 4 * W);
        s5.intoArray(sums, 5 * W);
        s6.intoArray(sums, 6 * W);
        s7.intoArray(sums, 7 * W);
        s8.intoArray(sums, 8 * W);
        s9.intoArray(sums, 9 * W);
        s10.intoArray(sums, 10 * W);
        s11.intoArray(sums, 11 * W);
    }

    /** The sum of the floats in {@code bytes} bytes of a segment, in no particular order. */
    static float sum(MemorySegment floats, long from, int bytes) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = FloatVector.zero(SPECIES);
        FloatVector s2 = FloatVector.zero(SPECIES);
        FloatVector s3 = FloatVector.zero(SPECIES);
        for (int i = 0; i < bytes; i += READ_BYTES) {
            s0 = s0.add(read(floats, from + i));
            s1 = s1.add(read(floats, from + i + VECTOR_BYTES));
            s2 = s2.add(read(floats, from + i + 2 * VECTOR_BYTES));
            s3 = s3.add(read(floats, from + i + 3 * VECTOR_BYTES));
        }
        return s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
    }

    private static FloatVector read(MemorySegment floats, long offset) {
        return FloatVector.fromMemorySegment(SPECIES, floats, offset, ByteOrder.LITTLE_ENDIAN);
    }
}
