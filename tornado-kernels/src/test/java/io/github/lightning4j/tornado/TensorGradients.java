package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/** Compares gradients in 16 bits with the definition, each tensor of each head by itself. */
final class TensorGradients {
    private TensorGradients() {}

    static void check(
            AttentionConfig config,
            AttentionInputs in,
            Tensor dO,
            @Nullable Tensor dFinal,
            int sequences,
            Gradients found) {
        DType type = in.q().dtype();
        int d = config.keyDim();
        int e = config.valueDim();
        for (int r = 0; r < sequences; r++) {
            for (int h = 0; h < config.heads(); h++) {
                ReferenceAttention.HeadGradients expected =
                        ReferenceAttention.backward(config, in, dO, dFinal, r, h);
                String where =
                        config + " " + type + " sequence " + r + " slope " + config.slopes()[h];
                holds(
                        where + ": dq",
                        ReferenceAttention.rows(config, in, found.dq(), r, h, d),
                        expected.dq(),
                        type);
                holds(
                        where + ": dk",
                        ReferenceAttention.rows(config, in, found.dk(), r, h, d),
                        expected.dk(),
                        type);
                holds(
                        where + ": dv",
                        ReferenceAttention.rows(config, in, found.dv(), r, h, e),
                        expected.dv(),
                        type);
                holds(
                        where + ": initial state",
                        ReferenceAttention.matrix(config, found.initialState(), r, h),
                        expected.initialState(),
                        type);
            }
        }
    }

    private static void holds(String what, double[][] found, double[][] expected, DType type) {
        if (norm(expected) == 0) {
            assertEquals(0, norm(found), what);
            return;
        }
        RelativeError error = new RelativeError();
        error.add(found, expected);
        assertTrue(
                Gate.passes(error.value(), Gate.of(type).gradients()), what + " " + error.value());
    }

    /** 0 too where there are no rows. */
    private static double norm(double[][] rows) {
        return Math.sqrt(Arrays.stream(rows).flatMapToDouble(Arrays::stream).map(x -> x * x).sum());
    }
}
