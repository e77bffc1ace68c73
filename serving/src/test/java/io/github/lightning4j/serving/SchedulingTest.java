package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;

/** Which appends go to the device together, in which order, and which do not go there. */
class SchedulingTest extends ServiceFixture {
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
}
