package io.github.lightning4j.cli.checks;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.HeadGradients;
import io.github.lightning4j.reference.RelativeError;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Errors of the gradients of {@code lightning run --backward}. */
public final class GradientCheck {
    /** Multiply-adds of the definition that are worth waiting for. */
    private static final double WORK = 1e9;

    private GradientCheck() {}

    /** Checks against answers in the input and against the definition. */
    public static List<Check> all(Problem problem, Gradients gradients, int sampleHeads) {
        List<Check> checks = new ArrayList<>(answers(problem, gradients));
        checks.addAll(sample(problem, gradients, sampleHeads));
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
        double gate = Gate.of(gradients.dq().dtype()).gradients();
        tensors(gradients)
                .forEach((name, actual) ->
                        problem.answer(name, name, actual, gate).ifPresent(checks::add));
        return checks;
    }

    /**
     * Checks whole sequences, because the backward pass needs all tokens; none if that takes too
     * long.
     */
    public static List<Check> sample(Problem problem, Gradients gradients, int sampleHeads) {
        AttentionConfig config = problem.config();
        Tensor dO = Objects.requireNonNull(problem.outputGradient());
        HeadSample sample = HeadSample.of(problem, sampleHeads);
        double head = 2.0 * problem.longest() * config.keyDim() * config.valueDim();
        if (sample.isEmpty() || head * sample.count() > WORK) {
            return List.of();
        }
        RelativeError dq = new RelativeError();
        RelativeError dk = new RelativeError();
        RelativeError dv = new RelativeError();
        RelativeError dState = new RelativeError();
        for (HeadSample.Place place : sample.places()) {
            int r = place.r();
            int h = place.h();
            HeadGradients expected =
                    ReferenceAttention.backward(
                            config, problem.inputs(), dO, problem.finalStateGradient(), r, h);
            dq.add(rows(problem, gradients.dq(), r, h, config.keyDim()), expected.dq());
            dk.add(rows(problem, gradients.dk(), r, h, config.keyDim()), expected.dk());
            dv.add(rows(problem, gradients.dv(), r, h, config.valueDim()), expected.dv());
            dState.add(
                    ReferenceAttention.matrix(config, gradients.initialState(), r, h),
                    expected.initialState());
        }
        double gate = Gate.of(gradients.dq().dtype()).gradients();
        String words = sample.inWords();
        return List.of(
                Check.of("dq", words, dq, gate),
                Check.of("dk", words, dk, gate),
                Check.of("dv", words, dv, gate),
                Check.of("dinitial_state", words, dState, gate));
    }

    private static double[][] rows(Problem problem, Tensor tensor, int r, int h, int dim) {
        return ReferenceAttention.rows(problem.config(), problem.inputs(), tensor, r, h, dim);
    }
}
