package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Parameters one at a time, and the ends of their ranges. */
final class EdgeCases {
    private static final String TOPIC = "edge cases";

    private EdgeCases() {}

    static Stream<Law> laws() {
        Stream<Law> presets =
                RandomShapes.presets().stream()
                        .map(decay ->
                                answers("decay " + decay, () -> random(1).heads(5).decay(decay)));
        Stream<Law> maps =
                Arrays.stream(FeatureMap.values())
                        .map(map ->
                                answers(
                                        "feature map " + map,
                                        () -> random(2).dims(20, 12).featureMap(map)));
        Stream<Law> wideMaps =
                Arrays.stream(FeatureMap.values())
                        .map(map ->
                                new Law(
                                        String.format(Locale.ROOT, "feature map %s of ±100", map),
                                        s -> far(s, map)));
        Stream<Law> scales =
                Stream.of(0.25, 1 / Math.sqrt(20), -3.0, 1e-20)
                        .map(c -> answers("scale " + c, () -> random(3).dims(20, 12).scale(c)));
        Stream<Law> types =
                Stream.of(DType.F32, DType.BF16, DType.F16)
                        .flatMap(type ->
                                Stream.of(type, DType.F32)
                                        .distinct()
                                        .map(out ->
                                                answers(
                                                        type + " into " + out,
                                                        () -> typed(type, out))));
        Stream<Law> shapes =
                Stream.of(
                        answers("one token, many batches", () -> random(4).batch(7).tokens(1)),
                        answers("many heads", () -> random(5).heads(37).dims(4, 4).tokens(40)),
                        answers("D = 1", () -> random(6).dims(1, 40).tokens(300)),
                        answers("E = 1", () -> random(7).dims(40, 1).tokens(300)),
                        answers("large D", () -> random(8).heads(1).dims(257, 24).tokens(120)),
                        answers("large E", () -> random(9).heads(1).dims(24, 257).tokens(120)),
                        answers(
                                "the largest D and E",
                                () ->
                                        random(10)
                                                .heads(1)
                                                .dims(
                                                        AttentionConfig.MAX_DIM,
                                                        AttentionConfig.MAX_DIM)
                                                .tokens(3)));
        Stream<Law> ends =
                Stream.of(
                        new Law("no tokens leave the state as it was", EdgeCases::noTokens),
                        new Law("scale 0 gives zeros", EdgeCases::scaleZero),
                        new Law("a huge slope keeps the newest token only", EdgeCases::hugeSlope));
        return Stream.of(presets, maps, wideMaps, scales, types, shapes, ends).flatMap(s -> s);
    }

    private static Problem.Builder random(int index) {
        return Problem.random(Seeds.random(TOPIC, index)).tokens(193);
    }

    private static Problem.Builder typed(DType type, DType out) {
        return random(11).dims(33, 17).dtype(type).outputType(out).slopes(0, 4e-8f, 0.3f, 8);
    }

    private static Law answers(String name, Supplier<Problem.Builder> builder) {
        return new Law(
                name,
                subject -> {
                    Problem problem = builder.get().build();
                    Expect.answers(problem, problem.run(subject));
                });
    }

    /** Features of ±100, where e^−x and e^x are far outside what floats hold well. */
    private static void far(Subject subject, FeatureMap map) {
        Problem small = random(12).dims(12, 8).tokens(70).slopes(0.1f, 1).build();
        AttentionInputs in = small.inputs();
        Problem problem =
                Problem.of(
                        AttentionConfig.builder(2, 12, 8)
                                .decay(small.config().decay())
                                .featureMap(map)
                                .build(),
                        new AttentionInputs(
                                times(in.q(), 100), times(in.k(), 100), in.v(), null, null));
        Expect.answers(problem, problem.run(subject));
    }

    private static Tensor times(Tensor tensor, double factor) {
        Tensor scaled = Tensor.allocate(tensor.dtype(), tensor.shape());
        for (long i = 0; i < tensor.size(); i++) {
            scaled.setDouble(i, factor * tensor.getDouble(i));
        }
        return scaled;
    }

    private static void noTokens(Subject subject) {
        for (Layout layout : Layout.values()) {
            Problem behindState =
                    random(13).tokens(0).batch(2).slopes(0, 8, 0.3f).layout(layout).build();
            AttentionState initial = behindState.initialState();
            AttentionResult result = behindState.run(subject);
            assertEquals(0, result.output().size());
            Expect.sameBits("final state", result.finalState(), initial);

            AttentionResult empty =
                    random(14).tokens(0).batch(2).layout(layout).fromEmpty().build().run(subject);
            Expect.sameBits(
                    "final state of nothing",
                    empty.finalState(),
                    AttentionState.empty(random(14).build().config(), 2));
        }
    }

    private static void scaleZero(Subject subject) {
        Problem problem = random(15).scale(0).build();
        Tensor output = problem.newOutput();
        output.segment().fill((byte) 0xFF);
        try (LightningAttention attention = subject.open(problem.config())) {
            AttentionState state = attention.forward(problem.inputs(), output);
            for (long i = 0; i < output.size(); i++) {
                assertEquals(0, output.getDouble(i), 0, "element " + i);
            }
            Expect.states(problem, state);
        }
    }

    private static void hugeSlope(Subject subject) {
        Problem problem = random(16).dims(16, 24).decay(new Decay.Slopes(1e30f, 200)).build();
        Expect.answers(problem, problem.run(subject));
    }
}
