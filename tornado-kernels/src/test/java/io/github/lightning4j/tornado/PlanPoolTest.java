package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;

import org.junit.jupiter.api.Test;

/** What a pool counts and says, without a device. */
class PlanPoolTest {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(2, 16).build();

    private static PlanPool pool(long memory) {
        return new PlanPool(Family.LOOPS, null, memory, PlanKey.MAX_ELEMENTS);
    }

    @Test
    void whatCannotBeMadeTakesNoMemory() {
        PlanPool pool = pool(1000);
        OutOfMemoryError shortage = new OutOfMemoryError("no pages");
        Error thrown =
                assertThrows(
                        OutOfMemoryError.class,
                        () ->
                                pool.counted(
                                        600,
                                        CONFIG,
                                        () -> {
                                            throw shortage;
                                        }));
        assertSame(shortage, thrown);
        assertEquals(0, pool.bytes());
        String message = String.valueOf(pool.failure(thrown).getMessage());
        assertTrue(
                message.matches("(?s)out of memory .*no pages.* needs .*MiB.*limit is .*"),
                message);
        assertEquals("made", pool.counted(600, CONFIG, () -> "made"));
        assertEquals(600, pool.bytes());
        assertThrows(BackendException.class, () -> pool.counted(600, CONFIG, () -> "made"));
        assertEquals(600, pool.bytes());
    }

    @Test
    void failuresKeepTheirWords() {
        PlanPool pool = pool(1000);
        BackendException already = new BackendException("kernel scan did not happen");
        assertSame(already, pool.failure(already));
        IllegalStateException other = new IllegalStateException("what?");
        assertSame(other, pool.failure(other).getCause());
    }

    @Test
    void aPlanServesLengthsNearItsOwnWithTheSameSegments() {
        PlanKey plan = new PlanKey(CONFIG, DType.F32, 1, 1024);
        assertTrue(plan.serves(plan));
        assertTrue(plan.serves(new PlanKey(CONFIG, DType.F32, 1, 704)));
        assertFalse(plan.serves(new PlanKey(CONFIG, DType.F32, 1, 640)));
        assertFalse(plan.serves(new PlanKey(CONFIG, DType.F32, 1, 1152)));
        assertFalse(plan.serves(new PlanKey(CONFIG, DType.F32, 2, 1024)));
        assertFalse(plan.serves(new PlanKey(CONFIG, DType.F16, 1, 1024)));
        assertFalse(plan.serves(new BackwardKey(plan, DType.F32)));
        assertTrue(
                new BackwardKey(plan, DType.F32)
                        .serves(
                                new BackwardKey(
                                        new PlanKey(CONFIG, DType.F32, 1, 900), DType.F32)));
        PlanKey large = new PlanKey(CONFIG, DType.F32, 1, 1 << 15);
        PlanKey other = new PlanKey(CONFIG, DType.F32, 1, (1 << 15) * 3 / 4);
        assertTrue(large.segmentChunks() != other.segmentChunks());
        assertFalse(large.serves(other));
    }

    @Test
    void whatADeviceCannotDoIsKnownBefore() {
        long local = 48 << 10;
        assertEquals("", new DeviceLimits(0, 64, 0).hindrance(Family.LOOPS));
        assertEquals("", new DeviceLimits(local, 1024, 0).hindrance(Family.TILED));
        assertEquals("", new DeviceLimits(local, 0, 0).hindrance(Family.TILED));
        assertTrue(
                new DeviceLimits(local, 256, 0)
                        .hindrance(Family.TILED)
                        .contains("at most 256 threads"));
        assertTrue(
                new DeviceLimits(16 << 10, 1024, 0)
                        .hindrance(Family.TILED)
                        .contains("16384 bytes of local memory"));
        assertEquals((1 << 18) - 16, new DeviceLimits(local, 0, 1 << 20).maxElements());
        assertEquals(PlanKey.MAX_ELEMENTS, new DeviceLimits(local, 0, 0).maxElements());
        assertEquals(PlanKey.MAX_ELEMENTS, new DeviceLimits(local, 0, 1L << 40).maxElements());
    }
}
