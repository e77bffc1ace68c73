package io.github.lightning4j.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Which states are in memory and which in files, and who waits for that. */
class ParkingTest extends ParkingFixture {
    @Test
    void whatWasIdleLongestIsInFilesAndComesBack() throws Exception {
        reopen(2 * bytes(3));
        List<Conversation> all = begin(4);
        awaitSpill();
        assertEquals(2 * bytes(2), status().hostBytes()); // b and c; d is on the device
        Path first = files().iterator().next();
        assertEquals(Set.of(first), files());
        assertEquals(Files.size(first), status().diskBytes());

        submit(all.getFirst(), 1).get();
        assertEquals(3, all.getFirst().tokens(0));
        awaitSpill(); // b
        submit(all.get(1), 1).get();
        awaitSpill(); // c
        assertEquals(List.of("fetched", "fetched"), others);
        assertFalse(Files.exists(first));
        assertEquals(bytes(2) + bytes(3), status().hostBytes());
        service.close();
        assertEquals(Set.of(), files());
        assertEquals(0, service.status().hostBytes() + service.status().diskBytes());
        for (Conversation each : all) {
            assertEquals(all.indexOf(each) < 2 ? 3 : 2, each.tokens(0));
        }
    }

    @Test
    void withoutABudgetAllAreInFilesAndWithoutAFolderNone() throws Exception {
        reopen(0);
        begin(6);
        for (int i = 0; i < 5; i++) {
            awaitSpill();
        }
        assertEquals(0, status().hostBytes());
        assertEquals(5, files().size());
        reopen(ServiceOptions.ofSlots(1));
        begin(6);
        assertEquals(5 * bytes(2), service.status().hostBytes());
        assertEquals(0, service.status().diskBytes());
    }

    @Test
    void statesThatAConversationBeginsWithCount() throws Exception {
        List<SlotSnapshot> states = begin(1).getFirst().snapshot();
        reopen(0);
        Conversation begun = service.open(states);
        awaitSpill();
        assertEquals(0, status().hostBytes());
        submit(begun, 1).get();
        assertEquals(3, begun.tokens(0));
        reopen(bytes(2));
        service.open(states).close();
        begun = service.open(states);
        service.open(states);
        awaitSpill();
        assertEquals(bytes(2), status().hostBytes());
        submit(begun, 1).get();
    }

    @Test
    void nobodyWaitsForASlowDiskUnlessMemoryRunsOut() throws Exception {
        disk.writes.hold();
        reopen(0);
        List<Conversation> all = begin(Parking.WRITES + 1);
        disk.writes.awaitBegun();
        Conversation last = all.getLast();
        assertEquals(Parking.WRITES * bytes(2), service.status().hostBytes());

        Conversation more = service.open();
        CompletableFuture<Tensor> waiting = submit(more, 1);
        for (int i = 0; i < 3; i++) {
            submit(last, 1).get();
        }
        assertEquals(0, more.tokens(0));
        assertTrue(waiting.cancel(false));
        waiting = submit(more, 1);
        disk.writes.open();
        waiting.get();
        for (Conversation each : all) {
            submit(each, 1).get();
            assertEquals(each == last ? 6 : 3, each.tokens(0));
        }
    }

    @Test
    void whatIsBeingWrittenMayComeBackAndItsFileIsDeleted() throws Exception {
        disk.writes.hold();
        reopen(0);
        List<Conversation> all = begin(2);
        Path first = disk.writes.awaitBegun();
        submit(all.getFirst(), 1).get();
        assertEquals(3, all.getFirst().tokens(0));
        disk.writes.pass();
        assertNotEquals(first, disk.writes.awaitBegun());
        all.getLast().close();
        disk.writes.open();
        awaitSpill(); // of what was not wanted any more
        awaitSpill(); // and of what was closed meanwhile
        begin(1);
        awaitSpill(); // which is after those files were deleted
        assertEquals(1, files().size());
        assertEquals(0, others.size());
    }

    @Test
    void nobodyElseWaitsForWhatIsBeingRead() throws Exception {
        reopen(0);
        List<Conversation> all = begin(2);
        awaitSpill();
        disk.reads.hold();
        Conversation a = all.getFirst();
        CompletableFuture<Tensor> waiting = submit(a, 1);
        disk.reads.awaitBegun();
        submit(all.getLast(), 1).get();
        assertTrue(waiting.cancel(false));
        CompletableFuture<Tensor> late =
                a.submit(0, x(1, 8), x(1, 8), x(1, 4), Duration.ofNanos(10));
        clock.set(10);
        assertInstanceOf(AppendEndedException.class, failure(late));
        assertEquals(2, a.tokens(0));
        disk.reads.open();
        submit(a, 1).get();
        assertEquals(3, a.tokens(0));
    }

    @Test
    void whatWasReadForNothingLeavesMemoryAgain() throws Exception {
        reopen(0);
        List<Conversation> all = begin(2);
        awaitSpill();
        disk.reads.hold();
        CompletableFuture<Tensor> waiting = submit(all.getFirst(), 1);
        disk.reads.awaitBegun();
        assertTrue(waiting.cancel(false));
        disk.reads.open();
        submit(all.getLast(), 1).get();
        submit(all.getLast(), 1).get(); // at whose step it was not awaited any more
        assertEquals(2, all.getFirst().snapshot().getFirst().tokens());
        assertEquals(0, status().hostBytes());
        assertEquals(1, files().size());
    }

    @Test
    void manyMoreThanAreReadAheadAllComeBack() throws Exception {
        reopen(0);
        List<Conversation> all = begin(4 * Parking.AHEAD);
        device.setGated(true);
        List<CompletableFuture<Tensor>> calls = new ArrayList<>();
        for (Conversation each : all.reversed()) {
            calls.add(submit(each, 1));
        }
        device.awaitCall();
        device.open();
        for (CompletableFuture<Tensor> call : calls) {
            call.get();
        }
        all.forEach(each -> assertEquals(3, each.tokens(0)));
    }

    @Test
    void forkSnapshotAndTruncateReadTheFile() throws Exception {
        reopen(0);
        List<Conversation> all = begin(2);
        awaitSpill();
        Conversation a = all.getFirst();
        assertEquals(2, a.snapshot().getFirst().tokens());
        assertEquals(1, files().size());
        Conversation fork = a.fork();
        awaitSpill();
        assertEquals(2, files().size());
        assertEquals(0, status().hostBytes());
        fork.truncate(0);
        submit(fork, 5).get();
        assertEquals(5, fork.tokens(0));
        assertEquals(2, a.tokens(0));
        submit(a, 1).get();
        assertEquals(3, a.tokens(0));
        assertEquals(2, all.getLast().tokens(0));
    }

    @Test
    void whoMakesRoomForAnotherDoesNotPushItsStatesOut() throws Exception {
        reopen(bytes(2));
        List<Conversation> all = begin(3);
        awaitSpill();
        all.get(1).close();
        Conversation a = all.getFirst();
        a.snapshot(); // now it is in memory and in a file
        assertEquals(bytes(2), status().hostBytes());
        submit(a, 1).get();
        assertEquals(3, a.snapshot().getFirst().tokens());
    }

    @Test
    void aControlThatWaitsForAFileRefusesWhatComesMeanwhile() throws Exception {
        reopen(0);
        List<Conversation> all = begin(2);
        awaitSpill();
        disk.reads.hold();
        Conversation a = all.getFirst();
        CompletableFuture<List<SlotSnapshot>> snapshot = CompletableFuture.supplyAsync(a::snapshot);
        disk.reads.awaitBegun();
        CompletableFuture<Tensor> append = submit(a, 1);
        submit(all.getLast(), 1).get();
        disk.reads.open();
        assertTrue(failure(snapshot).getMessage().contains("have not ended"));
        append.get();
        assertEquals(3, a.tokens(0));
    }

    @Test
    void closingWaitsForFilesOfWhatWaits() throws Exception {
        reopen(0);
        List<Conversation> all = begin(2);
        awaitSpill();
        disk.reads.hold();
        CompletableFuture<Tensor> append = submit(all.getFirst(), 1);
        disk.reads.awaitBegun();
        CompletableFuture<Void> closed = CompletableFuture.runAsync(service::close);
        while (!service.status().closing()) {
            Thread.onSpinWait();
        }
        disk.reads.open();
        append.get();
        closed.get();
        assertEquals(Set.of(), files());
        assertThrows(RejectedException.class, () -> submit(all.getLast(), 1));
    }

    @Test
    void closingInATimeEndsWhatWaitsForAFile() throws Exception {
        reopen(0);
        List<Conversation> all = begin(2);
        awaitSpill();
        disk.reads.hold();
        CompletableFuture<Tensor> append = submit(all.getFirst(), 1);
        disk.reads.awaitBegun();
        CompletableFuture<Void> closed =
                CompletableFuture.runAsync(() -> service.close(Duration.ofNanos(10)));
        while (!service.status().closing()) {
            Thread.onSpinWait();
        }
        clock.set(10);
        assertEquals(
                AppendEndedException.Reason.CLOSED,
                assertInstanceOf(AppendEndedException.class, failure(append)).reason());
        disk.reads.open();
        closed.get();
    }

    @Test
    void closingAndSavingReadsWhatIsInFiles() throws Exception {
        reopen(bytes(2));
        List<Conversation> all = begin(5);
        all.get(1).close();
        Map<Long, List<SlotSnapshot>> saved = service.closeAndSave(Duration.ofDays(1));
        assertEquals(4, saved.size());
        saved.values().forEach(states -> assertEquals(2, states.getFirst().tokens()));
        assertEquals(Set.of(), files());
    }

    @Test
    void aConversationThatIsClosedHasNoFile() throws Exception {
        reopen(0);
        List<Conversation> all = begin(3);
        awaitSpill();
        awaitSpill();
        disk.reads.hold();
        submit(all.getFirst(), 1);
        disk.reads.awaitBegun();
        all.getFirst().close();
        all.get(1).close();
        disk.reads.open();
        service.open();
        begin(1);
        awaitSpill(); // which is after files were deleted
        assertEquals(1, files().size());
        assertEquals(Files.size(files().iterator().next()), status().diskBytes());
    }

    @Test
    void onAFullDiskStatesStayInMemoryAndOneLineTellsIt() throws Exception {
        reopen(0);
        List<String> log =
                LogLines.of(
                        Parking.class,
                        () -> {
                            disk.setFull(new IOException("No space left on device"));
                            List<Conversation> all = begin(10);
                            assertEquals("not spilled", awaitMove());
                            for (Conversation each : all) {
                                submit(each, 1).get();
                                assertEquals(3, each.tokens(0));
                            }
                            assertEquals(9 * bytes(3), status().hostBytes());
                            assertEquals(Set.of(), files());
                        });
        assertEquals(List.of("parked states stay in memory: No space left on device"), log);
        disk.setFull(null);
        begin(1);
        for (int i = 0; i < 10; i++) {
            awaitSpill();
        }
        assertEquals(0, status().hostBytes());
        assertFalse(others.contains("lost"));
    }

    @Test
    void aFolderThatIsGoneIsNoLoss() throws Exception {
        reopen(0);
        Files.delete(folder.resolve("lock"));
        Files.delete(folder);
        List<Conversation> all = new ArrayList<>();
        List<String> log =
                LogLines.of(
                        Parking.class,
                        () -> {
                            all.addAll(begin(3));
                            assertEquals("not spilled", awaitMove());
                            status();
                        });
        assertTrue(log.getFirst().contains("there is no such folder"), log::toString);
        for (Conversation each : all) {
            submit(each, 1).get();
        }
        assertFalse(others.contains("lost"));
        Files.createDirectory(folder);
    }

    @Test
    void oneServiceAtATimeHasAFolderThatCanBeUsed() throws Exception {
        reopen(0);
        UncheckedIOException inUse =
                assertThrows(UncheckedIOException.class, () -> open(parked(0), disk.access()));
        assertTrue(inUse.getMessage().contains("another store or service uses this folder"));
        assertThrows(IOException.class, () -> PrefixStore.open(folder, 0, 0, ServiceMetrics.NONE));
        Path file = Files.createFile(folder.resolve("file"));
        ServiceOptions options = ServiceOptions.ofSlots(1).withParking(file, 0);
        assertThrows(UncheckedIOException.class, () -> open(options, disk.access()));
        reopen(0);
        assertThrows(
                IllegalArgumentException.class,
                () -> ServiceOptions.ofSlots(1).withParking(folder, -1));
        assertThrows(IllegalArgumentException.class, () -> new ParkingOptions(null, 5));
    }

    @Test
    void whatAProcessThatDiedHasLeftIsDeleted() throws Exception {
        service.close();
        Path stale = Files.createFile(folder.resolve("17.parked"));
        Path unfinished =
                Files.createFile(folder.resolve(".01234567-89ab-cdef-0123-456789abcdef.part"));
        Path other = Files.createFile(folder.resolve("a.parked"));
        reopen(0);
        assertFalse(Files.exists(stale));
        assertFalse(Files.exists(unfinished));
        begin(3);
        awaitSpill();
        service.close();
        assertEquals(Set.of(other), files());
    }
}
