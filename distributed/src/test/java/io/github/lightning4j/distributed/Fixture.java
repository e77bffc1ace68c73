package io.github.lightning4j.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.io.SafetensorsWriter;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.ReferenceAttention.HeadGradients;
import io.github.lightning4j.reference.ReferenceAttention.HeadResult;
import io.github.lightning4j.reference.RelativeError;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A small problem whose heads remember across all partitions, and its answers in float64. */
final class Fixture {
    static final int HEADS = 3;
    static final int KEY_DIM = 6;
    static final int VALUE_DIM = 5;

    /** With ordinary slopes nothing of one partition would be left in the next. */
    static final float[] SLOPES = {0, 4e-8f, 2e-3f};

    final AttentionConfig config;
    final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final @Nullable PackedSequences packed;

    private Fixture(AttentionConfig config, @Nullable PackedSequences packed) {
        this.config = config;
        this.packed = packed;
    }

    /** Sequences of one length, with states at both ends. */
    static Fixture of(Layout layout, DType dtype, int batch, long tokens) {
        return filled(config(layout), dtype, batch, tokens, null);
    }

    /** Packed sequences, with states at both ends. */
    static Fixture packed(Layout layout, DType dtype, long... lengths) {
        PackedSequences packed = PackedSequences.ofLengths(lengths);
        return filled(config(layout), dtype, 1, packed.totalTokens(), packed);
    }

    /** One sequence whose heads forget within a partition. */
    static Fixture forgetful(Layout layout, long tokens) {
        return filled(config(layout, 2, 1.5f, 8), DType.F32, 1, tokens, null);
    }

    private static AttentionConfig config(Layout layout) {
        return config(layout, SLOPES);
    }

    private static AttentionConfig config(Layout layout, float... slopes) {
        return AttentionConfig.builder(HEADS, KEY_DIM, VALUE_DIM)
                .decay(Decay.ofSlopes(slopes))
                .scale(0.5)
                .layout(layout)
                .build();
    }

    private static Fixture filled(
            AttentionConfig config,
            DType dtype,
            int batch,
            long tokens,
            @Nullable PackedSequences packed) {
        Fixture fixture = new Fixture(config, packed);
        Random random = new Random(tokens + dtype.ordinal());
        long[] keys = config.layout().shape(batch, HEADS, tokens, KEY_DIM);
        long[] values = config.layout().shape(batch, HEADS, tokens, VALUE_DIM);
        int sequences = packed == null ? batch : packed.count();
        long[] states = {sequences, HEADS, KEY_DIM, VALUE_DIM};
        fixture.put("q", random, dtype, keys);
        fixture.put("k", random, dtype, keys);
        fixture.put("v", random, dtype, values);
        fixture.put("do", random, dtype, values);
        fixture.put("initial_state", random, DType.F32, states);
        fixture.put("dfinal_state", random, DType.F32, states);
        if (packed != null) {
            Tensor boundaries = Tensor.allocate(DType.I64, sequences + 1);
            long[] cumulative = packed.cumulative();
            for (int r = 0; r <= sequences; r++) {
                boundaries.setDouble(r, cumulative[r]);
            }
            fixture.tensors.put("cu_seqlens", boundaries);
        }
        return fixture;
    }

    private void put(String name, Random random, DType dtype, long[] shape) {
        Tensor tensor = Tensor.allocate(dtype, shape);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, random.nextGaussian());
        }
        tensors.put(name, tensor);
    }

    Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("there is no " + name);
        }
        return tensor;
    }

    /** Writes the input into a folder. */
    Path write(Path folder) throws IOException {
        Path path = folder.resolve("input.safetensors");
        SafetensorsWriter.write(path, tensors, Map.of());
        return path;
    }

    LightningAttention open() {
        return LightningAttention.builder(config).device("cpu:scalar").threads(1).open();
    }

    /** Runs a job in this process, and puts its results together. */
    Path run(Path folder, Direction direction, long tokensPerPartition) throws Exception {
        Path input = write(folder);
        Path target = folder.resolve(direction + "-" + tokensPerPartition + ".safetensors");
        try (TensorFile file = TensorFile.map(input);
                LightningAttention attention = open();
                JobFolder job =
                        JobFolder.open(
                                folder.resolve("job-" + direction + "-" + tokensPerPartition),
                                AttentionJob.of(
                                        config, direction, true, file, tokensPerPartition))) {
            JobReport report = LocalRunner.run(job, attention, JobListener.NONE);
            assertEquals(job.job().plan().partitions(), report.computed());
            assertEquals(job.job().plan().totalTokens(), report.tokens());
            assertTrue(Files.notExists(job.path().resolve("exchange")));
            ResultFile.assemble(job, target);
        }
        return target;
    }

    private AttentionInputs inputs() {
        AttentionInputs inputs =
                AttentionInputs.of(tensor("q"), tensor("k"), tensor("v")).withSequences(packed);
        int sequences = (int) tensor("initial_state").shape(0);
        return inputs.withInitialState(
                AttentionState.of(tensor("initial_state"), config.slopes(), new long[sequences]));
    }

    /** The largest error of the results in a file, each against its own gate: passes up to 1. */
    double worst(Path results, Direction direction) throws IOException {
        try (Safetensors file = Safetensors.open(results)) {
            Map<String, Tensor> actual = new LinkedHashMap<>();
            for (String name : file.names()) {
                actual.put(name, file.tensor(name));
            }
            return worst(actual, direction);
        }
    }

    private double worst(Map<String, Tensor> actual, Direction direction) {
        actual.forEach((name, tensor) -> {
            String like =
                    switch (name) {
                        case "o", "dv" -> "v";
                        case "dq", "dk" -> "q";
                        default -> "initial_state";
                    };
            assertArrayEquals(tensor(like).shape(), tensor.shape(), name);
            assertEquals(tensor(like).dtype(), tensor.dtype(), name);
        });
        Map<String, RelativeError> errors = new LinkedHashMap<>();
        actual.keySet().forEach(name -> errors.put(name, new RelativeError()));
        AttentionInputs inputs = inputs();
        for (int r = 0; r < tensor("initial_state").shape(0); r++) {
            for (int h = 0; h < HEADS; h++) {
                Map<String, double[][]> expected =
                        switch (direction) {
                            case FORWARD -> forward(inputs, r, h);
                            case BACKWARD -> backward(inputs, r, h);
                            case FINAL_STATES -> finalState(inputs, r, h);
                        };
                assertEquals(expected.keySet(), actual.keySet());
                for (Map.Entry<String, double[][]> answer : expected.entrySet()) {
                    String name = answer.getKey();
                    Tensor tensor = actual.get(name);
                    double[][] is =
                            name.contains("state")
                                    ? ReferenceAttention.matrix(config, tensor, r, h)
                                    : ReferenceAttention.rows(
                                            config, inputs, tensor, r, h, (int) tensor.shape(3));
                    errors.get(name).add(is, answer.getValue());
                }
            }
        }
        Gate gate = Gate.of(tensor("q").dtype());
        double worst = 0;
        for (Map.Entry<String, RelativeError> error : errors.entrySet()) {
            double bound =
                    switch (error.getKey()) {
                        case "o" -> gate.output(inputs.q().size());
                        case "final_state" -> gate.state();
                        default -> gate.gradients();
                    };
            worst = Math.max(worst, error.getValue().value() / bound);
        }
        return worst;
    }

    private Map<String, double[][]> forward(AttentionInputs inputs, int r, int h) {
        HeadResult result =
                ReferenceAttention.tokenByToken(ReferenceAttention.Head.of(config, inputs, r, h));
        return Map.of("o", result.output(), "final_state", result.finalState());
    }

    private Map<String, double[][]> finalState(AttentionInputs inputs, int r, int h) {
        return Map.of("final_state", forward(inputs, r, h).get("final_state"));
    }

    private Map<String, double[][]> backward(AttentionInputs inputs, int r, int h) {
        HeadGradients gradients =
                ReferenceAttention.backward(
                        config, inputs, tensor("do"), tensor("dfinal_state"), r, h);
        return Map.of(
                "dq", gradients.dq(),
                "dk", gradients.dk(),
                "dv", gradients.dv(),
                "dinitial_state", gradients.initialState());
    }
}
