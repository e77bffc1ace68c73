package io.github.lightning4j.examples;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.Decay;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

/**
 * A session: prefill with a prompt, then decode token by token.
 *
 * <p>{@code append} with an output allocates no tensor: the same four serve every step, so that a
 * step leaves almost nothing to the garbage collector.
 */
public final class Decoding {
    private static final int HEADS = 8;
    private static final int DIM = 64;
    private static final int PROMPT = 500;
    private static final int STEPS = 100;

    private Decoding() {}

    /**
     * Prints how many tokens the session has seen.
     *
     * @param args none
     */
    public static void main(String[] args) {
        AttentionConfig config =
                AttentionConfig.builder(HEADS, DIM).decay(new Decay.Alibi()).build();
        RandomTensors random = new RandomTensors(2);
        Tensor prompt = random.normal(1, HEADS, PROMPT, DIM);
        Tensor q = random.normal(1, HEADS, 1, DIM);
        Tensor k = random.normal(1, HEADS, 1, DIM);
        Tensor v = random.normal(1, HEADS, 1, DIM);
        Tensor output = random.normal(1, HEADS, 1, DIM);

        try (LightningAttention attention = LightningAttention.open(config);
                AttentionSession session = attention.openSession(1)) {
            Tensor last = session.append(prompt, prompt, prompt);
            System.out.println("prefilled " + last);
            for (int step = 0; step < STEPS; step++) {
                session.append(q, k, v, output);
                // A model computes the next token from the output, and from that its q, k and v.
                random.refill(q);
                random.refill(k);
                random.refill(v);
            }
            System.out.println("decoded " + output + ", " + session.tokens(0) + " tokens in all");
        }
    }
}
