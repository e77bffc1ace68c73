package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What is read and written: all of o and nothing beside it, the inputs and nothing beside them.
 *
 * <p>Every tensor here is a slice in the middle of a larger segment. Beside the inputs are NaNs,
 * which show in the result if they are read. Beside o are NaNs too, and they must still be there
 * afterwards.
 */
final class MemoryBounds {
    private static final String TOPIC = "memory bounds";
    private static final byte NAN = (byte) 0xFF;

    /** Bytes on either side: more rows than any block has. */
    private static final long GUARD = 1 << 17;

    private static final MemorySegment UNTOUCHED = Arena.global().allocate(2 * GUARD).fill(NAN);

    private MemoryBounds() {}

    static Stream<Law> laws() {
        return Stream.of(DType.F32, DType.BF16, DType.F16)
                .flatMap(type ->
                        IntStream.range(0, type.bytes())
                                .boxed()
                                .flatMap(offset ->
                                        Stream.of(
                                                forward(type, offset),
                                                packed(type, offset),
                                                session(type, offset))));
    }

    private static Law forward(DType type, int offset) {
        return new Law(
                String.format(
                        Locale.ROOT,
                        "forward stays inside its tensors, %s at byte %d",
                        type,
                        offset),
                subject -> {
                    Problem problem =
                            random(1)
                                    .dtype(type)
                                    .layout(Layout.values()[offset % 2])
                                    .batch(2)
                                    .build();
                    check(subject, problem, offset);
                });
    }

    private static Law packed(DType type, int offset) {
        return new Law(
                String.format(
                        Locale.ROOT,
                        "packed sequences stay inside their tensors, %s at byte %d",
                        type,
                        offset),
                subject -> {
                    Problem problem =
                            random(2)
                                    .dtype(type)
                                    .layout(Layout.values()[(offset + 1) % 2])
                                    .packed(0, 97, 1, 33, 0)
                                    .build();
                    check(subject, problem, offset);
                });
    }

    private static Problem.Builder random(int index) {
        return Problem.random(Seeds.random(TOPIC, index))
                .dims(19, 21)
                .slopes(0, 8, 0.02f)
                .tokens(131);
    }

    private static void check(Subject subject, Problem problem, int offset) {
        try (LightningAttention attention = subject.open(problem.config())) {
            AttentionResult aligned = guarded(attention, problem, 0);
            AttentionResult unaligned = guarded(attention, problem, offset);
            Expect.answers(problem, aligned);
            Expect.sameBits("unaligned", unaligned, aligned);
        }
    }

    private static AttentionResult guarded(
            LightningAttention attention, Problem problem, int offset) {
        AttentionInputs in = problem.inputs();
        AttentionState initial = Objects.requireNonNull(in.initialState());
        Guarded q = Guarded.of(in.q(), offset);
        Guarded k = Guarded.of(in.k(), offset);
        Guarded v = Guarded.of(in.v(), offset);
        Guarded s = Guarded.of(initial.values(), offset);
        Guarded o = Guarded.of(problem.newOutput(), offset);
        o.tensor.segment().fill(NAN);
        AttentionInputs there =
                new AttentionInputs(
                        q.tensor,
                        k.tensor,
                        v.tensor,
                        in.sequences(),
                        AttentionState.of(s.tensor, initial.slopes(), initial.tokens()));
        AttentionState state = attention.forward(there, o.tensor);
        wholeAndAlone(o);
        Expect.sameBits("q afterwards", q.tensor, in.q());
        Expect.sameBits("k afterwards", k.tensor, in.k());
        Expect.sameBits("v afterwards", v.tensor, in.v());
        Expect.sameBits("initial state afterwards", s.tensor, initial.values());
        return new AttentionResult(o.tensor, state);
    }

    private static Law session(DType type, int offset) {
        return new Law(
                String.format(
                        Locale.ROOT,
                        "appends stay inside their tensors, %s at byte %d",
                        type,
                        offset),
                subject -> {
                    Problem problem = random(3).dtype(type).build();
                    AttentionConfig config = problem.config();
                    AttentionState initial =
                            Objects.requireNonNull(problem.inputs().initialState());
                    Tensor output = problem.newOutput();
                    try (LightningAttention attention = subject.open(config);
                            AttentionSession session = attention.openSession(initial)) {
                        long[] cuts = {0, 1, 2, 3, 70, 71, 73, 76, 130, 131};
                        for (int i = 1; i < cuts.length; i++) {
                            AttentionInputs in =
                                    Tokens.cut(config, problem.inputs(), cuts[i - 1], cuts[i]);
                            Guarded o = Guarded.of(Tensor.allocate(type, in.v().shape()), offset);
                            o.tensor.segment().fill(NAN);
                            session.append(
                                    Guarded.of(in.q(), offset).tensor,
                                    Guarded.of(in.k(), offset).tensor,
                                    Guarded.of(in.v(), offset).tensor,
                                    o.tensor);
                            wholeAndAlone(o);
                            Tokens.paste(config.layout(), o.tensor, output, cuts[i - 1]);
                        }
                        Expect.answers(problem, output, session.state());
                    }
                });
    }

    /** Every element was written and nothing beside them. */
    private static void wholeAndAlone(Guarded o) {
        for (long i = 0; i < o.tensor.size(); i++) {
            assertFalse(Double.isNaN(o.tensor.getDouble(i)), "element " + i + " of o is NaN");
        }
        long end = o.start + o.tensor.segment().byteSize();
        untouched("before o", o.around.asSlice(0, o.start));
        untouched("behind o", o.around.asSlice(end));
    }

    private static void untouched(String where, MemorySegment guard) {
        long at = guard.mismatch(UNTOUCHED.asSlice(0, guard.byteSize()));
        assertEquals(-1, at, "byte written " + where);
    }

    /** A copy of a tensor in the middle of guards. */
    private record Guarded(MemorySegment around, long start, Tensor tensor) {
        static Guarded of(Tensor tensor, int offset) {
            long bytes = tensor.segment().byteSize();
            MemorySegment around = Arena.ofAuto().allocate(2 * GUARD + bytes + offset, 64);
            around.fill(NAN);
            long start = GUARD + offset;
            MemorySegment slice = around.asSlice(start, bytes);
            slice.copyFrom(tensor.segment());
            return new Guarded(around, start, Tensor.of(tensor.dtype(), slice, tensor.shape()));
        }
    }
}
