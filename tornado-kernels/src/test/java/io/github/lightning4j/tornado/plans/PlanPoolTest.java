package io.github.lightning4j.tornado.plans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.tornado.devices.DeviceLimits;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.tasks.BackwardKey;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.TaskChecks;

import org.junit.jupiter.api.Test;

/** What a pool counts and says, without a device. */
class PlanPoolTest {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(2, 16).build();

    private static PlanPool pool(long memory) {
        return pool(KernelFamily.LOOPS, new PlanMemory("tornado:some:0", memory));
    }

    private static PlanPool pool(KernelFamily family, PlanMemory memory) {
        return new PlanPool(family, null, memory, new DeviceLimits(0, 0, 0, 0));
    }

    @Test
    void bothFamiliesOfADeviceShareItsMemory() {
        PlanMemory memory = new PlanMemory("tornado:some:0", 1000);
        PlanPool loops = pool(KernelFamily.LOOPS, memory);
        PlanPool tiled = pool(KernelFamily.TILED, memory);
        assertEquals("made", loops.counted(600, CONFIG, () -> "made"));
        assertEquals(600, tiled.bytes());
        assertEquals(400, tiled.room());
        BackendException full =
                assertThrows(
                        BackendException.class, () -> tiled.counted(600, CONFIG, () -> "made"));
        assertTrue(full.getMessage().contains("tornado:some:0"), full.getMessage());
        loops.release(600);
        assertEquals("made", tiled.counted(600, CONFIG, () -> "made"));
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

    private static PlanKey key(DType type, int sequences, int tokens) {
        return new PlanKey(CONFIG, type, sequences, tokens, 512);
    }

    @Test
    void aPlanServesLengthsNearItsOwn() {
        PlanKey plan = key(DType.F32, 1, 1024);
        assertTrue(plan.serves(plan));
        assertTrue(plan.serves(key(DType.F32, 1, 704)));
        assertFalse(plan.serves(key(DType.F32, 1, 640)));
        assertFalse(plan.serves(key(DType.F32, 1, 1152)));
        assertFalse(plan.serves(key(DType.F32, 2, 1024)));
        assertFalse(plan.serves(key(DType.F16, 1, 1024)));
        assertFalse(plan.serves(new BackwardKey(plan, DType.F32)));
        assertTrue(
                new BackwardKey(plan, DType.F32)
                        .serves(new BackwardKey(key(DType.F32, 1, 900), DType.F32)));
    }

    @Test
    void whatADeviceCannotDoIsKnownBefore() {
        long local = 48 << 10;
        assertEquals("", new DeviceLimits(0, 64, 0, 0).hindrance(KernelFamily.LOOPS));
        assertEquals("", new DeviceLimits(local, 1024, 0, 0).hindrance(KernelFamily.TILED));
        assertEquals("", new DeviceLimits(local, 0, 0, 0).hindrance(KernelFamily.TILED));
        assertTrue(
                new DeviceLimits(local, 256, 0, 0)
                        .hindrance(KernelFamily.TILED)
                        .contains("at most 256 threads"));
        assertTrue(
                new DeviceLimits(16 << 10, 1024, 0, 0)
                        .hindrance(KernelFamily.TILED)
                        .contains("16384 bytes of local memory"));
        assertEquals((1 << 18) - 16, new DeviceLimits(local, 0, 1 << 20, 0).maxElements());
        assertEquals(DeviceLimits.MAX_ELEMENTS, new DeviceLimits(local, 0, 0, 0).maxElements());
        assertEquals(
                DeviceLimits.MAX_ELEMENTS, new DeviceLimits(local, 0, 1L << 40, 0).maxElements());
    }

    /**
     * Four groups of a multiprocessor, whose tiles are 64 rows and up to 128 columns of a state.
     */
    @Test
    void segmentsFillADevice() {
        DeviceLimits limits = new DeviceLimits(48 << 10, 1024, 0, 132);
        AttentionConfig wide = AttentionConfig.builder(16, 128).build();
        assertEquals(528, limits.segmentsAtOnce(KernelFamily.TILED, CONFIG));
        assertEquals(264, limits.segmentsAtOnce(KernelFamily.TILED, wide));
        assertEquals(512, limits.segmentsAtOnce(KernelFamily.LOOPS, wide));
        assertEquals(512, new DeviceLimits(0, 0, 0, 0).segmentsAtOnce(KernelFamily.TILED, CONFIG));
        // 16,384 tokens of 16 heads: one round of 16 segments of 16 chunks each, not of 8 of 32.
        PlanKey plan = new PlanKey(wide, DType.F32, 1, 1 << 14, 264);
        assertEquals(16, plan.segmentChunks(256));
        assertEquals(1, plan.segmentChunks(16));
        assertEquals(2, plan.segmentChunks(17));
        assertEquals(32, plan.segmentChunks(1 << 14));
    }

    @Test
    void composedTasksThatADeviceHasNoRoomForAreRefused() {
        PlanKey pass = key(DType.F32, 2, 1024);
        long needed = pass.bytes(KernelFamily.TILED);
        TaskChecks.fits("a pass", pass, KernelFamily.TILED, needed);
        BackendException refused =
                assertThrows(
                        BackendException.class,
                        () -> TaskChecks.fits("a pass", pass, KernelFamily.TILED, needed - 1));
        assertTrue(
                refused.getMessage()
                        .matches("out of device memory: a pass of .* needs \\d+ MiB .*limit is .*"),
                refused.getMessage());
    }
}
