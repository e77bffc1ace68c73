package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Filter;
import java.util.logging.Logger;

/** Which appends go to the device together, in which order, and which do not go there. */
@Timeout(value = 2, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SchedulingTest {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(2, 8, 4).build();
    private static final ServiceOptions OPTIONS = ServiceOptions.ofSlots(4).withSteps(8, 64, 4);

    private final GatedDevice device = new GatedDevice();
    private final LightningAttention attention = LightningAttention.over(CONFIG, device);
    private final AtomicLong clock = new AtomicLong();
    private final List<String> told = new ArrayList<>();
    private volatile boolean broken;
    private AttentionService service = open(OPTIONS);

    @AfterEach
    void close() {
        device.open();
        service.close();
        attention.close();
    }

    private final class Told implements ServiceMetrics {
        @Override
        public void rejected(RejectedException.Reason reason) {
            told.add("rejected " + reason);
        }

        @Override
        public void ended(AppendEndedException.Reason reason) {
            told.add("ended " + reason);
        }

        @Override
        public void failed(int lost) {
            told.add("failed");
        }

        @Override
        public void batch(int layer, int calls, long tokens, long deviceNanos) {
            if (broken) {
                throw new IllegalStateException("metrics are broken");
            }
        }
    }

    private AttentionService open(ServiceOptions options) {
        return AttentionService.open(
                List.of(attention, attention), options, new Told(), clock::get);
    }

    private void reopen(ServiceOptions options) {
        service.close();
        service = open(options);
    }

    private static Tensor x(long tokens, int dim) {
        return Tensor.allocate(DType.F32, 1, 2, tokens, dim);
    }

    private static CompletableFuture<Tensor> submit(Conversation to, int layer, int tokens) {
        return to.submit(layer, x(tokens, 8), x(tokens, 8), x(tokens, 4));
    }

    private static CompletableFuture<Tensor> submit(Conversation to, int tokens) {
        return submit(to, 0, tokens);
    }

    /** Holds the device with a call of another conversation, so that what follows waits. */
    private void hold() throws InterruptedException {
        device.setGated(true);
        submit(service.open(), 1);
        assertEquals(List.of(1L), device.awaitCall());
    }

    private void pass(Long... rows) throws InterruptedException {
        device.pass();
        assertEquals(List.of(rows), device.awaitCall());
    }

    private static Throwable failure(CompletableFuture<?> future) {
        return assertThrows(ExecutionException.class, future::get).getCause();
    }

    @Test
    void callsThatWaitTogetherGoTogether() throws Exception {
        hold();
        Conversation a = service.open();
        Conversation b = service.open();
        CompletableFuture<Tensor> first = submit(a, 1);
        submit(b, 3);
        CompletableFuture<Tensor> second = submit(a, 2);
        CompletableFuture<Tensor> otherLayer = submit(a, 1, 1);
        assertEquals(5, service.status().waiting());
        pass(1L, 3L); // one of each conversation
        pass(1L); // the other layer has waited longer than the second call of a
        pass(2L);
        device.pass();
        assertEquals("F32[1, 2, 1, 4]", first.get().toString());
        assertEquals("F32[1, 2, 2, 4]", second.get().toString());
        otherLayer.get();
        assertEquals(3, a.tokens(0));
        assertEquals(1, a.tokens(1));
        assertEquals(1, a.tokens());
    }

    @Test
    void decodeGoesBeforePrefillWhichIsCutAndTakesTurns() throws Exception {
        hold();
        Conversation a = service.open();
        Conversation b = service.open();
        Conversation c = service.open();
        submit(a, 150);
        submit(b, 70); // 32 are left for the last piece
        submit(c, 1);
        pass(1L, 64L);
        submit(c, 1);
        pass(1L, 32L, 32L); // b and a, of which enough is left for a last piece
        submit(c, 8);
        pass(8L, 38L); // the rest of b, beside which the rest of a has no room
        pass(54L);
        device.open();
        service.close();
        assertEquals(150, a.tokens(0));
        assertEquals(70, b.tokens(0));
        assertEquals(10, c.tokens(0));
    }

    @Test
    void longCallsOfOtherLayersAreNotPassedOverForEver() throws Exception {
        hold();
        Conversation decoding = service.open();
        submit(service.open(), 1, 64);
        for (int i = 0; i < 20; i++) {
            submit(decoding, 1);
        }
        int steps = 0;
        do {
            device.pass();
            steps++;
        } while (!device.awaitCall().equals(List.of(64L)));
        assertTrue(steps < 8, steps + " steps of others");
    }

    @Test
    void aFullQueueAndTooManyConversationsAreRejectedWithTheirBounds() throws Exception {
        reopen(OPTIONS.withWaiting(3).withConversations(2));
        for (int i = 0; i < 100; i++) {
            service.open().close(); // which makes room at once
        }
        Conversation a = service.open();
        Conversation b = service.open();
        assertEquals(
                "2 conversations are open, as many as may be; close one",
                rejection(RejectedException.Reason.TOO_MANY_CONVERSATIONS, service::open));
        device.setGated(true);
        submit(a, 1);
        device.awaitCall();
        submit(a, 1);
        CompletableFuture<Tensor> third = submit(b, 1);
        assertEquals(
                "3 calls wait, as many as may; try again",
                rejection(RejectedException.Reason.QUEUE_FULL, () -> submit(b, 1)));
        assertTrue(third.cancel(false));
        submit(b, 1);
        device.open();
        service.close();
        assertEquals(2, a.tokens(0));
        assertEquals(1, b.tokens(0));
        assertEquals(
                "the service is closed",
                rejection(RejectedException.Reason.CLOSED, () -> submit(b, 1)));
        assertEquals(
                List.of(
                        "rejected TOO_MANY_CONVERSATIONS",
                        "rejected QUEUE_FULL",
                        "ended CANCELLED",
                        "rejected CLOSED"),
                told);
    }

    private static String rejection(RejectedException.Reason reason, Runnable call) {
        RejectedException rejected = assertThrows(RejectedException.class, call::run);
        assertEquals(reason, rejected.reason());
        return rejected.getMessage();
    }

    @Test
    void argumentsThatDoNotFitAreRefusedBeforeTheyWait() {
        Conversation a = service.open();
        assertEquals(
                "layer is 2; it must be 0 ... 1",
                assertThrows(IndexOutOfBoundsException.class, () -> submit(a, 2, 1)).getMessage());
        Tensor two = Tensor.allocate(DType.F32, 2, 2, 1, 8);
        assertEquals(
                "q has batch 2; a conversation is one sequence, batch 1",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> a.append(two, two, Tensor.allocate(DType.F32, 2, 2, 1, 4)))
                        .getMessage());
        Tensor half = Tensor.allocate(DType.F16, 1, 2, 1, 8);
        assertEquals(
                "q has dtype F16; this service takes F32",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> a.append(half, half, Tensor.allocate(DType.F16, 1, 2, 1, 4)))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> a.append(x(1, 8), x(1, 7), x(1, 4)));
        assertEquals(0, service.status().waiting());
        assertEquals(
                "there are states of 1 layers; it must be 2",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> service.open(a.snapshot().subList(0, 1)))
                        .getMessage());
    }

    @Test
    void whatIsCancelledBeforeItBeginsLeavesNoTrace() throws Exception {
        hold();
        Conversation a = service.open();
        CompletableFuture<Tensor> first = submit(a, 3);
        CompletableFuture<Tensor> second = submit(a, 2);
        assertTrue(first.cancel(false));
        assertTrue(first.isCancelled());
        assertTrue(second.completeExceptionally(new IllegalStateException("of the caller")));
        assertInstanceOf(IllegalStateException.class, failure(second));
        assertEquals(1, service.status().waiting());
        CompletableFuture<Tensor> third = submit(a, 1);
        pass(1L);
        device.pass();
        third.get();
        assertFalse(third.cancel(false));
        assertEquals(1, a.tokens(0));
    }

    @Test
    void whatIsCancelledOnTheDeviceEndsAfterThePieceAndSaysHowFarItIs() throws Exception {
        device.setGated(true);
        Conversation a = service.open();
        CompletableFuture<Tensor> prefill = submit(a, 200);
        assertEquals(List.of(64L), device.awaitCall());
        pass(64L);
        assertFalse(prefill.cancel(false));
        assertFalse(prefill.isDone());
        device.pass();
        AppendEndedException ended = assertInstanceOf(AppendEndedException.class, failure(prefill));
        assertEquals("it was cancelled; 128 of 200 tokens were appended", ended.getMessage());
        assertEquals(128, ended.appended());
        assertEquals(128, a.tokens(0));

        CompletableFuture<Tensor> decode = submit(a, 1);
        device.awaitCall();
        assertFalse(decode.cancel(false)); // too late, so it ends as if nobody had tried
        device.pass();
        decode.get();
        assertEquals(129, a.tokens(0));
    }

    @Test
    void anInterruptedThreadKnowsWhatBecameOfItsAppend() throws Exception {
        hold();
        Conversation waiting = service.open();
        CompletableFuture<Throwable> untouched = new CompletableFuture<>();
        CompletableFuture<Boolean> stays = new CompletableFuture<>();
        Thread thread =
                Thread.startVirtualThread(() -> {
                    try {
                        waiting.append(x(1, 8), x(1, 8), x(1, 4));
                        untouched.complete(new AssertionError("it was appended"));
                    } catch (RuntimeException e) {
                        untouched.complete(e);
                    }
                    stays.complete(Thread.currentThread().isInterrupted());
                });
        while (service.status().waiting() < 2) {
            Thread.onSpinWait();
        }
        thread.interrupt();
        AppendEndedException ended = assertInstanceOf(AppendEndedException.class, untouched.get());
        assertEquals(0, ended.appended());
        assertTrue(stays.get());
        assertEquals(0, waiting.tokens(0));
    }

    @Test
    void deadlinesEndWhatWaitsAndWhatIsBetweenPieces() throws Exception {
        hold();
        Conversation a = service.open();
        Conversation b = service.open();
        Duration soon = Duration.ofNanos(10);
        CompletableFuture<Tensor> late = a.submit(0, x(1, 8), x(1, 8), x(1, 4), soon);
        CompletableFuture<Tensor> cut = b.submit(0, x(150, 8), x(150, 8), x(150, 4), soon);
        Duration years = Duration.ofDays(400 * 365);
        CompletableFuture<Tensor> good = a.submit(0, x(2, 8), x(2, 8), x(2, 4), years);
        pass(1L, 64L);
        device.setGated(true);
        clock.set(10);
        device.pass();
        good.handle((o, e) -> null);
        assertInstanceOf(AppendEndedException.class, failure(cut));
        assertEquals(64, b.tokens(0));
        late.get();
        device.awaitCall();
        device.pass();
        good.get();
        assertEquals(3, a.tokens(0));
        CompletableFuture<Tensor> over =
                a.submit(0, x(1, 8), x(1, 8), x(1, 4), Duration.ofNanos(-1));
        assertEquals(
                "its deadline has passed; 0 of 1 tokens were appended", failure(over).getMessage());
    }

    @Test
    void aFailureOfTheDeviceFailsTheCallsOnItAndNothingElse() throws Exception {
        hold();
        Conversation a = service.open();
        Conversation b = service.open();
        Conversation idle = service.open();
        CompletableFuture<Tensor> first = submit(a, 1);
        CompletableFuture<Tensor> second = submit(b, 70);
        CompletableFuture<Tensor> queued = submit(a, 1, 1);
        pass(1L, 32L);
        BackendException broke = new BackendException("it broke");
        device.fail(broke);
        assertSame(broke, failure(first));
        assertSame(broke, failure(second));
        assertInstanceOf(ConversationLostException.class, failure(queued));
        assertEquals(
                "conversation " + a.id() + " is lost: it broke",
                assertThrows(ConversationLostException.class, () -> submit(a, 1)).getMessage());
        assertThrows(ConversationLostException.class, a::fork);
        device.setGated(false);
        submit(idle, 2).get();
        a.close();
        b.close();
        assertEquals(2, idle.tokens(0));
        List<Conversation> fresh = List.of(service.open(), service.open());
        for (Conversation each : fresh) {
            submit(each, 1).get();
        }
        assertTrue(told.contains("failed"), told::toString);
    }

    @Test
    void memoryThatACallerFreesHarmsItsOwnCallAlone() throws Exception {
        hold();
        Conversation a = service.open();
        Conversation b = service.open();
        CompletableFuture<Tensor> freed;
        try (Arena arena = Arena.ofShared()) {
            freed = a.submit(0, Tensor.allocate(arena, DType.F32, 1, 2, 1, 8), x(1, 8), x(1, 4));
        }
        CompletableFuture<Tensor> other = submit(b, 1);
        pass(0L, 1L);
        device.open();
        other.get();
        assertInstanceOf(IllegalStateException.class, failure(freed));
        assertEquals(0, a.tokens(0));
        submit(a, 1).get();
        assertEquals(1, a.tokens(0));
    }

    @Test
    void idleConversationsLeaveForOthersAndComeBack() throws Exception {
        List<Conversation> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(service.open());
        }
        for (int round = 1; round <= 3; round++) {
            for (Conversation each : all) {
                submit(each, 5 * round).get();
            }
        }
        for (Conversation each : all) {
            assertEquals(30, each.tokens(0));
            assertEquals(30, each.snapshot().getFirst().tokens());
        }
        assertEquals(4, service.status().resident());
    }

    @Test
    void anIdleConversationLeavesEvenWhileAnotherIsAtWork() throws Exception {
        Conversation busy = service.open();
        submit(busy, 1).get();
        submit(service.open(), 1).get();
        submit(service.open(), 1).get();
        hold(); // with the fourth slot
        for (int i = 0; i < 60; i++) {
            submit(busy, 1);
        }
        submit(service.open(), 3);
        int steps = 0;
        do {
            device.pass();
            steps++;
        } while (!device.awaitCall().contains(3L));
        assertTrue(steps < 20, steps + " steps of others");
    }

    @Test
    void moreAtWorkThanSlotsAllGetOn() throws Exception {
        List<CompletableFuture<Tensor>> calls = new ArrayList<>();
        List<Conversation> all = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            all.add(service.open());
        }
        for (int i = 0; i < 50; i++) {
            all.forEach(each -> {
                if (service.status().waiting() < OPTIONS.waiting()) {
                    calls.add(submit(each, 1));
                }
            });
        }
        for (CompletableFuture<Tensor> call : calls) {
            call.get();
        }
        assertEquals(calls.size(), all.stream().mapToLong(each -> each.tokens(0)).sum());
    }

    @Test
    void aConversationThatCannotComeBackIsLostAlone() throws Exception {
        List<Conversation> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(service.open());
            submit(all.get(i), 5).get();
        }
        device.failRestores(new BackendException("no way back"));
        assertInstanceOf(ConversationLostException.class, failure(submit(all.getFirst(), 1)));
        submit(all.getLast(), 1).get();
        submit(service.open(), 1).get();
    }

    @Test
    void controlsWaitForNobodyAndRefuseABusyConversation() throws Exception {
        Conversation a = service.open();
        submit(a, 40).get();
        submit(a, 1, 40).get();
        Conversation b = a.fork();
        b.truncate(35);
        assertEquals(35, b.tokens());
        assertEquals(40, a.tokens());
        assertEquals(
                "tokens is 31; layer 0 has 35, and what it keeps reaches back to 32",
                assertThrows(IllegalArgumentException.class, () -> b.truncate(31)).getMessage());
        device.setGated(true);
        CompletableFuture<Tensor> running = submit(a, 1);
        device.awaitCall();
        CountDownLatch asked = new CountDownLatch(1);
        CompletableFuture<List<SlotSnapshot>> snapshot =
                CompletableFuture.supplyAsync(() -> {
                    asked.countDown();
                    return b.snapshot();
                });
        asked.await();
        submit(b, 1, 1);
        device.open();
        running.get();
        // It was asked for before or after the append to layer 1.
        try {
            assertEquals(35, snapshot.get().getFirst().tokens());
        } catch (ExecutionException e) {
            assertInstanceOf(IllegalStateException.class, e.getCause());
        }
        b.close();
        b.close();
        assertEquals(
                "conversation " + b.id() + " is closed",
                assertThrows(IllegalStateException.class, () -> submit(b, 1)).getMessage());
    }

    @Test
    void closingLetsWhatWaitsGoToTheDevice() throws Exception {
        hold();
        Conversation a = service.open();
        CompletableFuture<Tensor> waiting = submit(a, 200);
        CompletableFuture<Map<Long, List<SlotSnapshot>>> saved =
                CompletableFuture.supplyAsync(() -> service.closeAndSave(Duration.ofDays(1)));
        while (!service.status().closing()) {
            Thread.onSpinWait();
        }
        rejection(RejectedException.Reason.CLOSED, () -> submit(a, 1));
        device.open();
        waiting.get();
        List<SlotSnapshot> states = saved.get().get(a.id());
        assertEquals(200, states.getFirst().tokens());
        assertEquals(0, states.getLast().tokens());
        service = open(OPTIONS);
        Conversation again = service.open(states);
        assertEquals(200, again.tokens(0));
        submit(again, 1).get();
        assertEquals(201, again.snapshot().getFirst().tokens());
    }

    @Test
    void closingInATimeEndsWhatHasNotBegun() throws Exception {
        hold();
        Conversation a = service.open();
        CompletableFuture<Tensor> waiting = submit(a, 1);
        CompletableFuture<Void> closed =
                CompletableFuture.runAsync(() -> service.close(Duration.ZERO));
        while (!service.status().closing()) {
            Thread.onSpinWait();
        }
        device.pass();
        closed.get();
        assertEquals(
                "the conversation or its service was closed; 0 of 1 tokens were appended",
                failure(waiting).getMessage());
        assertEquals(0, a.tokens(0));
    }

    @Test
    void whatMetricsThrowHarmsNobodyAndIsLoggedOnce() throws Exception {
        Logger logger = Logger.getLogger(ServiceMetrics.class.getName());
        AtomicLong lines = new AtomicLong();
        Filter before = logger.getFilter();
        logger.setFilter(line -> {
            lines.incrementAndGet();
            return false;
        });
        try {
            broken = true;
            Conversation a = service.open();
            submit(a, 1).get();
            submit(a, 1).get();
            service.close();
            assertEquals(2, a.tokens(0));
            assertEquals(1, lines.get());
        } finally {
            logger.setFilter(before);
        }
    }

    @Test
    void stagesOfACallersFutureDoNotHoldTheDeviceUp() throws Exception {
        hold();
        Conversation a = service.open();
        CountDownLatch forEver = new CountDownLatch(1);
        CompletableFuture<Void> stuck =
                submit(a, 1)
                        .thenAccept(o -> {
                            try {
                                forEver.await();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        device.open();
        for (int i = 0; i < 3; i++) {
            submit(a, 1).get();
        }
        forEver.countDown();
        stuck.get();
    }
}
