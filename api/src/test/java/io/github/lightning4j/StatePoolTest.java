package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Who may use which slot of a pool, and what is said to those who may not. */
class StatePoolTest {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(2, 8, 4).build();
    private static final long BYTES = CountingDevice.BYTES;

    private final CountingDevice device = new CountingDevice();
    private final LightningAttention attention = LightningAttention.over(CONFIG, device);
    private final StatePool pool = attention.openPool(3);

    @AfterEach
    void close() {
        attention.close();
    }

    private static Tensor x(int rows, int tokens, int dim) {
        return Tensor.allocate(DType.F32, rows, 2, tokens, dim);
    }

    private void append(int tokens, Slot... slots) {
        int n = slots.length;
        pool.append(slots, x(n, tokens, 8), x(n, tokens, 8), x(n, tokens, 4), x(n, tokens, 4));
    }

    private static String refusal(Class<? extends RuntimeException> type, Runnable call) {
        return assertThrows(type, call::run).getMessage();
    }

    @Test
    void slotsAreHandedOutOnceAndUsedAgainUnderAnotherGeneration() {
        assertEquals(3, pool.slots());
        Slot a = pool.acquire();
        Slot b = pool.acquire();
        Slot c = pool.acquire();
        assertEquals(0, pool.free());
        assertEquals(3, List.of(a.index(), b.index(), c.index()).stream().distinct().count());
        assertEquals(
                "all 3 slots are in use; release one, or open a larger pool",
                refusal(NoFreeSlotException.class, pool::acquire));
        pool.release(b);
        assertEquals(1, pool.free());
        Slot d = pool.acquire();
        assertEquals(b.index(), d.index());
        assertNotEquals(b.generation(), d.generation());
        assertNotEquals(b, d);
    }

    @Test
    void whatIsNotAnOpenSlotOfThePoolIsRefusedWithItsReason() {
        Slot slot = pool.acquire();
        pool.release(slot);
        String released = "slot is " + slot + "; it was released, and what was in it is gone";
        assertEquals(released, refusal(IllegalArgumentException.class, () -> pool.read(slot)));
        assertEquals(released, refusal(IllegalArgumentException.class, () -> pool.release(slot)));
        Slot again = pool.acquire();
        assertEquals(slot.index(), again.index());
        assertEquals(released, refusal(IllegalArgumentException.class, () -> pool.clear(slot)));
        assertEquals(
                "slots[1] is " + slot + "; it was released, and what was in it is gone",
                refusal(IllegalArgumentException.class, () -> append(1, again, slot)));
        try (StatePool other = attention.openPool(3)) {
            Slot stranger = other.acquire();
            assertEquals(
                    "slot is " + stranger + "; it is a slot of another pool",
                    refusal(IllegalArgumentException.class, () -> pool.tokens(stranger)));
        }
        assertEquals(
                "from is Slot.NONE; it must be a slot of this pool",
                refusal(IllegalArgumentException.class, () -> pool.copy(Slot.NONE)));
        assertEquals(
                "slots[0] is null; it must be a Slot",
                refusal(NullPointerException.class, () -> append(1, (Slot) null)));
        assertEquals(
                "slots[2] is " + again + ", and so is one before it; a call may name a slot once",
                refusal(IllegalArgumentException.class, () -> append(1, again, Slot.NONE, again)));
        assertEquals(0, pool.tokens(again));
    }

    @Test
    void rowsGoToTheSlotsThatAreNamed() {
        Slot a = pool.acquire();
        Slot b = pool.acquire();
        append(5, b, Slot.NONE, a);
        assertEquals(5, pool.tokens(a));
        assertEquals(5, pool.tokens(b));
        device.pool.calls.clear();
        pool.append(
                new Slot[] {a, b},
                PackedSequences.ofLengths(0, 7),
                x(1, 7, 8),
                x(1, 7, 8),
                x(1, 7, 4),
                x(1, 7, 4));
        assertEquals(List.of("append [" + a.index() + ", " + b.index() + "]"), device.pool.calls);
        assertEquals(5, pool.tokens(a));
        assertEquals(12, pool.tokens(b));
        assertEquals(
                "inputs have 1 sequences; slots has 2",
                refusal(
                        IllegalArgumentException.class,
                        () ->
                                pool.append(
                                        new Slot[] {a, b},
                                        x(1, 1, 8),
                                        x(1, 1, 8),
                                        x(1, 1, 4),
                                        x(1, 1, 4))));
    }

    @Test
    void tokensAreCountedAndBounded() {
        Slot slot = pool.acquire();
        append(40, slot);
        assertEquals(32, pool.earliest(slot));
        assertEquals(
                "tokens is 41; "
                        + slot
                        + " has 40, and what it keeps reaches back to 32: PoolOptions.rollback"
                        + " makes it more",
                refusal(IllegalArgumentException.class, () -> pool.truncate(slot, 41)));
        pool.truncate(slot, 33);
        assertEquals(33, pool.tokens(slot));
        AttentionState state =
                AttentionState.of(
                        Tensor.allocate(DType.F32, 1, 2, 8, 4),
                        CONFIG.slopes(),
                        new long[] {Long.MAX_VALUE});
        pool.write(slot, state);
        assertEquals(Long.MAX_VALUE, pool.read(slot).tokens(0));
        assertThrows(IllegalArgumentException.class, () -> append(1, slot));
        AttentionState two = AttentionState.empty(CONFIG, 2);
        assertThrows(IllegalArgumentException.class, () -> pool.write(slot, two));
        assertEquals(Long.MAX_VALUE, pool.tokens(slot));
    }

    @Test
    void snapshotsSayWhatIsInThemAndMustFit() {
        Slot slot = pool.acquire();
        append(40, slot);
        SlotSnapshot snapshot = pool.snapshot(slot);
        assertEquals(40, snapshot.tokens());
        assertEquals(32, snapshot.folded().tokens(0));
        assertEquals((8 * 4 + 8 * (8 + 4)) * 2 * Float.BYTES, snapshot.bytes());
        assertEquals(
                "SlotSnapshot[F32[1, 2, 8, 4], 40 tokens, 8 of them not in S]",
                snapshot.toString());
        Slot other = pool.acquire();
        pool.restore(other, snapshot);
        assertEquals(40, pool.tokens(other));

        AttentionState at20 =
                AttentionState.of(
                        Tensor.allocate(DType.F32, 1, 2, 8, 4), CONFIG.slopes(), new long[] {20});
        Tensor values = Tensor.allocate(DType.F32, 2, 12, 4);
        SlotSnapshot full = SlotSnapshot.of(at20, Tensor.allocate(DType.F32, 2, 12, 8), values);
        assertEquals(
                "SlotSnapshot[F32[1, 2, 8, 4], 32 tokens, 12 of them not in S]; slots of this pool"
                        + " have room for 11 before they are folded",
                refusal(IllegalArgumentException.class, () -> pool.restore(other, full)));
        assertEquals(
                "keys is F32[2, 12, 7]; with this S it must be F32[2, 12, 8]",
                refusal(
                        IllegalArgumentException.class,
                        () -> SlotSnapshot.of(at20, Tensor.allocate(DType.F32, 2, 12, 7), values)));
        assertEquals(
                "folded has 2 sequences; it must have 1",
                refusal(
                        IllegalArgumentException.class,
                        () -> SlotSnapshot.of(AttentionState.empty(CONFIG, 2), values, values)));
        AttentionConfig slower =
                AttentionConfig.builder(2, 8, 4).decay(new Decay.Slopes(0.5f, 0.1f)).build();
        SlotSnapshot foreign =
                SlotSnapshot.of(
                        AttentionState.empty(slower, 1),
                        Tensor.allocate(DType.F32, 2, 0, 8),
                        Tensor.allocate(DType.F32, 2, 0, 4));
        assertTrue(
                refusal(IllegalArgumentException.class, () -> pool.restore(other, foreign))
                        .contains("other slopes"));
        assertEquals(40, pool.tokens(other));

        device.pool.failure = new BackendException("it broke");
        assertThrows(BackendException.class, () -> pool.restore(other, snapshot));
        assertTrue(
                refusal(IllegalStateException.class, () -> pool.read(other))
                        .contains("restoring it failed"));
        device.pool.failure = null;
        pool.restore(other, snapshot);
        assertEquals(40, pool.tokens(other));
    }

    @Test
    void slotsOfAnAppendThatFailsAreMarkedAndNoOthers() {
        Slot a = pool.acquire();
        Slot b = pool.acquire();
        Slot idle = pool.acquire();
        device.pool.failure = new BackendException("it broke");
        PackedSequences some = PackedSequences.ofLengths(3, 0, 2);
        Runnable append =
                () ->
                        pool.append(
                                new Slot[] {a, idle, b},
                                some,
                                x(1, 5, 8),
                                x(1, 5, 8),
                                x(1, 5, 4),
                                x(1, 5, 4));
        assertEquals("it broke", refusal(BackendException.class, append));
        assertEquals(0, pool.tokens(idle));
        String failed =
                " is "
                        + a
                        + "; an append failed midway: it can only be cleared, written, restored,"
                        + " copied to or released";
        assertEquals("slot" + failed, refusal(IllegalStateException.class, () -> pool.read(a)));
        assertEquals("from" + failed, refusal(IllegalStateException.class, () -> pool.copy(a, b)));
        device.pool.failure = null;
        assertEquals(
                "slots[1]" + failed,
                refusal(IllegalStateException.class, () -> append(1, idle, a)));
        assertEquals(0, pool.tokens(idle));
        pool.clear(a);
        pool.copy(idle, b);
        append(1, a, b);
        assertEquals(1, pool.tokens(a));
        assertEquals(1, pool.tokens(b));
    }

    @Test
    void anInterruptedAppendSaysWhatBecameOfItsSlots() {
        Slot slot = pool.acquire();
        device.pool.failure = new AttentionInterruptedException("waiting", true);
        assertThrows(AttentionInterruptedException.class, () -> append(2, slot));
        assertEquals(0, pool.tokens(slot));
        device.pool.failure = new AttentionInterruptedException("between two blocks", false);
        assertThrows(AttentionInterruptedException.class, () -> append(2, slot));
        assertTrue(
                refusal(IllegalStateException.class, () -> pool.tokens(slot))
                        .contains("an append was interrupted midway"));
        pool.release(slot);
        device.pool.failure = null;
        append(2, pool.acquire());
        Thread.currentThread().interrupt();
        try {
            Slot other = pool.acquire();
            device.pool.calls.clear();
            assertTrue(
                    assertThrows(AttentionInterruptedException.class, () -> append(1, other))
                            .isUnharmed());
            assertEquals(List.of(), device.pool.calls);
            assertEquals(0, pool.tokens(other));
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void aSecondThreadIsRefusedAndHarmsNothing() throws Exception {
        Slot slot = pool.acquire();
        CountDownLatch appending = new CountDownLatch(1);
        CountDownLatch enough = new CountDownLatch(1);
        device.pool.whileAppending =
                () -> {
                    appending.countDown();
                    try {
                        enough.await();
                    } catch (InterruptedException e) {
                        throw new BackendException("nobody interrupts it", e);
                    }
                };
        CompletableFuture<Void> first = new CompletableFuture<>();
        Thread thread =
                Thread.ofPlatform()
                        .name("first")
                        .start(() -> {
                            try {
                                append(3, slot);
                                first.complete(null);
                            } catch (RuntimeException e) {
                                first.completeExceptionally(e);
                            }
                        });
        appending.await();
        for (Runnable second :
                new Runnable[] {
                    pool::acquire,
                    () -> pool.release(slot),
                    () -> append(1, slot),
                    () -> pool.read(slot)
                }) {
            assertEquals(
                    "the pool is in use by thread first; it belongs to one thread at a time, and"
                            + " this call did nothing",
                    refusal(IllegalStateException.class, second));
        }
        assertEquals(2, pool.free());
        enough.countDown();
        first.get(30, TimeUnit.MINUTES);
        thread.join();
        assertEquals(3, pool.tokens(slot));
    }

    @Test
    void memoryIsKnownBeforeAndCountsAgainstTheBudget() {
        assertEquals(BYTES, pool.bytesPerSlot());
        assertEquals(3 * BYTES, pool.memory());
        assertEquals(5 * BYTES, attention.poolMemory(5, PoolOptions.DEFAULT));
        assertEquals(1, attention.memory().sessions());
        try (LightningAttention small =
                new LightningAttention(CONFIG, device, List.of(), 0, OptionalLong.of(4 * BYTES))) {
            StatePool three = small.openPool(3);
            String refusal = refusal(InsufficientMemoryException.class, () -> small.openPool(2));
            String why = "2,000 bytes; of the budget of 4,000 bytes 3,000 are taken, open ";
            assertTrue(refusal.startsWith("a pool of 2 slots takes " + why), refusal);
            three.close();
            three.close();
            small.openPool(4);
        }
        assertEquals(
                "slots is 0; it must be >= 1",
                refusal(IllegalArgumentException.class, () -> attention.openPool(0)));
        assertEquals(
                "rollback is -1; it must be >= 0",
                refusal(
                        IllegalArgumentException.class,
                        () -> PoolOptions.DEFAULT.withRollback(-1)));
    }

    @Test
    void statesOfFewerBitsAreNotVerified() {
        assertEquals(
                "stateBits is 8; it must be 32 or 16",
                refusal(
                        IllegalArgumentException.class,
                        () -> PoolOptions.DEFAULT.withStateBits(8)));
        PoolOptions narrow = PoolOptions.DEFAULT.withStateBits(16).withSeed(3);
        attention.openPool(1, narrow).close();
        try (LightningAttention verified =
                new LightningAttention(CONFIG, device, List.of(), 1, OptionalLong.empty())) {
            assertEquals(
                    "verifyDevice compares what states of 32 bits give; it cannot verify a pool of"
                            + " 16 bits",
                    refusal(IllegalArgumentException.class, () -> verified.openPool(1, narrow)));
        }
    }

    @Test
    void aClosedPoolRefusesEverything() {
        Slot slot = pool.acquire();
        CountingDevice.Pool backend = device.pool;
        pool.close();
        pool.close();
        assertEquals(1, backend.calls.stream().filter("close"::equals).count());
        for (Runnable call :
                new Runnable[] {
                    pool::acquire,
                    () -> pool.read(slot),
                    () -> append(1, slot),
                    () -> pool.clear(slot)
                }) {
            assertEquals("the pool is closed", refusal(IllegalStateException.class, call));
        }
        assertFalse(attention.memory().sessions() > 0);
    }

    @Test
    void aDeviceOrAlgorithmWithoutPoolsSaysSo() {
        assertTrue(
                refusal(
                                BackendException.class,
                                () ->
                                        LightningAttention.over(CONFIG, new BrokenDevice())
                                                .openPool(1))
                        .startsWith("device broken has no pools of states for AttentionConfig["));
        AttentionConfig softmax =
                AttentionConfig.builder(2, 8).algorithm(Algorithm.SOFTMAX).build();
        assertTrue(
                refusal(
                                IllegalArgumentException.class,
                                () -> LightningAttention.over(softmax, device).openPool(1))
                        .endsWith("it cannot have a pool of states; call attend with all tokens"));
    }
}
