package app;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.Decay;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import java.util.Arrays;
import java.util.Locale;

/**
 * Prints which device computes, and an answer that can be written down: with λ = 1/2 and q·k = v =
 * 1 everywhere, o is 1, 1 + 1/2, 1 + 1/2 + 1/4 and so on.
 */
public final class Main {
    private static final int TOKENS = 4;
    private static final int DIM = 64;

    private Main() {}

    /** Computes it at once, and token by token. */
    public static void main(String[] args) {
        AttentionConfig config =
                AttentionConfig.builder(1, DIM)
                        .decay(new Decay.Slopes((float) Math.log(2)))
                        .scale(1)
                        .build();
        try (LightningAttention attention = LightningAttention.open(config);
                AttentionSession session = attention.openSession(1)) {
            System.out.println("device " + attention.device().id());
            attention.notices().forEach(notice -> System.out.println("notice " + notice));
            Tensor output =
                    attention.forward(
                            constant(1f / DIM, TOKENS), constant(1, TOKENS), constant(1, TOKENS));
            System.out.println("forward" + firsts(output));
            StringBuilder decoded = new StringBuilder("session");
            for (int i = 0; i < TOKENS; i++) {
                decoded.append(
                        firsts(
                                session.append(
                                        constant(1f / DIM, 1), constant(1, 1), constant(1, 1))));
            }
            System.out.println(decoded);
        }
    }

    private static Tensor constant(float value, int tokens) {
        float[] values = new float[tokens * DIM];
        Arrays.fill(values, value);
        return Tensor.ofFloats(values, 1, 1, tokens, DIM);
    }

    /** The first number of each token. */
    private static String firsts(Tensor output) {
        StringBuilder line = new StringBuilder();
        for (long i = 0; i < output.size(); i += DIM) {
            line.append(String.format(Locale.ROOT, " %.4f", output.getDouble(i)));
        }
        return line.toString();
    }
}
