package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;

import java.lang.foreign.Arena;
import java.util.Objects;
import java.util.stream.Stream;

/** Opening, closing, and calls that are refused. */
final class Lifecycle {
    private static final String TOPIC = "lifecycle";

    private Lifecycle() {}

    static Stream<Law> laws() {
        return Stream.of(
                new Law("a refused append appends nothing", Lifecycle::refused),
                new Law("a closed session refuses everything", Lifecycle::closedSession),
                new Law("closing the device ends its sessions", Lifecycle::closedDevice),
                new Law("two open devices do not meet", Lifecycle::twoDevices),
                new Law("read-only inputs will do", Lifecycle::readOnly),
                new Law(
                        "memory of one thread is computed on, or refused by name",
                        Lifecycle::confined));
    }

    private static Problem random(int index) {
        return Problem.random(Seeds.random(TOPIC, index))
                .tokens(120)
                .dims(12, 20)
                .slopes(0, 8, 0.02f)
                .build();
    }

    private static AttentionState initial(Problem problem) {
        return Objects.requireNonNull(problem.inputs().initialState());
    }

    private static void refused(Subject subject) {
        Problem problem = random(1);
        AttentionInputs in = problem.inputs();
        Tensor o = problem.newOutput();
        try (LightningAttention attention = subject.open(problem.config());
                AttentionSession session = attention.openSession(initial(problem))) {
            AttentionInputs one = Tokens.cut(problem.config(), in, 0, 1);
            session.append(one.q(), one.k(), one.v());
            AttentionState before = session.state();
            Tensor half = Tensor.allocate(DType.BF16, in.k().shape());
            Tensor two = Tensor.allocate(DType.F32, 2, 3, 60, 12);
            refuses(() -> session.append(in.q(), half, in.v(), o));
            refuses(() -> session.append(in.q(), in.v(), in.v(), o));
            refuses(() -> session.append(in.q(), in.k(), in.v(), in.v()));
            refuses(() -> session.append(in.q(), in.k(), in.v(), o.asReadOnly()));
            refuses(() -> session.append(two, two, two, two));
            refuses(() ->
                    session.append(in.q(), in.k(), in.v(), PackedSequences.ofLengths(60, 60), o));
            Expect.sameBits("the state after refused appends", session.state(), before);
            Tensor rest = session.append(in.q(), in.k(), in.v());
            Problem after = problem.with(in.withInitialState(before));
            Expect.answers(after, rest, session.state());
        }
    }

    private static void refuses(Runnable append) {
        assertThrows(IllegalArgumentException.class, append::run);
    }

    private static void closedSession(Subject subject) {
        Problem problem = random(2);
        AttentionInputs in = problem.inputs();
        try (LightningAttention attention = subject.open(problem.config())) {
            AttentionSession session = attention.openSession(initial(problem));
            session.append(in.q(), in.k(), in.v());
            AttentionState state = session.state();
            session.close();
            session.close();
            assertThrows(IllegalStateException.class, () -> session.append(in.q(), in.k(), in.v()));
            assertThrows(IllegalStateException.class, session::state);
            assertThrows(IllegalStateException.class, session::fork);
            Expect.states(problem, state);
            Expect.answers(problem, problem.run(attention));
        }
    }

    private static void closedDevice(Subject subject) {
        Problem problem = random(3);
        AttentionInputs in = problem.inputs();
        LightningAttention attention = subject.open(problem.config());
        AttentionSession session = attention.openSession(initial(problem));
        AttentionSession fork = session.fork();
        AttentionResult result = problem.run(attention);
        attention.close();
        attention.close();
        assertThrows(IllegalStateException.class, () -> attention.forward(in));
        assertThrows(IllegalStateException.class, () -> attention.openSession(1));
        assertThrows(IllegalStateException.class, session::state);
        assertThrows(IllegalStateException.class, fork::state);
        session.close();
        Expect.answers(problem, result);
    }

    private static void twoDevices(Subject subject) {
        Problem one = random(4);
        Problem other =
                Problem.random(Seeds.random(TOPIC, 5)).dims(40, 8).heads(5).tokens(90).build();
        try (LightningAttention first = subject.open(one.config());
                AttentionSession session = first.openSession(initial(one))) {
            Tensor o;
            try (LightningAttention second = subject.open(other.config());
                    AttentionSession otherSession = second.openSession(initial(other))) {
                Expect.answers(other, other.run(second));
                o = session.append(one.inputs().q(), one.inputs().k(), one.inputs().v());
                Tensor p =
                        otherSession.append(
                                other.inputs().q(), other.inputs().k(), other.inputs().v());
                Expect.answers(other, p, otherSession.state());
            }
            Expect.answers(one, o, session.state());
            Expect.answers(one, one.run(first));
        }
    }

    private static void readOnly(Subject subject) {
        Problem problem = random(6);
        AttentionInputs in = problem.inputs();
        Problem readOnly =
                problem.with(
                        new AttentionInputs(
                                in.q().asReadOnly(),
                                in.k().asReadOnly(),
                                in.v().asReadOnly(),
                                null,
                                in.initialState()));
        Expect.answers(problem, readOnly.run(subject));
    }

    /**
     * Worker threads may not use memory of a confined arena, and the caller must be told so before
     * anything is computed.
     */
    private static void confined(Subject subject) {
        Problem problem = Problem.random(Seeds.random(TOPIC, 7)).heads(4).tokens(3000).build();
        AttentionConfig config = problem.config();
        AttentionInputs in = problem.inputs();
        try (Arena arena = Arena.ofConfined();
                LightningAttention attention = subject.open(config);
                AttentionSession session = attention.openSession(initial(problem))) {
            Tensor q = copy(arena, in.q());
            Tensor k = copy(arena, in.k());
            Tensor v = copy(arena, in.v());
            Tensor o = Tensor.allocate(arena, problem.outputType(), v.shape());
            try {
                AttentionInputs there = new AttentionInputs(q, k, v, null, in.initialState());
                for (int i = 0; i < 5; i++) {
                    Expect.answers(problem, o, attention.forward(there, o));
                }
                o.segment().fill((byte) 0xFF);
                session.append(q, k, v, o);
                Expect.answers(problem, o, session.state());
            } catch (IllegalArgumentException refusal) {
                assertEquals(0, session.tokens(0) - initial(problem).tokens(0), "tokens appended");
                Expect.sameBits("state", session.state(), initial(problem));
            }
        }
    }

    private static Tensor copy(Arena arena, Tensor tensor) {
        Tensor copy = Tensor.allocate(arena, tensor.dtype(), tensor.shape());
        copy.segment().copyFrom(tensor.segment());
        return copy;
    }
}
