package io.github.lightning4j.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInterruptedException;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.InsufficientMemoryException;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendOptions;
import io.github.lightning4j.spi.BackendPool;
import io.github.lightning4j.spi.TensorMemory;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.stream.IntStream;

/** Pools of the CPU: their memory, what was in slots before, and calls that are interrupted. */
class PoolTest {
    private static final int SLOTS = 40;
    private static final int HEADS = 2;
    private static final int DIM = 16;
    private static final AttentionConfig CONFIG = AttentionConfig.builder(HEADS, DIM).build();

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @ParameterizedTest
    @CsvSource({
        "cpu, LIGHTNING_2, 64, 64, 0, 32",
        "cpu, LIGHTNING_1, 33, 100, 32, 16",
        "cpu:scalar, LIGHTNING_2, 40, 24, 100, 32",
        "cpu, LIGHTNING_2, 64, 64, 0, 16"
    })
    void memoryIsThatOfStatesAndIsNotOnTheHeap(
            String device, Algorithm algorithm, int d, int e, int rollback, int bits) {
        AttentionConfig config = AttentionConfig.builder(4, d, e).algorithm(algorithm).build();
        PoolOptions options = PoolOptions.DEFAULT.withRollback(rollback).withStateBits(bits);
        try (LightningAttention attention = LightningAttention.open(config, device)) {
            attention.openPool(1, options).close(); // classes are loaded
            long said = attention.poolMemory(SLOTS, options);
            long before = threads.getCurrentThreadAllocatedBytes();
            StatePool pool = attention.openPool(SLOTS, options);
            long onHeap = threads.getCurrentThreadAllocatedBytes() - before;
            assertEquals(said, pool.memory());
            assertEquals(said, SLOTS * pool.bytesPerSlot());
            assertTrue(onHeap < 0.1 * said, onHeap + " on the heap, of " + said);
            int rows = bits == 32 ? 32 : 16;
            int blocks = 1 + Math.ceilDiv(rollback, rows);
            long block = d * e * bits / 8 + rows * (d + e) * Float.BYTES;
            double ratio = (double) said / (SLOTS * 4 * blocks * block);
            assertTrue(ratio >= 1 && ratio < 1.5, said + " for states, " + ratio);
        }
    }

    @Test
    void aPoolBeyondTheMachineIsRefusedWithWhatItNeeds() {
        AttentionConfig config = AttentionConfig.builder(64, 128).build();
        try (LightningAttention attention = LightningAttention.open(config, "cpu")) {
            int slots = 1_000_000;
            String message =
                    assertThrows(InsufficientMemoryException.class, () -> attention.openPool(slots))
                            .getMessage();
            assertTrue(
                    message.startsWith("there is no memory for a pool of 1000000 slots, "),
                    message);
            assertTrue(message.contains("; the machine or its container has "), message);
            assertTrue(message.endsWith("is what limits it, not -Xmx"), message);
            assertEquals(0, attention.memory().bytes());
        }
    }

    @Test
    void algorithmsWithoutPoolsAreNamed() {
        AttentionConfig config =
                AttentionConfig.builder(2, 8).algorithm(Algorithm.RIGHT_PRODUCT).build();
        try (LightningAttention attention = LightningAttention.open(config, "cpu:scalar")) {
            assertEquals(
                    "device cpu:scalar has pools of LIGHTNING_2 and LIGHTNING_1; it has none of"
                            + " RIGHT_PRODUCT",
                    assertThrows(BackendException.class, () -> attention.openPool(1)).getMessage());
        }
    }

    private static BackendPool open(int threads) {
        Backend backend = new CpuBackendProvider().open("cpu", new BackendOptions(threads, 0));
        return backend.openPool(CONFIG, 3, PoolOptions.DEFAULT);
    }

    private static AttentionProblem problem(long... lengths) {
        PackedSequences packed = PackedSequences.ofLengths(lengths);
        return new AttentionProblem(CONFIG, DType.F32, DType.F32, 1, packed.totalTokens(), packed);
    }

    private static float[] state(BackendPool pool, int slot) {
        Tensor state = Tensor.allocate(DType.F32, HEADS, DIM, DIM);
        pool.read(slot, state.segment());
        return state.segment().toArray(ValueLayout.JAVA_FLOAT);
    }

    private static TensorMemory x(long tokens) {
        Tensor x = Tensor.allocate(DType.F32, 1, HEADS, tokens, DIM);
        for (long i = 0; i < x.size(); i++) {
            x.setDouble(i, Math.sin(i));
        }
        return x.memory();
    }

    /** Otherwise the laws of recycled slots would hold by luck where a slot was zeros before. */
    @Test
    void aSlotThatWasReleasedIsPoisoned() {
        try (BackendPool pool = open(1)) {
            pool.release(0);
            assertTrue(Float.isNaN(state(pool, 0)[0]));
            pool.clear(0);
            assertEquals(0, state(pool, 0)[0]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void anInterruptedAppendEndsAtABlockAndLeavesRowsWithoutTokens(int threads) {
        try (BackendPool pool = open(threads)) {
            IntStream.range(0, 3).forEach(pool::clear);
            int[] all = {0, 1, 2};
            pool.append(problem(2, 2, 2), all, x(6), x(6), x(6), x(6));
            float[] before = state(pool, 1);
            Thread.currentThread().interrupt();
            try {
                TensorMemory x = x(401);
                AttentionInterruptedException e =
                        assertThrows(
                                AttentionInterruptedException.class,
                                () -> pool.append(problem(200, 0, 201), all, x, x, x, x(401)));
                assertFalse(e.isUnharmed());
                assertArrayEquals(before, state(pool, 1));
                assertEquals(2, pool.tokens(1));
                pool.append(problem(0, 1, 0), all, x(1), x(1), x(1), x(1)); // is taken whole
                assertEquals(3, pool.tokens(1));
            } finally {
                assertTrue(Thread.interrupted());
            }
        }
    }
}
