package io.github.lightning4j.cli.checks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.HeadGradients;
import io.github.lightning4j.reference.RelativeError;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Errors of the gradients of {@code lightning run --backward}. */
public final class GradientCheck {
    /** Multiply-adds of the definition that are worth waiting for. */
    private static final double WORK = 1e9;

    private GradientCheck() {}

    /** Checks against answers in the input and against the definition. */
    public static List<Check> all(
            Problem problem, Tensor dO, Gradients gradients, int sampleHeads) {
        List<Check> checks = new ArrayList<>(answers(problem, gradients));
        checks.addAll(sample(problem, dO, gradients, sampleHeads));
        return checks;
    }

    /** The gradients by the names they have in files. */
    public static Map<String, Tensor> tensors(Gradients gradients) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("dq", gradients.dq());
        tensors.put("dk", gradients.dk());
        tensors.put("dv", gradients.dv());
        tensors.put("dinitial_state", gradients.initialState());
        return tensors;
    }

    private static List<Check> answers(Problem problem, Gradients gradients) {
        List<Check> checks = new ArrayList<>();
        tensors(gradients)
                .forEach((name, actual) -> {
                    Tensor expected = problem.expected().get(name);
                    if (expected != null) {
                        checks.add(
                                Check.of(
                                        name,
                                        "expected." + name,
                                        "all",
                                        RelativeError.of(actual, expected),
                                        Gate.of(actual.dtype()).gradients()));
                    }
                });
        return checks;
    }

    /**
     * Checks sequences whole, for the way back needs all tokens; none where that takes too long.
     */
    public static List<Check> sample(
            Problem problem, Tensor dO, Gradients gradients, int sampleHeads) {
        AttentionConfig config = problem.config();
        long streams = (long) problem.sequences() * config.heads();
        int count = (int) Math.min(sampleHeads, streams);
        double work = 2.0 * problem.longest() * config.keyDim() * config.valueDim() * count;
        if (count == 0 || problem.longest() == 0 || work > WORK) {
            return List.of();
        }
        RelativeError[] errors = new RelativeError[4];
        Arrays.setAll(errors, i -> new RelativeError());
        for (int i = 0; i < count; i++) {
            long stream = count == 1 ? 0 : i * (streams - 1) / (count - 1);
            int r = (int) (stream / config.heads());
            int h = (int) (stream % config.heads());
            HeadGradients expected =
                    ReferenceAttention.backward(
                            config, problem.inputs(), dO, problem.finalStateGradient(), r, h);
            errors[0].add(rows(problem, gradients.dq(), r, h, config.keyDim()), expected.dq());
            errors[1].add(rows(problem, gradients.dk(), r, h, config.keyDim()), expected.dk());
            errors[2].add(rows(problem, gradients.dv(), r, h, config.valueDim()), expected.dv());
            errors[3].add(
                    ReferenceAttention.matrix(config, gradients.initialState(), r, h),
                    expected.initialState());
        }
        String what = String.format(Locale.ROOT, "%d of %d heads", count, streams);
        double gate = Gate.of(gradients.dq().dtype()).gradients();
        List<Check> checks = new ArrayList<>();
        String[] names = {"dq", "dk", "dv", "dinitial_state"};
        for (int i = 0; i < names.length; i++) {
            checks.add(
                    Check.of(
                            names[i],
                            "float64 reference",
                            what,
                            errors[i].value(),
                            i == 3 ? Gate.of(DType.F32).gradients() : gate));
        }
        return checks;
    }

    private static double[][] rows(Problem problem, Tensor tensor, int r, int h, int dim) {
        return ReferenceAttention.rows(problem.config(), problem.inputs(), tensor, r, h, dim);
    }
}
