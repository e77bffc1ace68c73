package io.github.lightning4j.examples;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.Decay;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

/** One forward pass over a whole prompt, and the state that it leaves. */
public final class Prompt {
    private static final int HEADS = 8;
    private static final int DIM = 64;
    private static final int TOKENS = 1000;

    private Prompt() {}

    /**
     * Prints the shapes of output and state.
     *
     * @param args none
     */
    public static void main(String[] args) {
        AttentionConfig config =
                AttentionConfig.builder(HEADS, DIM).decay(new Decay.Alibi()).build();
        RandomTensors random = new RandomTensors(1);
        Tensor q = random.normal(1, HEADS, TOKENS, DIM); // [B, H, N, D]
        Tensor k = random.normal(1, HEADS, TOKENS, DIM);
        Tensor v = random.normal(1, HEADS, TOKENS, DIM);

        try (LightningAttention attention = LightningAttention.open(config)) {
            attention.notices().forEach(System.err::println);
            AttentionResult result = attention.forward(AttentionInputs.of(q, k, v));
            System.out.println("output " + result.output() + " on " + attention.device().id());
            System.out.println("state " + result.finalState().values());
        }
    }
}
