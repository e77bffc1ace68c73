package io.github.lightning4j.cli.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.checks.SyntheticTensors;
import io.github.lightning4j.results.Pass;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;

class WorkTest {
    private static Problem problem(Arena arena, int h, int d, int e, DType dtype, long... lengths) {
        AttentionConfig config = AttentionConfig.builder(h, d, e).build();
        PackedSequences packed = PackedSequences.ofLengths(lengths);
        AttentionInputs inputs =
                new SyntheticTensors(arena, 1)
                        .inputs(config, dtype, 1, packed.totalTokens())
                        .withSequences(packed);
        return new Problem(config, inputs);
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "1, 1", "16, 15", "16, 16", "16, 50", "48, 200"})
    void operationsAreThoseOfEveryPairInABlockAndOfEveryTokenAcrossThem(int rows, int n) {
        int d = 5;
        int e = 7;
        double forward = 0;
        double backward = 0;
        for (int i = 0; i < n; i++) {
            forward += 4 * d * e;
            backward += 8 * d * e;
            int first = i - i % rows;
            for (int j = first; j < Math.min(n, first + rows); j++) {
                // Half of the pairs, the diagonal's half included, two operations an element.
                forward += d + e;
                backward += 3 * d + 2 * e;
            }
        }
        try (Arena arena = Arena.ofShared()) {
            Problem problem = problem(arena, 3, d, e, DType.F32, n);
            assertEquals(3 * forward, Work.of(Pass.FORWARD, problem, rows).operations());
            assertEquals(
                    3 * (forward + backward),
                    Work.of(Pass.FORWARD_BACKWARD, problem, rows).operations());
        }
    }

    @Test
    void packedSequencesCountEachForItself() {
        try (Arena arena = Arena.ofShared()) {
            Problem packed = problem(arena, 2, 4, 4, DType.F32, 20, 0, 30);
            Work work = Work.of(Pass.FORWARD, packed, 16);
            double sum =
                    Work.of(Pass.FORWARD, problem(arena, 2, 4, 4, DType.F32, 20), 16).operations()
                            + Work.of(Pass.FORWARD, problem(arena, 2, 4, 4, DType.F32, 30), 16)
                                    .operations();
            assertEquals(sum, work.operations());
            assertEquals(50, work.tokens());
        }
    }

    @Test
    void bytesAreEachTensorOnceAndForDecodingTheStates() {
        try (Arena arena = Arena.ofShared()) {
            Problem problem = problem(arena, 2, 8, 16, DType.BF16, 100, 200);
            double tensors = 2 * 300 * 2 * (8 + 8 + 16 + 16);
            assertEquals(tensors, Work.of(Pass.FORWARD, problem, 48).bytes());
            double gradients = 2 * 300 * 2 * (8 + 8 + 16 + 16 + 8 + 8 + 16);
            assertEquals(tensors + gradients, Work.of(Pass.FORWARD_BACKWARD, problem, 48).bytes());
            Work decode = Work.of(Pass.DECODE, problem, 48);
            assertEquals(2 * 2 * (4 * 8 * 16 + 2 * (8 + 8 + 16 + 16)), decode.bytes());
            assertEquals(2 * 2 * 4 * 8 * 16, decode.operations());
            assertEquals(2, decode.tokens());
        }
    }
}
