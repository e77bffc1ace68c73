package io.github.lightning4j;

import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.HeadGradients;
import io.github.lightning4j.spi.AttentionProblem;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.OptionalLong;

/**
 * A backward pass of three heads.
 *
 * @param layout of all tensors
 * @param dtype of q, k and v
 * @param batch B
 * @param tokens N
 * @param packed boundaries where B = 1 holds several sequences
 * @param states whether there are an initial state and a gradient of the final state
 */
record BackwardCase(
        Layout layout,
        DType dtype,
        int batch,
        int tokens,
        @Nullable PackedSequences packed,
        boolean states) {
    /** The results of a backward pass. */
    enum Result {
        DQ("dq"),
        DK("dk"),
        DV("dv"),
        INITIAL_STATE("the gradient of the initial state");

        final String words;

        Result(String words) {
            this.words = words;
        }
    }

    static final int HEADS = 3;
    static final int D = 4;
    static final int E = 5;
    static final BackwardCase PLAIN =
            new BackwardCase(Layout.HEADS_FIRST, DType.F32, 2, 7, null, true);

    AttentionConfig config() {
        return AttentionConfig.builder(HEADS, D, E)
                .layout(layout)
                .decay(new Decay.Slopes(0, 0.1f, 1))
                .featureMap(FeatureMap.SILU)
                .scale(0.5)
                .build();
    }

    int sequences() {
        return packed == null ? batch : packed.count();
    }

    AttentionProblem problem() {
        return new AttentionProblem(config(), dtype, dtype, batch, tokens, packed);
    }

    AttentionInputs inputs() {
        return new AttentionInputs(
                rows(dtype, D, 0),
                rows(dtype, D, 1000),
                rows(dtype, E, 2000),
                packed,
                states
                        ? AttentionState.of(state(3000), config().slopes(), new long[sequences()])
                        : null);
    }

    Tensor outputGradient() {
        return rows(dtype, E, 4000);
    }

    @Nullable Tensor finalStateGradient() {
        return states ? state(5000) : null;
    }

    Tensor rows(DType type, int dim, int first) {
        return wave(Tensor.allocate(type, layout.shape(batch, HEADS, tokens, dim)), first);
    }

    private Tensor state(int first) {
        return wave(Tensor.allocate(DType.F32, sequences(), HEADS, D, E), first);
    }

    private static Tensor wave(Tensor tensor, int first) {
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, Math.sin(first + i));
        }
        return tensor;
    }

    Gradients gradients() {
        return new Gradients(rows(dtype, D, 0), rows(dtype, D, 0), rows(dtype, E, 0), state(0));
    }

    /** The definition, rounded once. */
    Gradients definition() {
        Gradients gradients = gradients();
        for (int r = 0; r < sequences(); r++) {
            for (int h = 0; h < HEADS; h++) {
                HeadGradients expected =
                        ReferenceAttention.backward(
                                config(), inputs(), outputGradient(), finalStateGradient(), r, h);
                write(gradients.dq(), r, h, expected.dq());
                write(gradients.dk(), r, h, expected.dk());
                write(gradients.dv(), r, h, expected.dv());
                for (int i = 0; i < D * E; i++) {
                    gradients
                            .initialState()
                            .setDouble(
                                    (r * HEADS + h) * D * E + i,
                                    expected.initialState()[i / E][i % E]);
                }
            }
        }
        return gradients;
    }

    private void write(Tensor tensor, int r, int h, double[][] rows) {
        for (int t = 0; t < rows.length; t++) {
            for (int d = 0; d < rows[t].length; d++) {
                tensor.setDouble(at(r, h, t, rows[t].length) + d, rows[t][d]);
            }
        }
    }

    long at(int r, int h, int t, int dim) {
        return problem().rowOffset(r, h, dim) + t * problem().rowStride(dim);
    }

    static Tensor of(Gradients gradients, Result result) {
        return switch (result) {
            case DQ -> gradients.dq();
            case DK -> gradients.dk();
            case DV -> gradients.dv();
            case INITIAL_STATE -> gradients.initialState();
        };
    }

    /** Multiplies a result by a factor. */
    static void scale(Gradients gradients, Result result, double factor) {
        Tensor tensor = of(gradients, result);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, factor * tensor.getDouble(i));
        }
    }

    LightningAttention attention(Gradients answer, int heads) {
        return new LightningAttention(
                config(), new AnsweringDevice(answer), List.of(), heads, OptionalLong.empty());
    }
}
