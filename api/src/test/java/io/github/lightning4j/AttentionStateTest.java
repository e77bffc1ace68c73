package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.io.StateSnapshot;
import io.github.lightning4j.reference.RelativeError;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;

import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.Random;

/** The merge law, and what nobody can change in a state. */
class AttentionStateTest {
    private static final float[] SLOPES = {0, 4e-8f, 0.3f};

    private static AttentionState random(int seed, long... tokens) {
        Random random = new Random(seed);
        Tensor values = Tensor.allocate(DType.F32, tokens.length, SLOPES.length, 5, 4);
        for (long i = 0; i < values.size(); i++) {
            values.setDouble(i, random.nextGaussian());
        }
        return AttentionState.of(values, SLOPES, tokens);
    }

    @Test
    void mergeIsByHandWhatTheLawSays() {
        float[] slopes = {(float) Math.log(2)};
        AttentionState first =
                AttentionState.of(
                        Tensor.ofFloats(new float[] {8}, 1, 1, 1, 1), slopes, new long[] {5});
        AttentionState second =
                AttentionState.of(
                        Tensor.ofFloats(new float[] {10}, 1, 1, 1, 1), slopes, new long[] {3});
        AttentionState merged = first.merge(second);
        // λ³ · 8 + 10 with λ = 1/2
        assertEquals(11, merged.values().getDouble(0), 1e-6);
        assertEquals(8, merged.tokens(0));
    }

    @Test
    void mergeIsAssociative() {
        AttentionState a = random(1, 3, 700);
        AttentionState b = random(2, 0, 5);
        AttentionState c = random(3, 11, 100_000);
        AttentionState left = a.merge(b).merge(c);
        AttentionState right = a.merge(b.merge(c));
        assertTrue(RelativeError.of(left.values(), right.values()) < 1e-6);
        assertArrayEquals(new long[] {14, 100_705}, left.tokens());
        assertArrayEquals(left.tokens(), right.tokens());
    }

    @Test
    void mergeKeepsDecayThatAFloatLambdaWouldLose() {
        AttentionState first = random(1, 1);
        AttentionState merged =
                first.merge(
                        AttentionState.of(
                                Tensor.allocate(DType.F32, 1, SLOPES.length, 5, 4),
                                SLOPES,
                                new long[] {1_000_000}));
        double left = merged.values().getDouble(20) / first.values().getDouble(20);
        assertEquals(Math.exp(-4e-8f * 1e6), left, 1e-6);
    }

    @Test
    void emptyStatesChangeNothing() {
        AttentionConfig config =
                AttentionConfig.builder(3, 5, 4).decay(new Decay.Slopes(SLOPES)).build();
        AttentionState state = random(4, 9, 0);
        AttentionState empty = AttentionState.empty(config, 2);
        assertEquals(-1, same(state, state.merge(empty)));
        assertEquals(-1, same(state, empty.merge(state)));
    }

    private static long same(AttentionState a, AttentionState b) {
        assertArrayEquals(a.tokens(), b.tokens());
        return a.values().segment().mismatch(b.values().segment());
    }

    @Test
    void mergeRefusesOtherShapesAndSlopes() {
        AttentionState state = random(1, 1, 2);
        AttentionState otherSlopes =
                AttentionState.of(state.values(), new float[] {0, 4e-8f, 0.4f}, state.tokens());
        assertEquals(
                "next state was computed with other slopes",
                assertThrows(IllegalArgumentException.class, () -> state.merge(otherSlopes))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> state.merge(random(1, 1)));
        AttentionState full = random(1, Long.MAX_VALUE, 0);
        assertEquals(
                "sequence 0 has seen 9223372036854775807 tokens; 1 more pass 2^63",
                assertThrows(IllegalArgumentException.class, () -> full.merge(state)).getMessage());
    }

    private static AttentionConfig config(FeatureMap featureMap, double scale, Layout layout) {
        return AttentionConfig.builder(3, 5, 4)
                .decay(new Decay.Slopes(SLOPES))
                .featureMap(featureMap)
                .scale(scale)
                .layout(layout)
                .build();
    }

    @Test
    void aStateOfAnotherConfigurationIsRefusedWithWhatDiffers() throws Exception {
        AttentionConfig identity = config(FeatureMap.IDENTITY, 1, Layout.HEADS_FIRST);
        AttentionConfig silu = config(FeatureMap.SILU, 0.5, Layout.HEADS_FIRST);
        AttentionConfig tokensFirst = config(FeatureMap.IDENTITY, 1, Layout.TOKENS_FIRST);
        AttentionState state = AttentionState.empty(identity, 1);
        AttentionState snapshot = StateSnapshot.fromBytes(StateSnapshot.toBytes(state));
        for (AttentionState made : new AttentionState[] {state, snapshot}) {
            assertRefused(
                    "state was computed with feature map IDENTITY, scale 1.0; the configuration"
                            + " has feature map SILU, scale 0.5",
                    silu,
                    made);
            assertRefused(
                    "state was computed with layout HEADS_FIRST; the configuration has layout"
                            + " TOKENS_FIRST",
                    tokensFirst,
                    made);
            LightningAttention.over(identity, new BrokenDevice()).openSession(made).close();
            // Taken out of its origin on purpose.
            AttentionState bare = AttentionState.of(made.values(), made.slopes(), made.tokens());
            LightningAttention.over(silu, new BrokenDevice()).openSession(bare).close();
        }
    }

    private static void assertRefused(
            String message, AttentionConfig config, AttentionState state) {
        try (LightningAttention attention = LightningAttention.over(config, new BrokenDevice())) {
            assertEquals(
                    message,
                    assertThrows(IllegalArgumentException.class, () -> attention.openSession(state))
                            .getMessage());
            Tensor x = Tensor.allocate(DType.F32, config.layout().shape(1, 3, 2, 5));
            Tensor v = Tensor.allocate(DType.F32, config.layout().shape(1, 3, 2, 4));
            AttentionInputs inputs = AttentionInputs.of(x, x, v).withInitialState(state);
            assertEquals(
                    "initial " + message,
                    assertThrows(IllegalArgumentException.class, () -> attention.forward(inputs))
                            .getMessage());
        }
    }

    @Test
    void everyStateThatIsComputedSaysWithWhat() {
        AttentionConfig config = config(FeatureMap.RELU, 0.25, Layout.TOKENS_FIRST);
        Optional<AttentionState.Origin> origin =
                Optional.of(new AttentionState.Origin(FeatureMap.RELU, 0.25, Layout.TOKENS_FIRST));
        Tensor x = Tensor.allocate(DType.F32, 1, 2, 3, 5);
        Tensor v = Tensor.allocate(DType.F32, 1, 2, 3, 4);
        BrokenDevice device =
                new BrokenDevice() {
                    @Override
                    public void forward(AttentionProblem problem, ForwardBuffers buffers) {}
                };
        try (LightningAttention attention = LightningAttention.over(config, device)) {
            assertEquals(
                    origin, attention.forward(AttentionInputs.of(x, x, v)).finalState().origin());
            assertEquals(origin, attention.openSession(1).state().origin());
        }
        assertEquals(origin, AttentionState.empty(config, 1).origin());
        assertEquals(Optional.empty(), random(1, 1).origin());
    }

    @Test
    void mergeComparesOrigins() {
        AttentionState one =
                AttentionState.empty(config(FeatureMap.IDENTITY, 1, Layout.HEADS_FIRST), 1);
        AttentionState other =
                AttentionState.empty(config(FeatureMap.IDENTITY, 2, Layout.HEADS_FIRST), 1);
        assertEquals(
                "next state was computed with scale 2.0; this one has scale 1.0",
                assertThrows(IllegalArgumentException.class, () -> one.merge(other)).getMessage());
        assertEquals(one.origin(), one.merge(one).origin());
        assertEquals(Optional.empty(), one.merge(random(1, 1)).origin());
        assertEquals(Optional.empty(), random(1, 1).merge(one).origin());
    }

    @Test
    void nothingOfAStateCanBeChangedThroughIt() {
        float[] slopes = SLOPES.clone();
        long[] tokens = {1, 2};
        AttentionState state =
                AttentionState.of(Tensor.allocate(DType.F32, 2, 3, 5, 4), slopes, tokens);
        slopes[0] = 9;
        tokens[0] = 9;
        state.slopes()[0] = 9;
        state.tokens()[0] = 9;
        assertEquals(0, state.slopes()[0]);
        assertEquals(1, state.tokens(0));
        assertThrows(IllegalArgumentException.class, () -> state.values().setDouble(0, 1));
    }

    @Test
    void whatDoesNotFitTogetherIsRefused() {
        Tensor values = Tensor.allocate(DType.F32, 2, 3, 5, 4);
        assertRefused("state has 2 sequences; tokens has 1", values, SLOPES, 1);
        assertRefused("state has 3 heads; slopes has 2", values, new float[2], 1, 1);
        assertRefused("token count is -1; it must be >= 0", values, SLOPES, 1, -1);
        assertRefused(
                "state is F32[6, 5, 4]; it must be F32[R, H, D, E]",
                values.reshape(6, 5, 4),
                SLOPES,
                1,
                1);
        assertRefused(
                "state is BF16[2, 3, 5, 4]; it must be F32[R, H, D, E]",
                Tensor.allocate(DType.BF16, 2, 3, 5, 4),
                SLOPES,
                1,
                1);
        assertRefused(
                "state is F32[1, 3, 0, 4]; its D and E must be 1 to 1024",
                Tensor.allocate(DType.F32, 1, 3, 0, 4),
                SLOPES,
                1);
        assertRefused(
                "state is F32[1, 3, 1, 1025]; its D and E must be 1 to 1024",
                Tensor.allocate(DType.F32, 1, 3, 1, 1025),
                SLOPES,
                1);
        assertThrows(
                IllegalArgumentException.class,
                () -> AttentionState.of(values, new float[] {0, -1, 0}, new long[2]));
    }

    private static void assertRefused(
            String message, Tensor values, float[] slopes, long... tokens) {
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> AttentionState.of(values, slopes, tokens))
                        .getMessage());
    }
}
