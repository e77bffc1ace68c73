package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Filter;
import java.util.logging.Logger;

/** Appends that end early, and services: what has become of states, and who hears of it. */
class EndingsTest extends ServiceFixture {
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
