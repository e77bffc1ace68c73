package io.github.lightning4j.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.NoFreeSlotException;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Slot;
import io.github.lightning4j.StatePool;

import java.util.stream.Stream;

/** Slots of a pool: handed out, given back, written, forked, refused. */
final class Pools {
    /** What a device without pools must do instead of all others. */
    static final Law THERE_ARE_NONE =
            new Law("a device without pools says so", Pools::thereAreNone);

    private Pools() {}

    static Stream<Law> laws(Effort effort) {
        Stream<Law> slots =
                Stream.of(
                        new Law("a slot that was released begins anew", Pools::recycled),
                        new Law("a slot that was cleared begins anew", Pools::cleared),
                        new Law("a stored state is that of its tokens", Pools::stored),
                        new Law("a fork leaves its parent, and goes its own way", Pools::forks),
                        new Law("no tokens change nothing", Pools::nothing),
                        new Law("refused calls change nothing", Pools::refused),
                        new Law("two pools do not meet", Pools::twoPools),
                        new Law("closing the device ends its pools", Pools::closedDevice));
        return Stream.of(
                        slots,
                        PoolIndependence.laws(),
                        PoolRollback.laws(),
                        PoolSnapshots.laws(PoolOptions.DEFAULT),
                        PoolInterleavings.laws(32, effort))
                .flatMap(s -> s);
    }

    private static void thereAreNone(Subject subject) {
        try (LightningAttention attention = subject.open(PoolCase.random(0).build().config())) {
            BackendException refusal =
                    assertThrows(BackendException.class, () -> attention.openPool(1));
            String message = String.valueOf(refusal.getMessage());
            assertTrue(message.contains(attention.device().id()), message);
        }
    }

    private static void recycled(Subject subject) {
        begunAnew(
                subject,
                (pool, slot) -> {
                    pool.release(slot);
                    return pool.acquire();
                });
    }

    private static void cleared(Subject subject) {
        begunAnew(
                subject,
                (pool, slot) -> {
                    pool.clear(slot);
                    return slot;
                });
    }

    private interface Renewal {
        Slot of(StatePool pool, Slot used);
    }

    private static void begunAnew(Subject subject, Renewal renewal) {
        Conversation old = new Conversation(PoolCase.random(40).build());
        Problem problem = PoolCase.random(41).build();
        Conversation single = new Conversation(problem);
        int[] cuts = {0, 1, 2, 90, 91, 300};
        AttentionState expected = PoolCase.alone(subject, single, cuts);
        for (int used : new int[] {1, 5, 32, 70, 300}) {
            PoolCase.with(
                    subject,
                    problem.config(),
                    1,
                    pool -> {
                        Slot slot = pool.acquire();
                        old.append(pool, slot, 0, used);
                        slot = renewal.of(pool, slot);
                        assertEquals(0, pool.tokens(slot), "tokens");
                        Expect.sameBits(
                                "a new slot",
                                pool.read(slot),
                                AttentionState.empty(problem.config(), 1));
                        Conversation fresh = new Conversation(problem);
                        fresh.appendCut(pool, slot, cuts);
                        PoolCase.sameAs(pool, slot, fresh, expected, single, 300);
                        Expect.answers(problem, fresh.output(), pool.read(slot));
                    });
        }
    }

    private static void stored(Subject subject) {
        int tokens = 300;
        Problem problem = PoolCase.random(80).tokens(tokens).build();
        for (int n : new int[] {1, 32, 63, 64, 65, 96, 127, 128, 129, 193}) {
            PoolCase.with(
                    subject,
                    problem.config(),
                    3,
                    pool -> {
                        Conversation whole = new Conversation(problem);
                        Conversation continued = new Conversation(problem);
                        Slot one = pool.acquire();
                        Slot other = pool.acquire();
                        whole.append(pool, one, 0, n);
                        AttentionState stored = pool.read(one);
                        pool.write(other, stored);
                        assertEquals(n, pool.tokens(other), "tokens of a state that was written");
                        Expect.sameBits("a state that was written", pool.read(other), stored);
                        Tokens.paste(
                                problem.config().layout(),
                                whole.output(0, n),
                                continued.output(),
                                0);
                        int[] cuts = {n, n + 1, n + 2, n + 40, tokens};
                        whole.appendCut(pool, one, cuts);
                        continued.appendCut(pool, other, cuts);
                        Expect.answers(problem, continued.output(), pool.read(other));
                        if (n % 32 == 0) {
                            PoolCase.sameAs(pool, other, continued, pool.read(one), whole, tokens);
                        }
                    });
        }
    }

    private static void forks(Subject subject) {
        Problem problem = PoolCase.random(90).build();
        for (int n : new int[] {0, 1, 31, 32, 70}) {
            Problem other = PoolCase.random(91).build();
            PoolCase.with(
                    subject,
                    problem.config(),
                    3,
                    pool -> {
                        Conversation parent = new Conversation(problem);
                        Slot slot = pool.acquire();
                        parent.append(pool, slot, 0, n);
                        AttentionState before = pool.read(slot);
                        Slot child = pool.copy(slot);
                        Slot second = pool.acquire();
                        new Conversation(other).append(pool, second, 0, 45);
                        pool.copy(slot, second);
                        Expect.sameBits("a fork", pool.read(child), before);
                        Expect.sameBits("a copy", pool.read(second), before);
                        Conversation strange = new Conversation(other);
                        strange.appendCut(pool, child, 100, 101, 104, 150);
                        Expect.sameBits("the parent of a fork", pool.read(slot), before);
                        Conversation twin = new Conversation(problem);
                        int[] cuts = {n, n + 1, n + 60, 300};
                        AttentionState childs = pool.read(child);
                        parent.appendCut(pool, slot, cuts);
                        Expect.sameBits("the child of a fork", pool.read(child), childs);
                        twin.appendCut(pool, second, cuts);
                        Expect.sameBits("a copy", pool.read(second), pool.read(slot));
                        Expect.sameBits("a copy", twin.output(n, 300), parent.output(n, 300));
                        Expect.answers(problem, parent.output(), pool.read(slot));
                    });
        }
    }

    private static void nothing(Subject subject) {
        Problem problem = PoolCase.random(92).build();
        PoolCase.with(
                subject,
                problem.config(),
                2,
                pool -> {
                    Conversation conversation = new Conversation(problem);
                    Slot slot = pool.acquire();
                    Slot empty = pool.acquire();
                    conversation.appendCut(pool, slot, 0, 0, 1, 1, 40, 40);
                    AttentionState before = pool.read(slot);
                    Conversation.append(
                            pool,
                            conversation.piece(slot, 40, 40),
                            conversation.piece(empty, 0, 0));
                    Expect.sameBits("state after nothing", pool.read(slot), before);
                    conversation.append(pool, slot, 40, 300);
                    Expect.answers(problem, conversation.output(), pool.read(slot));
                });
    }

    private static void refused(Subject subject) {
        Problem problem = PoolCase.random(93).build();
        PoolCase.with(
                subject,
                problem.config(),
                2,
                pool -> {
                    Conversation c = new Conversation(problem);
                    Slot stale = pool.acquire();
                    c.append(pool, stale, 0, 3);
                    pool.release(stale);
                    Slot slot = pool.acquire();
                    Slot other = pool.acquire();
                    c.append(pool, slot, 0, 50);
                    AttentionState before = pool.read(slot);
                    refuses(() ->
                            Conversation.append(pool, c.piece(slot, 50, 60), c.piece(stale, 0, 1)));
                    refuses(() ->
                            Conversation.append(
                                    pool, c.piece(slot, 50, 51), c.piece(slot, 51, 52)));
                    refuses(() -> pool.truncate(slot, 51));
                    refuses(() -> pool.truncate(slot, -1));
                    refuses(() -> pool.read(stale));
                    refuses(() -> pool.write(stale, before));
                    refuses(() -> pool.copy(stale, slot));
                    refuses(() -> pool.copy(slot, stale));
                    refuses(() -> pool.clear(stale));
                    refuses(() -> pool.release(stale));
                    refuses(() -> pool.read(Slot.NONE));
                    assertThrows(NoFreeSlotException.class, pool::acquire);
                    assertThrows(NoFreeSlotException.class, () -> pool.copy(slot));
                    assertEquals(0, pool.tokens(other), "tokens of the other slot");
                    Expect.sameBits("the state after refused calls", pool.read(slot), before);
                    c.append(pool, slot, 50, 300);
                    Expect.answers(problem, c.output(), pool.read(slot));
                });
    }

    private static void refuses(Runnable call) {
        assertThrows(IllegalArgumentException.class, call::run);
    }

    private static void twoPools(Subject subject) {
        Problem one = PoolCase.random(94).build();
        Problem two = PoolCase.random(95).build();
        try (LightningAttention attention = subject.open(one.config());
                StatePool first = attention.openPool(2);
                StatePool second = attention.openPool(2, PoolOptions.DEFAULT.withRollback(40))) {
            Conversation a = new Conversation(one);
            Conversation b = new Conversation(two);
            Slot x = first.acquire();
            Slot y = second.acquire();
            a.append(first, x, 0, 100);
            b.append(second, y, 0, 90);
            refuses(() -> second.read(x));
            refuses(() -> b.append(second, x, 90, 91));
            a.append(first, x, 100, 300);
            b.append(second, y, 90, 300);
            Expect.answers(one, a.output(), first.read(x));
            Expect.answers(two, b.output(), second.read(y));
        }
    }

    private static void closedDevice(Subject subject) {
        Problem problem = PoolCase.random(96).build();
        LightningAttention attention = subject.open(problem.config());
        long bytes = attention.poolMemory(3, PoolOptions.DEFAULT);
        StatePool pool = attention.openPool(3);
        assertEquals(bytes, pool.memory(), "memory of a pool");
        assertEquals(bytes, attention.memory().bytes(), "memory of all pools");
        Conversation conversation = new Conversation(problem);
        Slot slot = pool.acquire();
        conversation.append(pool, slot, 0, 300);
        AttentionState state = pool.read(slot);
        attention.close();
        assertThrows(IllegalStateException.class, pool::acquire);
        assertThrows(IllegalStateException.class, () -> pool.read(slot));
        assertThrows(IllegalStateException.class, () -> attention.openPool(1));
        pool.close();
        Expect.answers(problem, conversation.output(), state);
    }
}
