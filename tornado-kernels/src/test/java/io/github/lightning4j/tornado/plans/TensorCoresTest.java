package io.github.lightning4j.tornado.plans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;

import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicInteger;

/** When tensor cores are used, without a device. */
class TensorCoresTest {
    private static AttentionProblem problem(int heads, DType type) {
        return new AttentionProblem(
                AttentionConfig.builder(heads, 64).build(), type, type, 1, 100, null);
    }

    private static TensorCores good(boolean forced) {
        TensorCores cores = new TensorCores(true);
        cores.use((type, depth) -> "", forced);
        return cores;
    }

    @Test
    void noneTakeNothing() {
        TensorCores none = new TensorCores(false);
        none.use((type, depth) -> "", true);
        assertFalse(none.take(problem(64, DType.BF16), 1));
    }

    @Test
    void bf16IsTakenF16OnlyByNameAndOthersAreNot() {
        assertTrue(good(false).take(problem(64, DType.BF16), 1));
        assertFalse(good(false).take(problem(64, DType.F16), 1));
        assertTrue(good(true).take(problem(64, DType.F16), 1));
        assertFalse(good(true).take(problem(64, DType.F32), 1));
    }

    @Test
    void fewHeadsAreTakenOnlyByName() {
        assertFalse(good(false).take(problem(4, DType.BF16), 1));
        assertTrue(good(false).take(problem(4, DType.BF16), 4));
        assertTrue(good(true).take(problem(4, DType.BF16), 1));
    }

    /** Each kernel is tried once, before it is used. */
    @Test
    void aKernelThatFailsItsTrialIsNotUsed() {
        AtomicInteger trials = new AtomicInteger();
        TensorCores cores = new TensorCores(true);
        cores.use(
                (type, depth) -> {
                    trials.incrementAndGet();
                    return type == DType.F16 ? "its outputs are wrong" : "";
                },
                true);
        for (int i = 0; i < 2; i++) {
            assertFalse(cores.take(problem(64, DType.F16), 1));
            assertTrue(cores.take(problem(64, DType.BF16), 1));
        }
        assertEquals(2, trials.get());
        assertEquals("its outputs are wrong", cores.failure(DType.F16, 64));
    }

    /** Otherwise the trial would try tiles, and pass. */
    @Test
    void theTrialItselfGetsTheKernel() {
        TensorCores cores = new TensorCores(true);
        cores.use((type, depth) -> cores.take(problem(2, type), 1) ? "" : "it ran in tiles", false);
        assertEquals("", cores.failure(DType.BF16, 64));
    }
}
