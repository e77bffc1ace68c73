package io.github.lightning4j.serving;

import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.io.SlotFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Files on a disk that can be held: while it is gated, each write or read tells that it has begun
 * and waits until it is let through. It can be full, too.
 */
final class GatedFiles {
    final Gate writes = new Gate();
    final Gate reads = new Gate();
    private volatile @Nullable IOException full;

    /** Holds what comes to it. */
    static final class Gate {
        private final BlockingQueue<Path> begun = new LinkedBlockingQueue<>();
        private final Semaphore passes = new Semaphore(0);
        private volatile boolean gated;

        /** From now on what comes waits. */
        void hold() {
            gated = true;
        }

        /** Waits until something has come. */
        Path awaitBegun() throws InterruptedException {
            Path path = begun.poll(30, TimeUnit.MINUTES);
            if (path == null) {
                throw new AssertionError("nothing came");
            }
            return path;
        }

        /** Lets one through. */
        void pass() {
            passes.release();
        }

        /** From now on nothing waits, nor does what has come. */
        void open() {
            gated = false;
            passes.release(1000);
        }

        private void enter(Path path) {
            if (gated) {
                begun.add(path);
                passes.acquireUninterruptibly();
            }
        }
    }

    StateFolder.Access access() {
        return new StateFolder.Access(this::write, this::read);
    }

    /** From now on writes fail; null: they do not. */
    void setFull(@Nullable IOException reason) {
        full = reason;
    }

    private void write(List<SlotSnapshot> slots, byte[] label, Path target) throws IOException {
        writes.enter(target);
        IOException failure = full;
        if (failure != null) {
            throw failure;
        }
        SlotFile.write(slots, label, target);
    }

    private SlotFile read(Path path) throws IOException {
        reads.enter(path);
        return SlotFile.load(path);
    }
}
