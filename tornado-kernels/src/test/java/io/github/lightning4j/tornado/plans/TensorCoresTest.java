package io.github.lightning4j.tornado.plans;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.tornado.plans.TensorCores.Kernels;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** When tensor cores are used, without a device. */
class TensorCoresTest {
    private static AttentionProblem problem(int heads, DType type) {
        return new AttentionProblem(
                AttentionConfig.builder(heads, 64).build(), type, type, 1, 100, null);
    }

    private static TensorCores good(boolean forced) {
        TensorCores cores = new TensorCores(true, 264);
        cores.use(kernels -> "", forced);
        return cores;
    }

    @Test
    void noneTakeNothing() {
        TensorCores none = new TensorCores(false, 264);
        none.use(kernels -> "", true);
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

    /** A long sequence is cut, which other kernels do, and its pieces have heads too. */
    @Test
    void fewHeadsOfLongSequencesAreTakenInPieces() {
        Set<Kernels> tried = new HashSet<>();
        TensorCores cores = new TensorCores(true, 264);
        cores.use(
                kernels -> {
                    tried.add(kernels);
                    return "";
                },
                false);
        AttentionConfig config = AttentionConfig.builder(4, 64).build();
        assertTrue(
                cores.take(new AttentionProblem(config, DType.BF16, DType.BF16, 1, 4096, null), 1));
        assertEquals(Set.of(new Kernels(DType.BF16, 64, 0, true)), tried);
    }

    /** States alone come from those of pieces, also where a sequence is one piece. */
    @Test
    void statesAloneAreThoseOfPieces() {
        Set<Kernels> tried = new HashSet<>();
        TensorCores cores = new TensorCores(true, 264);
        cores.use(
                kernels -> {
                    tried.add(kernels);
                    return "";
                },
                false);
        assertTrue(cores.takeStates(problem(64, DType.BF16), DType.BF16, 1));
        assertEquals(Set.of(new Kernels(DType.BF16, 64, 0, true)), tried);
        assertFalse(cores.takeStates(problem(64, DType.BF16), DType.F32, 1));
        assertFalse(cores.takeStates(problem(4, DType.BF16), DType.BF16, 1));
        assertFalse(cores.takeStates(problem(64, DType.F32), DType.F32, 1));
    }

    /** Each kernel is tried once, before it is used. */
    @Test
    void aKernelThatFailsItsTrialIsNotUsed() {
        AtomicInteger trials = new AtomicInteger();
        TensorCores cores = new TensorCores(true, 264);
        cores.use(
                kernels -> {
                    trials.incrementAndGet();
                    return kernels.type() == DType.F16 ? "its outputs are wrong" : "";
                },
                true);
        for (int i = 0; i < 2; i++) {
            assertFalse(cores.take(problem(64, DType.F16), 1));
            assertTrue(cores.take(problem(64, DType.BF16), 1));
        }
        assertEquals(2, trials.get());
        assertEquals("its outputs are wrong", cores.failure(Kernels.forward(DType.F16, 64, false)));
    }

    /** Otherwise the trial would try tiles, and pass. */
    @Test
    void theTrialItselfGetsTheKernel() {
        TensorCores cores = new TensorCores(true, 264);
        cores.use(
                kernels -> cores.take(problem(2, kernels.type()), 1) ? "" : "it ran in tiles",
                false);
        assertEquals("", cores.failure(Kernels.forward(DType.BF16, 64, false)));
    }

    /**
     * The backward pass has kernels of its own, for D and E, and needs those of the forward pass.
     */
    @Test
    void theBackwardPassIsTriedToo() {
        Set<Kernels> tried = new HashSet<>();
        TensorCores cores = new TensorCores(true, 264);
        cores.use(
                kernels -> {
                    tried.add(kernels);
                    return kernels.isBackward() ? "its dk are wrong" : "";
                },
                false);
        assertFalse(cores.takeBackward(problem(64, DType.BF16), 1));
        assertTrue(cores.take(problem(64, DType.BF16), 1));
        assertEquals(
                Set.of(
                        new Kernels(DType.BF16, 64, 0, false),
                        new Kernels(DType.BF16, 64, 64, false)),
                tried);
        assertTrue(good(false).takeBackward(problem(64, DType.BF16), 1));
        assertFalse(good(false).takeBackward(problem(64, DType.F16), 1));
        assertFalse(good(false).takeBackward(problem(4, DType.BF16), 1));
    }
}
