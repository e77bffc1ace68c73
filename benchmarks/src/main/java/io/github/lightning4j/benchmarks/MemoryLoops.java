package io.github.lightning4j.benchmarks;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Loops over off-heap floats whose results are known: element i is i mod {@value #PERIOD}. Segments
 * are whole pieces of {@value #PIECE} bytes. Stateless and thread-safe.
 */
final class MemoryLoops {
    /** Bytes of a piece. */
    static final int PIECE = 1 << 16;

    private static final int PERIOD = 8;
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final long STEP = SPECIES.vectorByteSize();

    private MemoryLoops() {}

    /** Writes i mod {@value #PERIOD}. */
    static void fill(MemorySegment floats) {
        for (long i = 0; i < floats.byteSize() / Float.BYTES; i++) {
            floats.setAtIndex(FLOAT, i, (float) (i % PERIOD));
        }
    }

    /** The sum of what {@link #fill} writes. */
    static double filledSum(MemorySegment floats) {
        long periods = floats.byteSize() / (Float.BYTES * PERIOD);
        return (double) periods * PERIOD * (PERIOD - 1) / 2;
    }

    /** Element i. */
    static float get(MemorySegment floats, long i) {
        return floats.getAtIndex(FLOAT, i);
    }

    /** The sum of all floats: float by piece, which is exact for what {@link #fill} writes. */
    static double sum(MemorySegment floats) {
        double sum = 0;
        for (long at = 0; at < floats.byteSize(); at += PIECE) {
            sum += pieceSum(floats, at);
        }
        return sum;
    }

    private static float pieceSum(MemorySegment floats, long at) {
        FloatVector s0 = FloatVector.zero(SPECIES);
        FloatVector s1 = FloatVector.zero(SPECIES);
        FloatVector s2 = FloatVector.zero(SPECIES);
        FloatVector s3 = FloatVector.zero(SPECIES);
        for (int i = 0; i < PIECE; i += (int) (4 * STEP)) {
            s0 = s0.add(load(floats, at + i));
            s1 = s1.add(load(floats, at + i + STEP));
            s2 = s2.add(load(floats, at + i + 2 * STEP));
            s3 = s3.add(load(floats, at + i + 3 * STEP));
        }
        return s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
    }

    /** a = b + factor · c. */
    static void triad(MemorySegment a, MemorySegment b, MemorySegment c, float factor) {
        FloatVector weight = FloatVector.broadcast(SPECIES, factor);
        for (long at = 0; at < a.byteSize(); at += PIECE) {
            for (int i = 0; i < PIECE; i += (int) STEP) {
                weight.fma(load(c, at + i), load(b, at + i))
                        .intoMemorySegment(a, at + i, ByteOrder.LITTLE_ENDIAN);
            }
        }
    }

    private static FloatVector load(MemorySegment floats, long at) {
        return FloatVector.fromMemorySegment(SPECIES, floats, at, ByteOrder.LITTLE_ENDIAN);
    }
}
