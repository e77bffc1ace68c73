package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * The tokens of one conversation in one layer, of which each has a number that says what its q, k
 * and v are, and the outputs that came back for them.
 */
final class TokenStream {
    private final AttentionConfig config;
    private final List<Long> tokens = new ArrayList<>();
    private final List<float @Nullable []> outputs = new ArrayList<>();

    /** No token yet. */
    TokenStream(AttentionConfig config) {
        this.config = config;
    }

    /** A copy. */
    TokenStream(TokenStream other) {
        this(other.config);
        tokens.addAll(other.tokens);
        outputs.addAll(other.outputs);
    }

    int size() {
        return tokens.size();
    }

    /** The inputs of some tokens. */
    static AttentionInputs inputs(AttentionConfig config, List<Long> some) {
        Tensor q = tensor(config, some.size(), config.keyDim());
        Tensor k = tensor(config, some.size(), config.keyDim());
        Tensor v = tensor(config, some.size(), config.valueDim());
        for (int t = 0; t < some.size(); t++) {
            Random random = new Random(some.get(t));
            for (Tensor x : List.of(q, k, v)) {
                for (int h = 0; h < config.heads(); h++) {
                    for (int d = 0; d < x.shape(3); d++) {
                        x.setDouble(at(config, x, h, t, d), random.nextGaussian());
                    }
                }
            }
        }
        return AttentionInputs.of(q, k, v);
    }

    private static Tensor tensor(AttentionConfig config, long n, int dim) {
        return Tensor.allocate(DType.F32, config.layout().shape(1, config.heads(), n, dim));
    }

    private static long at(AttentionConfig config, Tensor x, int h, int t, int d) {
        long n = x.shape(config.layout().tokenAxis());
        int dim = (int) x.shape(3);
        return config.layout().rowOffset(0, h, t, config.heads(), n, dim) + d;
    }

    /** So many of these tokens were appended; null: their output was not told. */
    void append(List<Long> some, long count, @Nullable Tensor output) {
        for (int t = 0; t < count; t++) {
            tokens.add(some.get(t));
            outputs.add(output == null ? null : row(output, t));
        }
    }

    private float[] row(Tensor output, int t) {
        float[] row = new float[config.heads() * config.valueDim()];
        for (int h = 0; h < config.heads(); h++) {
            for (int e = 0; e < config.valueDim(); e++) {
                row[h * config.valueDim() + e] =
                        (float) output.getDouble(at(config, output, h, t, e));
            }
        }
        return row;
    }

    /** Takes the last tokens back. */
    void truncate(int left) {
        tokens.subList(left, tokens.size()).clear();
        outputs.subList(left, outputs.size()).clear();
    }

    /** All outputs are those of float64, computed token by token from the first. */
    void check(String what) {
        if (tokens.isEmpty()) {
            return;
        }
        AttentionInputs inputs = inputs(config, tokens);
        RelativeError error = new RelativeError();
        for (int h = 0; h < config.heads(); h++) {
            double[][] expected =
                    ReferenceAttention.tokenByToken(
                                    ReferenceAttention.Head.of(config, inputs, 0, h))
                            .output();
            for (int t = 0; t < expected.length; t++) {
                float @Nullable [] row = outputs.get(t);
                for (int e = 0; row != null && e < config.valueDim(); e++) {
                    error.add(row[h * config.valueDim() + e], expected[t][e]);
                }
            }
        }
        double gate = Gate.F32.output(tokens.size());
        assertTrue(
                Gate.passes(error.value(), gate),
                () ->
                        String.format(
                                Locale.ROOT,
                                "%s, %d tokens: relative error %.3g; the gate is %.3g",
                                what,
                                tokens.size(),
                                error.value(),
                                gate));
    }

    /** The outputs are the same bits as those of another, from some token on. */
    void sameBits(TokenStream other, int from) {
        assertEquals(other.tokens, tokens);
        for (int t = from; t < size(); t++) {
            assertArrayEquals(other.outputs.get(t), outputs.get(t), "token " + t);
        }
    }
}
