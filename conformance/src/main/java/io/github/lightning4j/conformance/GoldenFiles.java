package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;

import java.util.Locale;
import java.util.stream.Stream;

/** The golden files, whose answers agree with two independent public implementations. */
final class GoldenFiles {
    private GoldenFiles() {}

    static Stream<Law> laws() {
        return GoldenFile.NAMES.stream()
                .map(name -> new Law("golden file " + name, subject -> check(subject, name)));
    }

    private static void check(Subject subject, String name) throws Exception {
        try (GoldenFile golden = GoldenFile.open(name)) {
            AttentionConfig config = golden.config();
            AttentionInputs inputs = golden.inputs();
            Problem problem = Problem.of(config, inputs);
            AttentionResult result = problem.run(subject);
            Gate gate = Gate.of(problem.outputType());
            for (int r = 0; r < problem.sequences(); r++) {
                for (int h = 0; h < config.heads(); h++) {
                    int e = config.valueDim();
                    Expect.passes(
                            String.format(Locale.ROOT, "output of sequence %d, head %d", r, h),
                            ReferenceAttention.rows(config, inputs, result.output(), r, h, e),
                            ReferenceAttention.rows(
                                    config, inputs, golden.expectedOutput(), r, h, e),
                            gate.output(problem.length(r)));
                }
            }
            // Heads of one state differ by orders of magnitude; so a head at a time here too.
            long matrix = (long) config.keyDim() * config.valueDim();
            for (long i = 0; i < golden.expectedState().size(); i += matrix) {
                RelativeError error = new RelativeError();
                for (long j = i; j < i + matrix; j++) {
                    error.add(
                            result.finalState().values().getDouble(j),
                            golden.expectedState().getDouble(j));
                }
                Expect.passes("state " + i / matrix, error.value(), gate.state());
            }
        }
    }
}
