package io.github.lightning4j.cpu.passes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cpu.arithmetic.KernelLookup;
import io.github.lightning4j.spi.AttentionProblem;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.SplittableRandom;

/** Where there are fewer heads than threads, a thread takes some of the columns of a head. */
class ColumnsTest {
    private static final int HEADS = 3;
    private static final int D = 20;

    /** Two parts of whole tiles of the widest vectors. */
    private static final int E = 128;

    private static final int N = 773;
    private static final int THREADS = 2 * HEADS;

    private static AttentionConfig config(Layout layout) {
        return AttentionConfig.builder(HEADS, D, E).layout(layout).build();
    }

    private static int parts(int valueDim, int threads) {
        AttentionConfig config = AttentionConfig.builder(HEADS, D, valueDim).build();
        Blocking blocking = Blocking.of(D, valueDim, KernelLookup.instance().best());
        return new Streams(new AttentionProblem(config, DType.F32, DType.F32, 1, N, null), blocking)
                .columnParts(threads);
    }

    @Test
    void columnsAreCutWhereWholeHeadsLeaveThreadsIdle() {
        assertEquals(2, parts(E, THREADS));
        assertEquals(1, parts(E, HEADS));
        assertEquals(1, parts(E + 4, THREADS)); // no whole tiles
    }

    /** From a state, in sequences of different lengths, and in a session too. */
    @ParameterizedTest
    @CsvSource({
        "vector, HEADS_FIRST, F32",
        "vector, TOKENS_FIRST, BF16",
        "scalar, TOKENS_FIRST, F32",
        "scalar, HEADS_FIRST, F16"
    })
    void resultsAreThoseOfOneThreadInBits(String kernels, Layout layout, DType type) {
        SplittableRandom random = new SplittableRandom(5);
        Tensor q = random(random, type, layout.shape(1, HEADS, N, D));
        Tensor k = random(random, type, layout.shape(1, HEADS, N, D));
        Tensor v = random(random, type, layout.shape(1, HEADS, N, E));
        AttentionInputs inputs =
                AttentionInputs.of(q, k, v).withSequences(PackedSequences.ofCumulative(0, 17, N));
        AttentionResult one = forward(kernels, layout, 1, inputs);
        AttentionResult many = forward(kernels, layout, THREADS, inputs);
        assertSame(one.output(), many.output());
        assertSame(one.finalState().values(), many.finalState().values());

        AttentionInputs again =
                AttentionInputs.of(q, k, v)
                        .withSequences(PackedSequences.ofCumulative(0, 17, N))
                        .withInitialState(one.finalState());
        assertSame(
                forward(kernels, layout, 1, again).output(),
                forward(kernels, layout, THREADS, again).output());

        Tensor first = Tensor.allocate(type, v.shape());
        assertSame(
                session(kernels, layout, 1, q, k, v, first),
                session(kernels, layout, THREADS, q, k, v, Tensor.allocate(type, v.shape())));
    }

    private static LightningAttention open(String kernels, Layout layout, int threads) {
        return LightningAttention.builder(config(layout))
                .device("cpu:" + kernels)
                .threads(threads)
                .open();
    }

    private static AttentionResult forward(
            String kernels, Layout layout, int threads, AttentionInputs inputs) {
        try (LightningAttention attention = open(kernels, layout, threads)) {
            return attention.forward(inputs);
        }
    }

    /** Appends everything twice. */
    private static Tensor session(
            String kernels, Layout layout, int threads, Tensor q, Tensor k, Tensor v, Tensor o) {
        try (LightningAttention attention = open(kernels, layout, threads);
                AttentionSession session = attention.openSession(1)) {
            session.append(q, k, v, o);
            session.append(q, k, v, o);
            return o;
        }
    }

    private static Tensor random(SplittableRandom random, DType type, long... shape) {
        Tensor tensor = Tensor.allocate(type, shape);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, random.nextGaussian());
        }
        return tensor;
    }

    private static void assertSame(Tensor expected, Tensor actual) {
        assertEquals(-1, expected.segment().mismatch(actual.segment()));
    }
}
