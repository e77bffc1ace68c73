package io.github.lightning4j.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cpu.arithmetic.KernelLookup;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.List;
import java.util.SplittableRandom;

/** Decode of a few tokens at a time. */
class DecodeTest {
    private static final int HEADS = 3;

    /** More than can be pending, twice. */
    private static final int TOKENS = 70;

    private static final int[][] DIMENSIONS = {{64, 64}, {128, 40}, {20, 130}, {1, 3}};

    private final SplittableRandom random = new SplittableRandom(4);

    static List<String> kernels() {
        return KernelLookup.instance().names();
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void aFewTokensGiveWhatSingleOnesGive(String kernels) {
        for (int[] dimensions : DIMENSIONS) {
            int d = dimensions[0];
            int e = dimensions[1];
            agrees(kernels, d, e, DType.F32, Layout.HEADS_FIRST, 2, 3, 5, 8);
            agrees(kernels, d, e, DType.BF16, Layout.TOKENS_FIRST, 2, 3, 5, 8);
        }
        agrees(kernels, 128, 72, DType.F32, Layout.TOKENS_FIRST, 13, 16);
    }

    private void agrees(String kernels, int d, int e, DType dtype, Layout layout, int... groups) {
        AttentionConfig config =
                AttentionConfig.builder(HEADS, d, e)
                        .layout(layout)
                        .featureMap(FeatureMap.SILU)
                        .build();
        try (LightningAttention attention = LightningAttention.open(config, "cpu:" + kernels)) {
            for (int n : groups) {
                try (AttentionSession few = attention.openSession(2);
                        AttentionSession single = attention.openSession(2)) {
                    for (int t = 0; t < TOKENS; t += n) {
                        Tensor q = normal(dtype, layout, n, d);
                        Tensor k = normal(dtype, layout, n, d);
                        Tensor v = normal(dtype, layout, n, e);
                        Tensor o = few.append(q, k, v);
                        int axis = layout == Layout.HEADS_FIRST ? 2 : 1;
                        for (int i = 0; i < n; i++) {
                            Tensor expected =
                                    single.append(
                                            token(q, axis, i),
                                            token(k, axis, i),
                                            token(v, axis, i));
                            assertSame(expected, token(o, axis, i));
                        }
                    }
                    assertSame(single.state().values(), few.state().values());
                }
            }
        }
    }

    private Tensor normal(DType dtype, Layout layout, int n, int dim) {
        Tensor x = Tensor.allocate(dtype, layout.shape(2, HEADS, n, dim));
        for (long i = 0; i < x.size(); i++) {
            x.setDouble(i, random.nextGaussian());
        }
        return x;
    }

    /** A copy of a token of all sequences. */
    private static Tensor token(Tensor x, int axis, int i) {
        long[] shape = x.shape();
        shape[axis] = 1;
        Tensor token = Tensor.allocate(x.dtype(), shape);
        long inner = 1;
        for (int a = axis + 1; a < shape.length; a++) {
            inner *= shape[a];
        }
        for (long j = 0; j < token.size(); j++) {
            long from = (j / inner * x.shape(axis) + i) * inner + j % inner;
            token.setDouble(j, x.getDouble(from));
        }
        return token;
    }

    private static void assertSame(Tensor expected, Tensor actual) {
        assertEquals(-1, expected.segment().mismatch(actual.segment()));
    }
}
