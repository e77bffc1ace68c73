package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Slot;
import io.github.lightning4j.StatePool;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Tokens that are taken back leave no trace. */
final class PoolRollback {
    private static final int N = 300;

    private PoolRollback() {}

    static Stream<Law> laws() {
        return Stream.of(
                new Law("rejected drafts leave no trace", PoolRollback::drafts),
                new Law("tokens can be taken back as far as was asked for", PoolRollback::reach),
                new Law("without rollback, back to the last fold", PoolRollback::toTheFold),
                new Law("a fork can take back what its parent can", PoolRollback::forks),
                new Law("bits do not depend on the rollback", PoolRollback::options),
                new Law("tokens before a state that was written stay", PoolRollback::written));
    }

    private static void with(Subject subject, Problem problem, int rollback, PoolCase.Use use) {
        try (LightningAttention attention = subject.open(problem.config());
                StatePool pool =
                        attention.openPool(4, PoolOptions.DEFAULT.withRollback(rollback))) {
            use.of(pool);
        }
    }

    private static Problem problem(int index) {
        return PoolCase.random(200 + index).tokens(N).build();
    }

    /** As many tokens of another sequence are tried and taken back, again and again. */
    private static void drafts(Subject subject) {
        Problem problem = problem(0);
        Conversation others = new Conversation(problem(1));
        with(
                subject,
                problem,
                32,
                pool -> {
                    Conversation straight = new Conversation(problem);
                    Conversation drafted = new Conversation(problem);
                    Slot one = pool.acquire();
                    Slot other = pool.acquire();
                    int at = 0;
                    for (int drafts : new int[] {1, 4, 5, 32, 31, 3, 9, 32, 1}) {
                        int to = at + 29;
                        straight.append(pool, one, at, to);
                        drafted.append(pool, other, at, to);
                        AttentionState before = pool.read(other);
                        others.append(pool, other, at, at + drafts);
                        pool.truncate(other, to);
                        assertEquals(to, pool.tokens(other), "tokens");
                        Expect.sameBits(drafts + " drafts taken back", pool.read(other), before);
                        at = to;
                    }
                    straight.appendCut(pool, one, at, at + 1, N);
                    drafted.appendCut(pool, other, at, at + 1, N);
                    Expect.sameBits("outputs beside drafts", drafted.output(), straight.output());
                    Expect.sameBits("the state after drafts", pool.read(other), pool.read(one));
                    Expect.answers(problem, drafted.output(), pool.read(other));
                });
    }

    private static void reach(Subject subject) {
        Problem problem = problem(2);
        for (int rollback : new int[] {1, 32, 33, 100}) {
            for (int n : new int[] {101, 128, 129, 160, 200}) {
                with(
                        subject,
                        problem,
                        rollback,
                        pool -> {
                            Conversation conversation = new Conversation(problem);
                            Slot slot = pool.acquire();
                            Slot shorter = pool.acquire();
                            int left = n - rollback;
                            conversation.append(pool, slot, 0, n);
                            long earliest = pool.earliest(slot);
                            assertTrue(earliest <= left, earliest + " is the earliest; " + left);
                            pool.truncate(slot, left);
                            conversation.append(pool, shorter, 0, left);
                            Expect.sameBits("taken back", pool.read(slot), pool.read(shorter));
                            assertThrows(
                                    IllegalArgumentException.class,
                                    () -> pool.truncate(slot, earliest - 1));
                            conversation.append(pool, slot, left, N);
                            Expect.states(problem, pool.read(slot));
                        });
            }
        }
    }

    private static void toTheFold(Subject subject) {
        Problem problem = problem(3);
        with(
                subject,
                problem,
                0,
                pool -> {
                    Conversation conversation = new Conversation(problem);
                    Slot slot = pool.acquire();
                    Slot shorter = pool.acquire();
                    conversation.append(pool, slot, 0, 95);
                    assertTrue(pool.earliest(slot) <= 64, "earliest of 95 tokens");
                    pool.truncate(slot, 65);
                    conversation.append(pool, shorter, 0, 65);
                    Expect.sameBits("taken back", pool.read(slot), pool.read(shorter));
                    pool.truncate(slot, 64);
                    conversation.append(pool, slot, 64, N);
                    Expect.states(problem, pool.read(slot));
                });
    }

    private static void forks(Subject subject) {
        Problem problem = problem(4);
        with(
                subject,
                problem,
                40,
                pool -> {
                    Conversation conversation = new Conversation(problem);
                    Slot slot = pool.acquire();
                    conversation.append(pool, slot, 0, 70);
                    Slot child = pool.copy(slot);
                    Slot shorter = pool.acquire();
                    conversation.append(pool, shorter, 0, 31);
                    AttentionState before = pool.read(slot);
                    assertEquals(pool.earliest(slot), pool.earliest(child), "earliest");
                    pool.truncate(child, 31);
                    Expect.sameBits("the child", pool.read(child), pool.read(shorter));
                    Expect.sameBits("the parent", pool.read(slot), before);
                    conversation.append(pool, child, 31, N);
                    Expect.states(problem, pool.read(child));
                });
    }

    private static void options(Subject subject) {
        Problem problem = problem(5);
        int[] cuts = {0, 50, 51, 52, 64, 96, 130, 131, 290, N};
        List<AttentionState> states = new ArrayList<>();
        for (int rollback : new int[] {0, 1, 64, 90}) {
            with(
                    subject,
                    problem,
                    rollback,
                    pool -> {
                        Conversation conversation = new Conversation(problem);
                        Slot slot = pool.acquire();
                        for (int i = 1; i < cuts.length; i++) {
                            conversation.append(pool, slot, cuts[i - 1], cuts[i]);
                            AttentionState state = pool.read(slot);
                            if (states.size() < i) {
                                states.add(state);
                            }
                            String what = "rollback " + rollback + ", " + cuts[i] + " tokens";
                            Expect.sameBits(what, state, states.get(i - 1));
                        }
                        Expect.answers(problem, conversation.output(), pool.read(slot));
                    });
        }
    }

    private static void written(Subject subject) {
        Problem problem = PoolCase.random(210).tokens(N).build();
        with(
                subject,
                problem,
                32,
                pool -> {
                    Conversation conversation = new Conversation(problem);
                    Slot slot = pool.acquire();
                    conversation.append(pool, slot, 0, 75);
                    AttentionState stored = pool.read(slot);
                    conversation.append(pool, slot, 75, 90);
                    pool.write(slot, stored);
                    assertEquals(75, pool.earliest(slot), "earliest of a state that was written");
                    conversation.append(pool, slot, 75, 85);
                    pool.truncate(slot, 75);
                    Expect.sameBits("the state that was written", pool.read(slot), stored);
                    conversation.append(pool, slot, 75, N);
                    Expect.answers(problem, conversation.output(), pool.read(slot));
                });
    }
}
