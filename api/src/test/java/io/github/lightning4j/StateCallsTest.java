package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.StateBuffers;
import io.github.lightning4j.spi.StateGradientBuffers;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Final states without outputs, and gradients of initial states without the others: the calls. */
class StateCallsTest {
    private static final AttentionConfig CONFIG =
            AttentionConfig.builder(1, 4).decay(new Decay.Slopes(0.1f)).build();
    private static final Tensor K = tensor(1, 1, 6, 4);
    private static final Tensor V = tensor(1, 1, 6, 4);

    private static Tensor tensor(long... shape) {
        Tensor tensor = Tensor.allocate(DType.F32, shape);
        for (int i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, Math.sin(i));
        }
        return tensor;
    }

    /** A device that answers with multiples of the definition, and has nothing else. */
    private static final class Scaled extends BrokenDevice {
        private final double factor;

        Scaled(double factor) {
            this.factor = factor;
        }

        @Override
        public void finalState(AttentionProblem problem, StateBuffers buffers) {
            AttentionInputs inputs = AttentionInputs.of(K, K, V);
            answer(
                    ReferenceAttention.tokenByToken(
                                    ReferenceAttention.Head.of(CONFIG, inputs, 0, 0))
                            .finalState(),
                    buffers.finalState());
        }

        @Override
        public void initialStateGradient(AttentionProblem problem, StateGradientBuffers buffers) {
            answer(
                    ReferenceAttention.backward(CONFIG, AttentionInputs.of(K, K, V), V, null, 0, 0)
                            .initialState(),
                    buffers.initialStateGradient());
        }

        private void answer(double[][] matrix, MemorySegment target) {
            Tensor answer = Tensor.of(DType.F32, target, 4, 4);
            for (int i = 0; i < 16; i++) {
                answer.setDouble(i, factor * matrix[i / 4][i % 4]);
            }
        }
    }

    private static LightningAttention verified(double factor) {
        return new LightningAttention(
                CONFIG, new Scaled(factor), List.of(), 1, OptionalLong.empty());
    }

    private static Refusal state(String message, Algorithm algorithm, Tensor k, Tensor v) {
        return state(message, algorithm, k, v, null);
    }

    private static Refusal state(
            String message, Algorithm algorithm, Tensor k, Tensor v, PackedSequences packed) {
        return new Refusal(message, () -> open(algorithm).finalState(k, v, packed, null));
    }

    private static Refusal gradient(
            String message, Algorithm algorithm, Tensor q, Tensor dO, Tensor dState) {
        return new Refusal(
                message, () -> open(algorithm).initialStateGradient(q, dO, null, dState));
    }

    private static LightningAttention open(Algorithm algorithm) {
        AttentionConfig config = AttentionConfig.builder(1, 4).algorithm(algorithm).build();
        return LightningAttention.over(config, new Scaled(1));
    }

    @TestFactory
    Stream<DynamicTest> whatDoesNotFitIsRefused() {
        Tensor f64 = Tensor.allocate(DType.F64, 1, 1, 6, 4);
        Tensor bf16 = Tensor.allocate(DType.BF16, 1, 1, 6, 4);
        Algorithm lightning = Algorithm.LIGHTNING_2;
        return Refusal.tests(
                state(
                        "algorithm is SOFTMAX, whose memory grows with the tokens: it cannot have"
                                + " a final state",
                        Algorithm.SOFTMAX,
                        K,
                        V),
                state("k has dtype F64; it must be F32, F16 or BF16", lightning, f64, V),
                state("v has dtype BF16; k has F32", lightning, K, bf16),
                state(
                        "v has shape [1, 1, 7, 4]; it must be [B, H, N, E] = [1, 1, 6, 4]",
                        lightning,
                        K,
                        tensor(1, 1, 7, 4)),
                state(
                        "cu_seqlens ends at 5; k has 6 tokens",
                        lightning,
                        K,
                        V,
                        PackedSequences.ofLengths(2, 3)),
                gradient(
                        "algorithm is LEFT_PRODUCT; a backward pass is there for LIGHTNING_2 and"
                                + " LIGHTNING_1",
                        Algorithm.LEFT_PRODUCT,
                        K,
                        V,
                        null),
                gradient(
                        "output gradient has dtype BF16; it must be F32 or that of q, F32",
                        lightning,
                        K,
                        bf16,
                        null),
                gradient(
                        "final state gradient is F32[1, 1, 4, 3]; it must be F32[1, 1, 4, 4]",
                        lightning,
                        K,
                        V,
                        tensor(1, 1, 4, 3)));
    }

    @Test
    void tokensAreCounted() {
        AttentionState initial =
                AttentionState.of(tensor(1, 1, 4, 4), CONFIG.slopes(), new long[] {10});
        AttentionState state = verified(1).finalState(K, V, null, null);
        assertArrayEquals(new long[] {6}, state.tokens());
        LightningAttention attention = LightningAttention.over(CONFIG, new Scaled(1));
        assertArrayEquals(new long[] {16}, attention.finalState(K, V, null, initial).tokens());
    }

    @Test
    void aDeviceThatComputesWronglyIsCaught() {
        assertDoesNotThrow(() -> verified(1).finalState(K, V));
        assertDoesNotThrow(() -> verified(1).initialStateGradient(K, V, null, null));
        BackendException e =
                assertThrows(BackendException.class, () -> verified(1.001).finalState(K, V));
        assertTrue(e.getMessage().contains("the final state of sequence 0"), e.getMessage());
        e =
                assertThrows(
                        BackendException.class,
                        () -> verified(1.001).initialStateGradient(K, V, null, null));
        assertTrue(
                e.getMessage().contains("the gradient of the initial state of sequence 0"),
                e.getMessage());
    }

    @Test
    void aClosedDeviceIsRefused() {
        LightningAttention attention = verified(1);
        attention.close();
        for (Runnable call :
                List.<Runnable>of(
                        () -> attention.finalState(K, V),
                        () -> attention.initialStateGradient(K, V, null, null))) {
            IllegalStateException e = assertThrows(IllegalStateException.class, call::run);
            assertEquals("this LightningAttention is closed", e.getMessage());
        }
    }
}
