package io.github.lightning4j.examples;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

/** Gradient descent on the values: the output comes nearer to a target, step by step. */
public final class TrainingStep {
    private static final int HEADS = 2;
    private static final int DIM = 32;
    private static final int TOKENS = 64;
    private static final double RATE = 1e-4;

    private TrainingStep() {}

    /**
     * Prints the loss of each step.
     *
     * @param args none
     */
    public static void main(String[] args) {
        AttentionConfig config =
                AttentionConfig.builder(HEADS, DIM).decay(new Decay.Alibi()).build();
        RandomTensors random = new RandomTensors(5);
        Tensor q = random.normal(1, HEADS, TOKENS, DIM);
        Tensor k = random.normal(1, HEADS, TOKENS, DIM);
        Tensor v = random.normal(1, HEADS, TOKENS, DIM);
        Tensor target = random.normal(1, HEADS, TOKENS, DIM);
        Tensor difference = random.normal(1, HEADS, TOKENS, DIM);

        try (LightningAttention attention = LightningAttention.open(config)) {
            for (int step = 0; step < 5; step++) {
                Tensor output = attention.forward(q, k, v);
                double loss = 0; // ½ Σ (o − target)², whose gradient is the difference itself
                for (long i = 0; i < output.size(); i++) {
                    double d = output.getDouble(i) - target.getDouble(i);
                    difference.setDouble(i, d);
                    loss += d * d / 2;
                }
                System.out.println("loss " + loss);

                Gradients gradients =
                        attention.backward(AttentionInputs.of(q, k, v), difference, null);
                for (long i = 0; i < v.size(); i++) {
                    v.setDouble(i, v.getDouble(i) - RATE * gradients.dv().getDouble(i));
                }
            }
        }
    }
}
