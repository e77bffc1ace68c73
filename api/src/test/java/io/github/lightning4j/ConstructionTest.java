package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.lang.foreign.Arena;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Configurations, tensors and sequences that cannot exist are refused where they are made, with
 * what they were and what they must be.
 */
class ConstructionTest {
    @Test
    void defaultsAreTheAlgorithmsOwn() {
        AttentionConfig lightning = AttentionConfig.builder(1, 16).build();
        assertEquals(Algorithm.LIGHTNING_2, lightning.algorithm());
        assertEquals(1, lightning.scale());
        assertEquals(new Decay.Alibi(), lightning.decay());
        AttentionConfig softmax =
                AttentionConfig.builder(1, 16).algorithm(Algorithm.SOFTMAX).build();
        assertEquals(0.25, softmax.scale());
        assertEquals(new Decay.None(), softmax.decay());
    }

    @TestFactory
    Stream<DynamicTest> configurations() {
        return Refusal.tests(
                new Refusal(
                        "heads is 0; it must be 1 ... 1048576",
                        () -> AttentionConfig.builder(0, 8).build()),
                new Refusal(
                        "keyDim is 1025; it must be 1 ... 1024",
                        () -> AttentionConfig.builder(1, 1025, 8).build()),
                new Refusal(
                        "valueDim is -1; it must be 1 ... 1024",
                        () -> AttentionConfig.builder(1, 8, -1).build()),
                new Refusal(
                        "scale is NaN; it must be finite as a float",
                        () -> AttentionConfig.builder(1, 8).scale(Double.NaN).build()),
                new Refusal(
                        "scale is 1.0E39; it must be finite as a float",
                        () -> AttentionConfig.builder(1, 8).scale(1e39).build()),
                new Refusal(
                        "decay is Alibi[]; with LIGHTNING_1 it must be None",
                        () ->
                                AttentionConfig.builder(1, 8)
                                        .algorithm(Algorithm.LIGHTNING_1)
                                        .decay(new Decay.Alibi())
                                        .build()),
                new Refusal(
                        "feature map is SILU; with SOFTMAX it must be IDENTITY",
                        () ->
                                AttentionConfig.builder(1, 8)
                                        .algorithm(Algorithm.SOFTMAX)
                                        .featureMap(FeatureMap.SILU)
                                        .build()),
                new Refusal(
                        "heads is 1099511627776; it must be 1 ... 1048576",
                        () -> AttentionConfig.builder(1L << 40, 8).build()),
                new Refusal(
                        "keyDim is 4294967297; it must be 1 ... 1024",
                        () -> AttentionConfig.builder(1, (1L << 32) + 1, 8).build()));
    }

    @TestFactory
    Stream<DynamicTest> tensors() {
        return Refusal.tests(
                new Refusal(
                        "memory has 12 bytes; a tensor F32[4] needs 16",
                        () -> Tensor.of(DType.F32, Arena.ofAuto().allocate(12), 4)),
                new Refusal(
                        "shape [2, -1] has a negative extent",
                        () -> Tensor.allocate(DType.F32, 2, -1)),
                new Refusal(
                        "shape [4294967296, 4294967296] of F32 overflows 2^63 bytes",
                        () -> Tensor.allocate(DType.F32, 1L << 32, 1L << 32)),
                new Refusal(
                        "there are 3 values; F32[2, 2] needs 4",
                        () -> Tensor.ofFloats(new float[3], 2, 2)));
    }

    @TestFactory
    Stream<DynamicTest> sequences() {
        return Refusal.tests(
                new Refusal(
                        "cu_seqlens has 1 entries; it must have at least 2",
                        () -> PackedSequences.ofCumulative(0)),
                new Refusal(
                        "cu_seqlens begins with 1; it must begin with 0",
                        () -> PackedSequences.ofCumulative(1, 2)),
                new Refusal(
                        "cu_seqlens falls from 5 to 4 at entry 2; it must never fall",
                        () -> PackedSequences.ofCumulative(0, 5, 4)),
                new Refusal(
                        "length of sequence 1 is -1; it must be >= 0",
                        () -> PackedSequences.ofLengths(3, -1)));
    }

    @Test
    void anUnknownDeviceIsRefusedWithTheOnesThereAre() {
        AttentionConfig config = AttentionConfig.builder(4, 8, 6).build();
        BackendException e =
                assertThrows(
                        BackendException.class,
                        () -> LightningAttention.open(config, "abacus").close());
        String message = Objects.requireNonNull(e.getMessage());
        assertEquals("there is no device abacus; backends here", message.split(":", 2)[0]);
    }

    /** As for any other value: what is equal has the same hash. */
    @Test
    void scalesOfBothZerosDiffer() {
        AttentionConfig zero = AttentionConfig.builder(1, 2).scale(0.0).build();
        AttentionConfig negative = AttentionConfig.builder(1, 2).scale(-0.0).build();
        assertNotEquals(zero, negative);
        assertEquals(zero, AttentionConfig.builder(1, 2).scale(0.0).build());
    }
}
