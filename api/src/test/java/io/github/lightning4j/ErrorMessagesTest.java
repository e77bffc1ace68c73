package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;

/** What a call refuses is named: the argument, what it was and what it must be. */
class ErrorMessagesTest {
    private static final AttentionConfig CONFIG =
            AttentionConfig.builder(4, 8, 6).decay(new Decay.Slopes(1, 2, 3, 4)).build();
    private static final Tensor K = f32(1, 4, 10, 8);
    private static final Tensor V = f32(1, 4, 10, 6);

    private static Tensor f32(long... shape) {
        return Tensor.allocate(DType.F32, shape);
    }

    /** A forward pass as far as its validation. */
    private static Refusal forward(String message, Tensor q, Tensor k, Tensor v, Tensor o) {
        return forward(message, AttentionInputs.of(q, k, v), o);
    }

    private static Refusal forward(String message, AttentionInputs inputs, Tensor o) {
        return new Refusal(message, () -> Validation.problem(CONFIG, inputs, o));
    }

    private static AttentionState state(float[] slopes, long... shape) {
        return AttentionState.of(f32(shape), slopes, new long[(int) shape[0]]);
    }

    @TestFactory
    Stream<DynamicTest> tensors() {
        Tensor o = f32(1, 4, 10, 6);
        Tensor f64 = Tensor.allocate(DType.F64, 1, 4, 10, 8);
        Tensor bf16 = Tensor.allocate(DType.BF16, 1, 4, 10, 8);
        Tensor f16 = Tensor.allocate(DType.F16, 1, 4, 10, 6);
        return Refusal.tests(
                forward("q has dtype F64; it must be F32, F16 or BF16", f64, K, V, o),
                forward("k has dtype BF16; q has F32", K, bf16, V, o),
                forward("v has dtype F16; q has F32", K, K, f16, o),
                forward("output has dtype F16; it must be F32 or that of q, F32", K, K, V, f16),
                forward(
                        "q has shape [4, 10, 8]; it must have 4 axes, [B, H, N, D]",
                        f32(4, 10, 8),
                        K,
                        V,
                        o),
                forward(
                        "q has shape [1, 3, 10, 8]; it must be [B, H, N, D] = [1, 4, 10, 8]",
                        f32(1, 3, 10, 8),
                        K,
                        V,
                        o),
                forward(
                        "k has shape [1, 4, 9, 8]; it must be [B, H, N, D] = [1, 4, 10, 8]",
                        K,
                        f32(1, 4, 9, 8),
                        V,
                        o),
                forward(
                        "v has shape [1, 4, 10, 8]; it must be [B, H, N, E] = [1, 4, 10, 6]",
                        K,
                        K,
                        K,
                        o),
                forward(
                        "output has shape [1, 4, 10, 8]; it must be [B, H, N, E] = [1, 4, 10, 6]",
                        K,
                        K,
                        V,
                        f32(1, 4, 10, 8)),
                forward(
                        "q has batch 0; it must be at least 1",
                        f32(0, 4, 10, 8),
                        f32(0, 4, 10, 8),
                        f32(0, 4, 10, 6),
                        f32(0, 4, 10, 6)),
                forward("output is read-only; it must be writable", K, K, V, o.asReadOnly()));
    }

    @TestFactory
    Stream<DynamicTest> memoryForTheFinalState() {
        Tensor o = f32(1, 4, 10, 6);
        AttentionState initial = state(CONFIG.slopes(), 1, 4, 8, 6);
        AttentionInputs inputs = AttentionInputs.of(K, K, V).withInitialState(initial);
        Tensor gaps = f32(1, 4, 8, 7).slice(3, 0, 6);
        Tensor values = f32(1, 4, 8, 6);
        AttentionState own = AttentionState.of(values, CONFIG.slopes(), new long[1]);
        return Refusal.tests(
                into(
                        "final state is BF16[1, 4, 8, 6]; it must be F32[1, 4, 8, 6]",
                        inputs,
                        o,
                        bf16State()),
                into(
                        "final state is F32[1, 4, 6, 8]; it must be F32[1, 4, 8, 6]",
                        inputs,
                        o,
                        f32(1, 4, 6, 8)),
                into(
                        "final state is a part of a tensor, with gaps between its elements; copy"
                                + " it: allocate a tensor of its shape and call copyFrom",
                        inputs,
                        o,
                        gaps),
                into(
                        "final state is read-only; it must be writable",
                        inputs,
                        o,
                        f32(1, 4, 8, 6).asReadOnly()),
                into(
                        "final state overlaps initial state in memory",
                        inputs.withInitialState(own),
                        o,
                        values));
    }

    private static Tensor bf16State() {
        return Tensor.allocate(DType.BF16, 1, 4, 8, 6);
    }

    private static Refusal into(
            String message, AttentionInputs inputs, Tensor o, Tensor finalState) {
        return new Refusal(
                message,
                () ->
                        Validation.checkFinalState(
                                finalState, Validation.problem(CONFIG, inputs, o), inputs, o));
    }

    @TestFactory
    Stream<DynamicTest> overlap() {
        AttentionConfig square = AttentionConfig.builder(1, 4).build();
        MemorySegment memory = Arena.ofAuto().allocate(1024);
        Tensor o = Tensor.of(DType.F32, memory.asSlice(0, 160), 1, 1, 10, 4);
        Tensor touching = Tensor.of(DType.F32, memory.asSlice(156, 160), 1, 1, 10, 4);
        Tensor apart = Tensor.of(DType.F32, memory.asSlice(160, 160), 1, 1, 10, 4);
        AttentionState s =
                AttentionState.of(
                        Tensor.of(DType.F32, memory.asSlice(96, 64), 1, 1, 4, 4),
                        square.slopes(),
                        new long[1]);
        Validation.problem(square, AttentionInputs.of(apart, apart, apart), o);
        return Refusal.tests(
                new Refusal(
                        "output overlaps q in memory",
                        () ->
                                Validation.problem(
                                        square, AttentionInputs.of(touching, apart, apart), o)),
                new Refusal(
                        "output overlaps k in memory",
                        () ->
                                Validation.problem(
                                        square, AttentionInputs.of(apart, touching, apart), o)),
                new Refusal(
                        "output overlaps v in memory",
                        () -> Validation.problem(square, AttentionInputs.of(apart, apart, o), o)),
                new Refusal(
                        "output overlaps initial state in memory",
                        () ->
                                Validation.problem(
                                        square,
                                        AttentionInputs.of(apart, apart, apart).withInitialState(s),
                                        o)));
    }

    @TestFactory
    Stream<DynamicTest> statesAndSequences() {
        Tensor o = f32(1, 4, 10, 6);
        AttentionInputs in = AttentionInputs.of(K, K, V);
        float[] slopes = CONFIG.slopes();
        return Refusal.tests(
                forward(
                        "initial state has shape [2, 4, 8, 6]; it must be [R, H, D, E]"
                                + " = [1, 4, 8, 6]",
                        in.withInitialState(state(slopes, 2, 4, 8, 6)),
                        o),
                forward(
                        "initial state has shape [1, 4, 6, 8]; it must be [R, H, D, E]"
                                + " = [1, 4, 8, 6]",
                        in.withInitialState(state(slopes, 1, 4, 6, 8)),
                        o),
                forward(
                        "initial state was computed with other slopes than the configuration's",
                        in.withInitialState(state(new float[] {1, 2, 3, 5}, 1, 4, 8, 6)),
                        o),
                forward(
                        "initial state has shape [1, 4, 8, 6]; it must be [R, H, D, E]"
                                + " = [3, 4, 8, 6]",
                        in.withSequences(PackedSequences.ofLengths(4, 0, 6))
                                .withInitialState(state(slopes, 1, 4, 8, 6)),
                        o),
                forward(
                        "cu_seqlens ends at 9; q has 10 tokens",
                        in.withSequences(PackedSequences.ofCumulative(0, 4, 9)),
                        o),
                forward(
                        "q has batch 2; with packed sequences it must be 1",
                        AttentionInputs.of(f32(2, 4, 10, 8), f32(2, 4, 10, 8), f32(2, 4, 10, 6))
                                .withSequences(PackedSequences.ofLengths(10)),
                        f32(2, 4, 10, 6)));
    }

    @TestFactory
    Stream<DynamicTest> sizesAndMemory() {
        long many = 3_000_000_000L;
        Tensor none = f32(many, 4, 0, 8);
        Tensor out = f32(many, 4, 0, 6);
        Tensor own = Tensor.allocate(Arena.ofConfined(), DType.F32, 1, 4, 10, 8);
        String alone =
                " is in memory of one thread; allocate it with Arena.ofShared() or Arena.ofAuto()";
        return Refusal.tests(
                forward(
                        "q has 3000000000 sequences of 4 heads; together they must be below 2^31",
                        none,
                        none,
                        out,
                        f32(many, 4, 0, 6)),
                forward("k" + alone, K, own, V, f32(1, 4, 10, 6)),
                new Refusal(
                        "sequence 0 has seen 9223372036854775800 tokens; 10 more pass 2^63",
                        () ->
                                Validation.tokensAfter(
                                        new long[] {Long.MAX_VALUE - 7},
                                        Validation.problem(
                                                CONFIG,
                                                AttentionInputs.of(K, K, V),
                                                f32(1, 4, 10, 6)))),
                new Refusal(
                        "q has shape [1, 1099511627776, 0, 8]; it must be [B, H, N, D] = [1, 4, 0,"
                                + " 8]",
                        () ->
                                Validation.check(
                                        CONFIG, AttentionInputs.of(f32(1, 1L << 40, 0, 8), K, V))),
                new Refusal(
                        "initial state has shape [2, 4, 8, 6]; it must be [R, H, D, E] = [1, 4, 8,"
                                + " 6]",
                        () ->
                                Validation.check(
                                        CONFIG,
                                        AttentionInputs.of(K, K, V)
                                                .withInitialState(
                                                        state(
                                                                new float[] {1, 2, 3, 4},
                                                                2,
                                                                4,
                                                                8,
                                                                6)))),
                new Refusal(
                        "state has 0 sequences; it must have at least 1",
                        () -> AttentionState.empty(CONFIG, 0)));
    }

    /**
     * The error is about the shape, and not about memory for the gradients of a million sequences,
     * for which the first axis would be taken.
     */
    @Test
    void aForgottenAxisIsNamedBeforeGradientsAreAllocated() {
        Tensor q = f32(1 << 20, 1, 1);
        AttentionConfig config = AttentionConfig.builder(1, 1, 1024).build();
        try (LightningAttention attention = LightningAttention.over(config, new BrokenDevice())) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> attention.backward(AttentionInputs.of(q, q, q), q, null));
            assertEquals(
                    "q has shape [1048576, 1, 1]; it must have 4 axes, [B, H, N, D]",
                    e.getMessage());
        }
    }

    @Test
    void moreSequencesThanStatesCanBe() {
        try (LightningAttention attention = LightningAttention.over(CONFIG, new BrokenDevice())) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> attention.openSession(Integer.MAX_VALUE));
            assertEquals(
                    "a session has 2147483647 sequences of 4 heads; together they must be below"
                            + " 2^31",
                    e.getMessage());
        }
    }

    /** The error comes before a backend sees the memory, whose session would then be lost. */
    @Test
    void memoryThatWasFreed() {
        Arena arena = Arena.ofShared();
        Tensor freed = Tensor.allocate(arena, DType.F32, 1, 4, 10, 8);
        arena.close();
        Tensor o = f32(1, 4, 10, 6);
        IllegalStateException e =
                assertThrows(
                        IllegalStateException.class,
                        () -> Validation.problem(CONFIG, AttentionInputs.of(K, freed, V), o));
        assertEquals("k was freed; its arena is closed", e.getMessage());
    }

    /** A backward pass as far as its validation. */
    private static Refusal backward(
            String message,
            Tensor dO,
            @org.jspecify.annotations.Nullable Tensor dState,
            Gradients g) {
        AttentionInputs inputs = AttentionInputs.of(K, f32(1, 4, 10, 8), V);
        return new Refusal(message, () -> Validation.backward(CONFIG, inputs, dO, dState, g));
    }

    @TestFactory
    Stream<DynamicTest> gradients() {
        Tensor dO = f32(1, 4, 10, 6);
        Tensor dk = f32(1, 4, 10, 8);
        Tensor dv = f32(1, 4, 10, 6);
        Tensor state = f32(1, 4, 8, 6);
        Gradients fine = new Gradients(f32(1, 4, 10, 8), dk, dv, state);
        return Refusal.tests(
                backward(
                        "output gradient has shape [1, 4, 10, 8]; it must be [B, H, N, E] = [1, 4,"
                                + " 10, 6]",
                        dk,
                        null,
                        fine),
                backward(
                        "final state gradient is F32[2, 4, 8, 6]; it must be F32[1, 4, 8, 6]",
                        dO,
                        f32(2, 4, 8, 6),
                        fine),
                backward(
                        "dv is F32[1, 4, 10, 8]; it must be F32[1, 4, 10, 6]",
                        dO,
                        null,
                        new Gradients(f32(1, 4, 10, 8), dk, K, state)),
                backward(
                        "dq overlaps an input in memory",
                        dO,
                        null,
                        new Gradients(K, dk, dv, state)),
                backward("dk overlaps dq in memory", dO, null, new Gradients(dk, dk, dv, state)),
                backward(
                        "dv is read-only; it must be writable",
                        dO,
                        null,
                        new Gradients(f32(1, 4, 10, 8), dk, dv.asReadOnly(), state)));
    }

    @Test
    void tokensFirstIsNamedAsSuch() {
        AttentionConfig config = AttentionConfig.builder(4, 8).layout(Layout.TOKENS_FIRST).build();
        Tensor q = f32(1, 10, 3, 8);
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Validation.problem(config, AttentionInputs.of(q, q, q), q));
        assertEquals(
                "q has shape [1, 10, 3, 8]; it must be [B, N, H, D] = [1, 10, 4, 8]",
                e.getMessage());
    }
}
