package io.github.lightning4j.benchmarks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Slot;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;

import java.util.List;
import java.util.Locale;
import java.util.Random;

/** What states of a pool are off by after many tokens, of 32 and of 16 bits, against float64. */
public final class RoundingErrors {
    private static final int DIM = 64;

    /** The last tokens, whose outputs are compared. */
    private static final int LAST = 512;

    private RoundingErrors() {}

    /**
     * Prints a line for each slope.
     *
     * @param args tokens, then slopes; without slopes those of alibi with 16 heads
     */
    public static void main(String[] args) {
        int tokens = Integer.parseInt(args[0]);
        float[] slopes = new Decay.Alibi().slopes(16);
        if (args.length > 1) {
            slopes = new float[args.length - 1];
            for (int i = 0; i < slopes.length; i++) {
                slopes[i] = Float.parseFloat(args[i + 1]);
            }
        }
        for (float slope : slopes) {
            System.out.println(line(tokens, slope));
        }
    }

    private static String line(int tokens, float slope) {
        AttentionConfig config =
                AttentionConfig.builder(1, DIM).decay(new Decay.Slopes(slope)).build();
        Random random = new Random(1);
        Tensor q = normal(random, tokens);
        Tensor k = normal(random, tokens);
        Tensor v = normal(random, tokens);
        ReferenceAttention.HeadResult expected =
                ReferenceAttention.tokenByToken(
                        ReferenceAttention.Head.of(config, AttentionInputs.of(q, k, v), 0, 0));
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "s %8.2g", slope));
        try (LightningAttention attention = LightningAttention.open(config, "cpu")) {
            for (int bits : List.of(32, 16)) {
                Tensor o = Tensor.allocate(DType.F32, 1, 1, tokens, DIM);
                try (StatePool pool =
                        attention.openPool(1, PoolOptions.DEFAULT.withStateBits(bits))) {
                    Slot slot = pool.acquire();
                    pool.append(new Slot[] {slot}, q, k, v, o);
                    AttentionState state = pool.read(slot);
                    line.append(
                            String.format(
                                    Locale.ROOT,
                                    "   %d bits: state %.1e, output %.1e",
                                    bits,
                                    stateError(state, expected),
                                    outputError(o, expected)));
                }
            }
        }
        return line.toString();
    }

    private static double stateError(AttentionState state, ReferenceAttention.HeadResult expected) {
        RelativeError error = new RelativeError();
        for (int d = 0; d < DIM; d++) {
            for (int e = 0; e < DIM; e++) {
                error.add(state.values().get(0, 0, d, e), expected.finalState()[d][e]);
            }
        }
        return error.value();
    }

    private static double outputError(Tensor o, ReferenceAttention.HeadResult expected) {
        RelativeError error = new RelativeError();
        int tokens = expected.output().length;
        for (int t = Math.max(0, tokens - LAST); t < tokens; t++) {
            for (int e = 0; e < DIM; e++) {
                error.add(o.get(0, 0, t, e), expected.output()[t][e]);
            }
        }
        return error.value();
    }

    private static Tensor normal(Random random, int tokens) {
        Tensor x = Tensor.allocate(DType.F32, 1, 1, tokens, DIM);
        for (long i = 0; i < x.size(); i++) {
            x.setDouble(i, random.nextGaussian());
        }
        return x;
    }
}
