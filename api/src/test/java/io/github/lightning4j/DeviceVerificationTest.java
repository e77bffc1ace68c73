package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.reference.Definition;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalLong;

/** A device is checked for what a call asked of it, and for no more. */
class DeviceVerificationTest {
    /** Multiplies the definition by a factor; has no final states. */
    private record Scaled(AttentionConfig config, AttentionInputs inputs, float factor)
            implements Backend {
        @Override
        public Device device() {
            return new Device("scaled", "scaled", Device.Kind.ACCELERATOR, "");
        }

        @Override
        public void forward(AttentionProblem problem, ForwardBuffers buffers) {
            if (buffers.finalState() != null) {
                throw new BackendException("there are no final states here");
            }
            double[][] o =
                    Definition.output(
                            config.algorithm(), ReferenceAttention.Head.of(config, inputs, 0, 0));
            for (int t = 0; t < o.length; t++) {
                for (int e = 0; e < config.valueDim(); e++) {
                    buffers.output()
                            .segment()
                            .setAtIndex(
                                    ValueLayout.JAVA_FLOAT,
                                    (long) t * config.valueDim() + e,
                                    factor * (float) o[t][e]);
                }
            }
        }

        @Override
        public void backward(AttentionProblem problem, BackwardBuffers buffers) {
            throw new BackendException("there are no gradients here");
        }

        @Override
        public BackendSession openSession(
                AttentionConfig config, int sequences, @Nullable MemorySegment initialState) {
            throw new BackendException("there are no sessions here");
        }

        @Override
        public void close() {}
    }

    private static Tensor tensor(int first) {
        Tensor tensor = Tensor.allocate(DType.F32, 1, 1, 6, 4);
        for (int i = 0; i < 24; i++) {
            tensor.setDouble(i, Math.sin(first + i));
        }
        return tensor;
    }

    private static LightningAttention attention(
            Algorithm algorithm, AttentionInputs inputs, float factor) {
        AttentionConfig config = AttentionConfig.builder(1, 4).algorithm(algorithm).build();
        return new LightningAttention(
                config, new Scaled(config, inputs, factor), List.of(), 1, OptionalLong.empty());
    }

    @ParameterizedTest
    @EnumSource
    void attendingIsVerifiedWithoutAFinalState(Algorithm algorithm) {
        AttentionInputs inputs = AttentionInputs.of(tensor(0), tensor(100), tensor(200));
        Tensor output = Tensor.allocate(DType.F32, 1, 1, 6, 4);
        try (LightningAttention right = attention(algorithm, inputs, 1)) {
            assertDoesNotThrow(() -> right.attend(inputs, output));
            assertEquals(
                    output.getDouble(23),
                    right.forward(inputs.q(), inputs.k(), inputs.v()).getDouble(23));
        }
        try (LightningAttention wrong = attention(algorithm, inputs, 1.01f)) {
            BackendException e =
                    assertThrows(BackendException.class, () -> wrong.attend(inputs, output));
            assertTrue(
                    String.valueOf(e.getMessage())
                            .startsWith("device scaled computes wrongly: the output of sequence 0"),
                    e::getMessage);
        }
    }

    /**
     * Too small for F16, too large for it, and not a number: no device could write these better.
     */
    @ParameterizedTest
    @ValueSource(doubles = {1e-3, 100, Double.NaN, Double.POSITIVE_INFINITY})
    void whatADtypeCannotHoldIsNoneOfTheDevicesMaking(double size) {
        AttentionConfig config = AttentionConfig.builder(1, 4).build();
        AttentionInputs inputs =
                AttentionInputs.of(half(0, size), half(100, size), half(200, size));
        double[][] o =
                Definition.output(
                        config.algorithm(), ReferenceAttention.Head.of(config, inputs, 0, 0));
        Tensor output = Tensor.allocate(DType.F16, 1, 1, 6, 4);
        for (int i = 0; i < 24; i++) {
            output.setDouble(i, o[i / 4][i % 4]);
        }
        DeviceVerification verification =
                new DeviceVerification(config, new Device("half", "half", Device.Kind.CPU, ""), 1);
        assertDoesNotThrow(() -> verification.check(inputs, output, null));
        output.setDouble(23, Double.isFinite(output.getDouble(23)) ? Double.NaN : 1);
        assertThrows(BackendException.class, () -> verification.check(inputs, output, null));
    }

    private static Tensor half(int first, double size) {
        Tensor tensor = Tensor.allocate(DType.F16, 1, 1, 6, 4);
        for (int i = 0; i < 24; i++) {
            tensor.setDouble(i, size * Math.sin(first + i));
        }
        return tensor;
    }

    /** q·k is 1e-3, a sum of terms of 1: float32 may be off by some 1e-4 of it, but not by 1e-2. */
    @ParameterizedTest
    @ValueSource(floats = {1f, 1.0005f, 1.01f})
    void aSumThatCancelsIsJudgedByItsTerms(float factor) {
        AttentionInputs inputs =
                AttentionInputs.of(
                        Tensor.ofFloats(new float[] {1, 1, 1, 1}, 1, 1, 1, 4),
                        Tensor.ofFloats(new float[] {1, -1, 1, -0.999f}, 1, 1, 1, 4),
                        Tensor.ofFloats(new float[] {1, 2, 3, 4}, 1, 1, 1, 4));
        Tensor output = Tensor.allocate(DType.F32, 1, 1, 1, 4);
        try (LightningAttention attention = attention(Algorithm.LIGHTNING_2, inputs, factor)) {
            if (factor > 1.001f) {
                assertThrows(BackendException.class, () -> attention.attend(inputs, output));
            } else {
                assertDoesNotThrow(() -> attention.attend(inputs, output));
            }
        }
    }
}
