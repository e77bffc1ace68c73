package io.github.lightning4j.serving;

import io.github.lightning4j.SlotSnapshot;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A service with one slot and a folder, over a device and a disk that can be held. */
abstract class ParkingFixture extends ServiceFixture {
    @TempDir Path folder;

    final GatedFiles disk = new GatedFiles();

    /** What went to a file, or could not. */
    private final BlockingQueue<String> moves = new LinkedBlockingQueue<>();

    /** What else happened. */
    final List<String> others = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void openDisk() {
        disk.writes.open();
        disk.reads.open();
    }

    private final class Moves implements ServiceMetrics {
        @Override
        public void spilled(long bytes) {
            moves.add("spilled");
        }

        @Override
        public void spillFailed(long bytes) {
            moves.add("not spilled");
        }

        @Override
        public void fetched(long bytes) {
            others.add("fetched");
        }

        @Override
        public void failed(int lost) {
            others.add("lost");
        }
    }

    ServiceOptions parked(long hostBytes) {
        return ServiceOptions.ofSlots(1)
                .withConversations(100)
                .withSteps(8, 64, 4)
                .withParking(folder, hostBytes);
    }

    @Override
    AttentionService open(ServiceOptions options, StateFolder.Access access) {
        return AttentionService.open(
                List.of(attention, attention), options, new Moves(), clock::get, access);
    }

    /** Opens it anew with a budget of memory. */
    void reopen(long hostBytes) {
        service.close();
        service = open(parked(hostBytes), disk.access());
    }

    /** Conversations of two tokens, of which the last is on the device. */
    List<Conversation> begin(int count) throws Exception {
        List<Conversation> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(service.open());
            submit(all.getLast(), 2).get();
        }
        return all;
    }

    /** Bytes in memory of a conversation of so many tokens in the first layer. */
    long bytes(int tokens) {
        try (AttentionService other = open(OPTIONS, StateFolder.Access.COPIED)) {
            Conversation one = other.open();
            submit(one, tokens).join();
            return one.snapshot().stream().mapToLong(SlotSnapshot::bytes).sum();
        }
    }

    /** Waits until states went to a file; what could not before does not count. */
    void awaitSpill() throws InterruptedException {
        String move = awaitMove();
        while (!move.equals("spilled")) {
            move = awaitMove();
        }
    }

    /** Waits until states went to a file, or could not; which of them. */
    String awaitMove() throws InterruptedException {
        String move = moves.poll(30, TimeUnit.MINUTES);
        if (move == null) {
            throw new AssertionError("nothing went to a file");
        }
        return move;
    }

    /** What there is when the dispatcher has done what it was told. */
    ServiceStatus status() {
        try (Conversation empty = service.open()) {
            empty.snapshot();
        }
        return service.status();
    }

    /** Files of states. */
    Set<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".parked"))
                    .collect(Collectors.toSet());
        }
    }
}
