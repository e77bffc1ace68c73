package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.Head;
import io.github.lightning4j.reference.ReferenceAttention.HeadResult;
import io.github.lightning4j.reference.RelativeError;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import java.io.IOException;
import java.util.List;

/** What laws compare with agrees with answers from elsewhere. */
class ReferenceTest {
    static final List<String> GOLDEN = GoldenFile.NAMES;

    @ParameterizedTest
    @FieldSource("GOLDEN")
    void bothFormsMatchTheGoldenAnswers(String name) throws IOException {
        try (GoldenFile golden = GoldenFile.open(name)) {
            AttentionConfig config = golden.config();
            AttentionInputs inputs = golden.inputs();
            PackedSequences packed = inputs.sequences();
            int sequences = packed == null ? (int) inputs.q().shape(0) : packed.count();
            for (int i = 0; i < sequences * config.heads(); i++) {
                int r = i / config.heads();
                int h = i % config.heads();
                Head head = Head.of(config, inputs, r, h);
                double[][] expected =
                        ReferenceAttention.rows(
                                config, inputs, golden.expectedOutput(), r, h, config.valueDim());
                for (HeadResult result :
                        List.of(
                                ReferenceAttention.tokenByToken(head),
                                ReferenceAttention.quadratic(head))) {
                    String what = "sequence %d, head %d".formatted(r, h);
                    RelativeError output = new RelativeError();
                    output.add(result.output(), expected);
                    assertTrue(output.value() <= 1e-12, what);
                    assertTrue(
                            stateError(golden.expectedState(), result, i, config) <= 1e-12, what);
                }
            }
        }
    }

    @Test
    void goldenFilesAreReadAsTheyWereWritten() throws IOException {
        try (GoldenFile golden = GoldenFile.open("basic")) {
            assertArrayEquals(new long[] {1, 2, 64, 16}, golden.inputs().q().shape());
            assertEquals(DType.F64, golden.expectedOutput().dtype());
            assertEquals(1.0, golden.config().scale());
        }
    }

    private static double stateError(
            Tensor expected, HeadResult result, int stream, AttentionConfig config) {
        RelativeError error = new RelativeError();
        int columns = config.valueDim();
        int matrix = config.keyDim() * columns;
        for (int j = 0; j < matrix; j++) {
            error.add(
                    result.finalState()[j / columns][j % columns],
                    expected.getDouble((long) stream * matrix + j));
        }
        return error.value();
    }
}
