package io.github.lightning4j.examples;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;

/** Sequences of different lengths in one call, without padding: one after the other. */
public final class PackedBatch {
    private static final int HEADS = 4;
    private static final int DIM = 32;

    private PackedBatch() {}

    /**
     * Prints how the second sequence differs from the same one computed by itself.
     *
     * @param args none
     */
    public static void main(String[] args) {
        AttentionConfig config =
                AttentionConfig.builder(HEADS, DIM)
                        .decay(new Decay.Alibi())
                        .layout(Layout.TOKENS_FIRST)
                        .build();
        PackedSequences sequences = PackedSequences.ofLengths(300, 7, 120);
        long tokens = sequences.totalTokens();
        RandomTensors random = new RandomTensors(3);
        Tensor q = random.normal(1, tokens, HEADS, DIM); // [1, N, H, D]
        Tensor k = random.normal(1, tokens, HEADS, DIM);
        Tensor v = random.normal(1, tokens, HEADS, DIM);

        try (LightningAttention attention = LightningAttention.open(config)) {
            AttentionResult packed =
                    attention.forward(AttentionInputs.of(q, k, v).withSequences(sequences));
            System.out.println("states " + packed.finalState().values());

            Tensor alone =
                    attention.forward(
                            piece(q, sequences, 1), piece(k, sequences, 1), piece(v, sequences, 1));
            Tensor inPack = piece(packed.output(), sequences, 1);
            double largest = 0;
            for (long i = 0; i < alone.size(); i++) {
                largest = Math.max(largest, Math.abs(alone.getDouble(i) - inPack.getDouble(i)));
            }
            System.out.println("packed and alone differ by " + largest);
        }
    }

    /** The tokens of one sequence; with tokens first they are one piece of memory. */
    private static Tensor piece(Tensor packed, PackedSequences sequences, int r) {
        long bytes = packed.segment().byteSize() / sequences.totalTokens();
        return Tensor.of(
                packed.dtype(),
                packed.segment().asSlice(sequences.start(r) * bytes, sequences.length(r) * bytes),
                1,
                sequences.length(r),
                HEADS,
                DIM);
    }
}
