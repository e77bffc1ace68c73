package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Slot;
import io.github.lightning4j.StatePool;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.RelativeError;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** States of 16 bits: rounded by chance, and yet the same bits for the same tokens. */
final class PoolRounding {
    private static final PoolOptions NARROW = PoolOptions.DEFAULT.withStateBits(16);
    private static final int N = 300;

    private PoolRounding() {}

    static Stream<Law> laws(Effort effort) {
        Stream<Law> laws =
                Stream.of(
                        new Law(
                                "16 bits: the state does not depend on cuts and slots",
                                PoolRounding::cuts),
                        new Law("16 bits: the seed decides, and nothing else", PoolRounding::seeds),
                        new Law("16 bits: rejected drafts leave no trace", PoolRounding::drafts),
                        new Law("16 bits: a stored state goes on in bits", PoolRounding::stored),
                        new Law(
                                "16 bits: errors do not add up in one direction",
                                PoolRounding::many),
                        new Law(
                                "16 bits: a state takes little more than half",
                                PoolRounding::memory));
        return Stream.of(laws, PoolSnapshots.laws(NARROW), PoolInterleavings.laws(16, effort))
                .flatMap(s -> s);
    }

    private static void with(
            Subject subject, Problem problem, PoolOptions options, PoolCase.Use use) {
        try (LightningAttention attention = subject.open(problem.config());
                StatePool pool = attention.openPool(6, options)) {
            use.of(pool);
        }
    }

    private static Problem problem(int index) {
        return PoolCase.random(300 + index).tokens(N).build();
    }

    private static void answers(Problem problem, Conversation conversation, AttentionState state) {
        RelativeError outputs = new RelativeError();
        RelativeError states = new RelativeError();
        int e = problem.config().valueDim();
        for (int h = 0; h < problem.config().heads(); h++) {
            double[][] output = problem.answer(0, h).output();
            double[][] finalState = problem.answer(0, h).finalState();
            for (int t = 0; t < output.length; t++) {
                for (int j = 0; j < e; j++) {
                    outputs.add(conversation.output().get(0, h, t, j), output[t][j]);
                }
            }
            for (int d = 0; d < finalState.length; d++) {
                for (int j = 0; j < e; j++) {
                    states.add(state.values().get(0, h, d, j), finalState[d][j]);
                }
            }
        }
        Expect.passes("output", outputs.value(), PoolCase.NARROW_GATE);
        Expect.passes("state", states.value(), PoolCase.NARROW_GATE);
    }

    private static void cuts(Subject subject) {
        Problem problem = problem(0);
        with(
                subject,
                problem,
                NARROW,
                pool -> {
                    AttentionState first = null;
                    for (int most : new int[] {N, 1, 5, 37}) {
                        Conversation conversation = new Conversation(problem);
                        Slot slot = pool.acquire();
                        for (int at = 0; at < N; at = Math.min(N, at + most)) {
                            conversation.append(pool, slot, at, Math.min(N, at + most));
                        }
                        AttentionState state = pool.read(slot);
                        first = first == null ? state : first;
                        Expect.sameBits("pieces of " + most, state, first);
                        answers(problem, conversation, state);
                    }
                });
    }

    private static void seeds(Subject subject) {
        Problem problem = problem(1);
        List<AttentionState> states = new ArrayList<>();
        for (long seed : new long[] {5, 5, 6}) {
            with(
                    subject,
                    problem,
                    NARROW.withSeed(seed),
                    pool -> {
                        if (states.size() == 1) {
                            pool.acquire(); // so that it is another slot
                        }
                        Conversation conversation = new Conversation(problem);
                        Slot slot = pool.acquire();
                        conversation.append(pool, slot, 0, N);
                        states.add(pool.read(slot));
                        answers(problem, conversation, states.getLast());
                    });
        }
        Expect.sameBits("the same seed", states.get(1), states.get(0));
        Tensor other = states.get(2).values();
        assertNotEquals(
                -1, other.segment().mismatch(states.getFirst().values().segment()), "another seed");
    }

    private static void drafts(Subject subject) {
        Problem problem = problem(2);
        Conversation others = new Conversation(problem(3));
        with(
                subject,
                problem,
                NARROW.withRollback(32),
                pool -> {
                    Conversation straight = new Conversation(problem);
                    Conversation drafted = new Conversation(problem);
                    Slot one = pool.acquire();
                    Slot other = pool.acquire();
                    for (int at = 0; at < 270; at += 30) {
                        straight.append(pool, one, at, at + 30);
                        drafted.append(pool, other, at, at + 30);
                        others.append(pool, other, 0, 1 + at % 32);
                        pool.truncate(other, at + 30);
                        Expect.sameBits("drafts taken back", pool.read(other), pool.read(one));
                    }
                    straight.append(pool, one, 270, N);
                    drafted.append(pool, other, 270, N);
                    Expect.sameBits("outputs beside drafts", drafted.output(), straight.output());
                    answers(problem, drafted, pool.read(other));
                });
    }

    private static void stored(Subject subject) {
        Problem problem = problem(4);
        for (int n : new int[] {32, 160, 77}) {
            with(
                    subject,
                    problem,
                    NARROW,
                    pool -> {
                        Conversation whole = new Conversation(problem);
                        Conversation continued = new Conversation(problem);
                        Slot one = pool.acquire();
                        Slot other = pool.acquire();
                        whole.append(pool, one, 0, n);
                        continued.append(pool, other, 0, n);
                        AttentionState stored = pool.read(one);
                        pool.write(other, stored);
                        assertEquals(n, pool.tokens(other), "tokens of a state that was written");
                        whole.append(pool, one, n, N);
                        continued.append(pool, other, n, N);
                        if (n % 32 == 0) {
                            Expect.sameBits("continued", pool.read(other), pool.read(one));
                            Expect.sameBits("continued", continued.output(), whole.output());
                        }
                        answers(problem, continued, pool.read(other));
                    });
        }
    }

    /** Without decay every rounding stays in the state. */
    private static void many(Subject subject) {
        Problem problem = PoolCase.random(310).slopes(0, 1e-3f).dims(8, 12).tokens(3000).build();
        with(
                subject,
                problem,
                NARROW,
                pool -> {
                    Conversation conversation = new Conversation(problem);
                    Slot slot = pool.acquire();
                    conversation.append(pool, slot, 0, 3000);
                    answers(problem, conversation, pool.read(slot));
                });
    }

    private static void memory(Subject subject) {
        Problem problem = PoolCase.random(311).dims(64, 64).build();
        try (LightningAttention attention = subject.open(problem.config())) {
            long wide = attention.poolMemory(10, PoolOptions.DEFAULT);
            long narrow = attention.poolMemory(10, NARROW);
            assertTrue(narrow < 0.6 * wide, narrow + " bytes instead of " + wide);
            try (StatePool pool = attention.openPool(10, NARROW)) {
                assertEquals(narrow, pool.memory(), "memory of a pool");
                Conversation conversation = new Conversation(problem);
                Slot slot = pool.acquire();
                conversation.append(pool, slot, 0, N);
                answers(problem, conversation, pool.read(slot));
            }
        }
    }
}
