package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Slot;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.StatePool;

import java.util.stream.Stream;

/** What was copied out of a slot goes on, in another, as the slot itself would have. */
final class PoolSnapshots {
    private static final int N = 300;

    private PoolSnapshots() {}

    static Stream<Law> laws(PoolOptions options) {
        String bits = options.stateBits() == 32 ? "" : options.stateBits() + " bits: ";
        return Stream.of(
                new Law(
                        bits + "a snapshot goes on in bits, whatever its length",
                        subject -> goesOn(subject, options)),
                new Law(
                        bits + "a snapshot does not change with its slot",
                        subject -> stays(subject, options)),
                new Law(
                        bits + "drafts after a snapshot leave no trace",
                        subject -> drafts(subject, options)),
                new Law(
                        bits + "a state that was written has snapshots that go on in bits",
                        subject -> written(subject, options)));
    }

    private static Problem problem(int index) {
        return PoolCase.random(400 + index).tokens(N).build();
    }

    private static void with(
            Subject subject, Problem problem, PoolOptions options, PoolCase.Use use) {
        try (LightningAttention attention = subject.open(problem.config());
                StatePool pool = attention.openPool(3, options)) {
            use.of(pool);
        }
    }

    /** Whatever was in the slot before, into a pool that another thread count serves. */
    private static void goesOn(Subject subject, PoolOptions options) {
        Problem problem = problem(0);
        Conversation strange = new Conversation(problem(1));
        int[] lengths = {0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 79, 96, 127, 128, 129, 193};
        with(
                subject,
                problem,
                options,
                pool -> {
                    try (LightningAttention other = subject.open(problem.config());
                            StatePool second = other.openPool(2, options.withRollback(32))) {
                        Conversation whole = new Conversation(problem);
                        Slot one = pool.acquire();
                        Slot used = second.acquire();
                        int at = 0;
                        for (int n : lengths) {
                            whole.append(pool, one, at, n);
                            at = n;
                            strange.append(second, used, 0, 37);
                            Slot twin = pool.copy(one);
                            SlotSnapshot snapshot = pool.snapshot(one);
                            assertEquals(n, snapshot.tokens(), "tokens of a snapshot");
                            second.restore(used, snapshot);
                            assertEquals(
                                    n, second.tokens(used), "tokens of a slot that was restored");
                            Expect.sameBits(n + " tokens", second.read(used), pool.read(twin));
                            Conversation straight = new Conversation(problem);
                            Conversation continued = new Conversation(problem);
                            int[] cuts = {n, n + 1, n + 5, n + 33, N};
                            straight.appendCut(pool, twin, cuts);
                            continued.appendCut(second, used, cuts);
                            String what = "what follows " + n + " tokens";
                            Expect.sameBits(what, continued.output(n, N), straight.output(n, N));
                            Expect.sameBits(what, second.read(used), pool.read(twin));
                            pool.release(twin);
                        }
                        whole.append(pool, one, at, N);
                        answers(problem, options, pool.read(one));
                    }
                });
    }

    private static void answers(Problem problem, PoolOptions options, AttentionState state) {
        if (options.stateBits() == 32) {
            Expect.states(problem, state);
        }
    }

    private static void stays(Subject subject, PoolOptions options) {
        Problem problem = problem(2);
        with(
                subject,
                problem,
                options,
                pool -> {
                    Conversation conversation = new Conversation(problem);
                    Slot slot = pool.acquire();
                    conversation.append(pool, slot, 0, 75);
                    AttentionState before = pool.read(slot);
                    SlotSnapshot snapshot = pool.snapshot(slot);
                    Expect.sameBits("the slot", pool.read(slot), before);
                    conversation.appendCut(pool, slot, 75, 76, 140);
                    Slot other = pool.acquire();
                    for (int i = 0; i < 2; i++) {
                        pool.restore(other, snapshot);
                        Expect.sameBits("restored again", pool.read(other), before);
                        new Conversation(problem(3)).append(pool, other, 0, 70);
                    }
                    Slot stale = pool.acquire();
                    pool.release(stale);
                    assertThrows(IllegalArgumentException.class, () -> pool.snapshot(stale));
                    assertThrows(
                            IllegalArgumentException.class, () -> pool.restore(stale, snapshot));
                    conversation.append(pool, slot, 140, N);
                    answers(problem, options, pool.read(slot));
                });
    }

    private static void drafts(Subject subject, PoolOptions options) {
        Problem problem = problem(4);
        Conversation strange = new Conversation(problem(5));
        with(
                subject,
                problem,
                options,
                pool -> {
                    Conversation conversation = new Conversation(problem);
                    Slot slot = pool.acquire();
                    Slot other = pool.acquire();
                    conversation.append(pool, slot, 0, 77);
                    pool.restore(other, pool.snapshot(slot));
                    long left = pool.earliest(other);
                    for (long tokens : new long[] {77, 76, left}) {
                        strange.append(pool, other, 0, 2);
                        pool.truncate(other, tokens);
                        pool.truncate(slot, tokens);
                        Expect.sameBits(
                                "taken back to " + tokens, pool.read(other), pool.read(slot));
                    }
                    assertThrows(
                            IllegalArgumentException.class, () -> pool.truncate(other, left - 1));
                    conversation.append(pool, other, (int) left, N);
                    answers(problem, options, pool.read(other));
                });
    }

    private static void written(Subject subject, PoolOptions options) {
        Problem problem = problem(6);
        with(
                subject,
                problem,
                options,
                pool -> {
                    Conversation conversation = new Conversation(problem);
                    Slot slot = pool.acquire();
                    conversation.append(pool, slot, 0, 45);
                    pool.write(slot, pool.read(slot));
                    conversation.append(pool, slot, 45, 59);
                    Slot other = pool.acquire();
                    pool.restore(other, pool.snapshot(slot));
                    Conversation continued = new Conversation(problem);
                    conversation.appendCut(pool, slot, 59, 60, 70, N);
                    continued.appendCut(pool, other, 59, 60, 70, N);
                    Expect.sameBits(
                            "what follows", continued.output(59, N), conversation.output(59, N));
                    Expect.sameBits("what follows", pool.read(other), pool.read(slot));
                    answers(problem, options, pool.read(other));
                });
    }
}
