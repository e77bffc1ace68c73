package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lightning4j.spi.BackendOptions;

import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.util.Objects;
import java.util.stream.Stream;

/** What callers get wrong is refused where they give it, by name. */
class MisuseTest {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(4, 8, 6).build();
    private static final AttentionSession SESSION =
            LightningAttention.over(CONFIG, new BrokenDevice()).openSession(2);

    private static Tensor f32(long... shape) {
        return Tensor.allocate(DType.F32, shape);
    }

    private record Misuse(String message, Runnable call) {}

    private static <T extends Exception> Stream<DynamicTest> refused(
            Class<T> type, Misuse... misuses) {
        return Stream.of(misuses)
                .map(misuse ->
                        DynamicTest.dynamicTest(
                                misuse.message,
                                () ->
                                        assertEquals(
                                                misuse.message,
                                                assertThrows(type, misuse.call::run)
                                                        .getMessage())));
    }

    /** Null, to callers that have no tool that would tell them. */
    @NullUnmarked
    private static <T> T none() {
        return null;
    }

    @TestFactory
    Stream<DynamicTest> nothingIsRefusedWhereItIsGiven() {
        AttentionConfig.Builder config = AttentionConfig.builder(4, 8);
        Tensor x = f32(1);
        return refused(
                NullPointerException.class,
                new Misuse(
                        "algorithm is null; it must be an Algorithm",
                        () -> config.algorithm(none())),
                new Misuse("decay is null; it must be a Decay", () -> config.decay(none())),
                new Misuse(
                        "featureMap is null; it must be a FeatureMap",
                        () -> config.featureMap(none())),
                new Misuse("layout is null; it must be a Layout", () -> config.layout(none())),
                new Misuse(
                        "config is null; it must be an AttentionConfig",
                        () -> LightningAttention.builder(none())),
                new Misuse(
                        "device is null; it must be auto, a backend's name or a device id",
                        () -> LightningAttention.builder(CONFIG).device(none())),
                new Misuse(
                        "q is null; it must be a Tensor", () -> AttentionInputs.of(none(), x, x)),
                new Misuse(
                        "k is null; it must be a Tensor", () -> AttentionInputs.of(x, none(), x)),
                new Misuse(
                        "v is null; it must be a Tensor", () -> AttentionInputs.of(x, x, none())),
                new Misuse(
                        "initialState is null; it must be a Tensor",
                        () -> new Gradients(x, x, x, none())));
    }

    @TestFactory
    Stream<DynamicTest> whatIsOutOfRangeIsNamed() {
        AttentionState state =
                AttentionState.of(f32(2, 4, 8, 6), CONFIG.slopes(), new long[] {1, 2});
        PackedSequences packed = PackedSequences.ofLengths(1, 2, 3);
        return refused(
                IndexOutOfBoundsException.class,
                new Misuse("r is 5; it must be 0 ... 1", () -> SESSION.tokens(5)),
                new Misuse("r is -1; it must be 0 ... 1", () -> state.tokens(-1)),
                new Misuse("r is 3; it must be 0 ... 2", () -> packed.start(3)),
                new Misuse("r is 3; it must be 0 ... 2", () -> packed.length(3)),
                new Misuse("axis is 4; it must be 0 ... 3", () -> f32(1, 2, 3, 4).shape(4)),
                new Misuse("axis is 0; there are none", () -> f32().shape(0)),
                new Misuse("index is 6; it must be 0 ... 5", () -> f32(2, 3).getDouble(6)));
    }

    @TestFactory
    Stream<DynamicTest> numbersAreBounded() {
        LightningAttention.Builder builder = LightningAttention.builder(CONFIG);
        builder.threads(BackendOptions.MAX_THREADS);
        return refused(
                IllegalArgumentException.class,
                new Misuse("threads is 10000; it must be 0 ... 4096", () -> builder.threads(10000)),
                new Misuse("threads is -1; it must be 0 ... 4096", () -> builder.threads(-1)),
                new Misuse(
                        "checkpointBlocks is -1; it must be >= 0",
                        () -> builder.checkpointBlocks(-1)),
                new Misuse(
                        "sessionMemoryBudget is -1; it must be >= 0",
                        () -> builder.sessionMemoryBudget(-1)));
    }

    /** A call with one of q, k, v and output in the other order. */
    private static Misuse call(
            String message, Layout layout, Tensor q, Tensor k, Tensor v, @Nullable Tensor output) {
        AttentionConfig config = AttentionConfig.builder(4, 8, 6).layout(layout).build();
        Tensor o = Objects.requireNonNullElseGet(output, () -> f32(v.shape()));
        return new Misuse(
                message, () -> Validation.problem(config, AttentionInputs.of(q, k, v), o));
    }

    @TestFactory
    Stream<DynamicTest> theOtherLayoutIsRecognized() {
        Tensor heads = f32(1, 4, 10, 8);
        Tensor tokens = f32(1, 10, 4, 8);
        String advice = "; transpose it, or build the configuration with that layout";
        return refused(
                IllegalArgumentException.class,
                call(
                        "q has shape [1, 10, 4, 8]; axis 1 is 10, it must be H = 4:"
                                + " Layout.HEADS_FIRST is [B, H, N, D], and this looks like"
                                + " [B, N, H, D], Layout.TOKENS_FIRST"
                                + advice,
                        Layout.HEADS_FIRST,
                        tokens,
                        tokens,
                        f32(1, 10, 4, 6),
                        null),
                call(
                        "q has shape [1, 4, 10, 8]; axis 2 is 10, it must be H = 4:"
                                + " Layout.TOKENS_FIRST is [B, N, H, D], and this looks like"
                                + " [B, H, N, D], Layout.HEADS_FIRST"
                                + advice,
                        Layout.TOKENS_FIRST,
                        heads,
                        heads,
                        f32(1, 4, 10, 6),
                        null),
                call(
                        "v has shape [1, 10, 4, 6]; axis 1 is 10, it must be H = 4:"
                                + " Layout.HEADS_FIRST is [B, H, N, E], and this looks like"
                                + " [B, N, H, E], Layout.TOKENS_FIRST"
                                + advice,
                        Layout.HEADS_FIRST,
                        heads,
                        heads,
                        f32(1, 10, 4, 6),
                        null),
                call(
                        "output has shape [1, 10, 4, 6]; axis 1 is 10, it must be H = 4:"
                                + " Layout.HEADS_FIRST is [B, H, N, E], and this looks like"
                                + " [B, N, H, E], Layout.TOKENS_FIRST"
                                + advice,
                        Layout.HEADS_FIRST,
                        heads,
                        heads,
                        f32(1, 4, 10, 6),
                        f32(1, 10, 4, 6)));
    }

    @Test
    void enginesAndSessionsSayWhatTheyAre() {
        AttentionConfig config = AttentionConfig.builder(4, 8).build();
        LightningAttention attention = LightningAttention.over(config, new BrokenDevice());
        assertEquals("LightningAttention[broken, " + config + "]", attention.toString());
        AttentionSession one = attention.openSession(1);
        assertEquals("AttentionSession[1 sequence of 0 tokens]", one.toString());
        AttentionState state =
                AttentionState.of(f32(2, 4, 8, 8), config.slopes(), new long[] {7, 3});
        AttentionSession two = attention.openSession(state);
        assertEquals("AttentionSession[2 sequences of 3 ... 7 tokens]", two.toString());
        Tensor x = f32(2, 4, 1, 8);
        assertThrows(BackendException.class, () -> two.append(x, x, x));
        assertEquals(
                "AttentionSession[2 sequences of 3 ... 7 tokens, an append failed midway]",
                two.toString());
        two.close();
        assertEquals("AttentionSession[2 sequences of 3 ... 7 tokens, closed]", two.toString());
        attention.close();
        assertEquals("AttentionSession[1 sequence of 0 tokens, closed]", one.toString());
    }

    @Test
    void decaysHaveShortNames() {
        assertEquals(new Decay.None(), Decay.none());
        assertEquals(new Decay.Alibi(), Decay.alibi());
        assertEquals(new Decay.AlibiLayer(1, 3), Decay.alibi(1, 3));
        assertEquals(new Decay.Transformers(1, 3), Decay.transformers(1, 3));
        assertEquals(new Decay.Paper(1, 3), Decay.paper(1, 3));
        assertEquals(new Decay.Retention(), Decay.retention());
        assertEquals(new Decay.Slopes(1, 2), Decay.ofSlopes(1, 2));
    }
}
