package io.github.lightning4j.cli.checks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** Chunks of synthetic tokens, appended in turn. Not thread-safe. */
public final class TokenRing {
    private static final int CHUNKS = 4;

    private final List<AttentionInputs> chunks = new ArrayList<>();
    private final Tensor output;
    private int next;

    /** Chunks of {@code size} tokens for each of {@code sequences} sequences. */
    public TokenRing(
            Arena arena, AttentionConfig config, DType dtype, int sequences, long size, long seed) {
        SyntheticTensors tensors = new SyntheticTensors(arena, seed);
        for (int i = 0; i < CHUNKS; i++) {
            chunks.add(tensors.inputs(config, dtype, sequences, size));
        }
        Tensor v = chunks.getFirst().v();
        output = Tensor.allocate(arena, v.dtype(), v.shape());
    }

    /** What the next append appends. */
    public AttentionInputs peek() {
        return chunks.get(next);
    }

    /** Where every append writes o. */
    public Tensor output() {
        return output;
    }

    /** Appends the next chunk; returns the nanoseconds it took. */
    public long append(AttentionSession session) {
        AttentionInputs inputs = peek();
        next = (next + 1) % CHUNKS;
        long start = System.nanoTime();
        session.append(inputs.q(), inputs.k(), inputs.v(), output);
        return System.nanoTime() - start;
    }
}
