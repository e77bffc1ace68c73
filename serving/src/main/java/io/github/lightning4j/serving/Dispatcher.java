package io.github.lightning4j.serving;

import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.serving.Schedule.Piece;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The one thread that uses the pools of a service and knows where states are. All waiting calls of
 * a layer that fit go to the device in one call; when it ends, the next begins at once. Files are
 * written and read by other threads meanwhile ({@link ParkedFiles}), whose outcomes are tasks of
 * this one.
 */
final class Dispatcher {
    private static final System.Logger LOG = System.getLogger(Dispatcher.class.getName());

    /** So many conversations come to the device between two steps while calls are ready. */
    private static final int ARRIVALS = 4;

    private final int layers;
    private final CallQueue queue;
    private final Telling metrics;
    private final LongSupplier clock;
    private final Residents residents;
    private final Parking parking;
    private final List<Staging> staging;
    private final Thread thread;
    private volatile boolean saving;
    private volatile Map<Long, List<SlotSnapshot>> saved = Map.of();

    /**
     * Opens the pools and the folder.
     *
     * @param access to files of states
     */
    Dispatcher(
            List<LightningAttention> layers,
            ServiceOptions options,
            CallQueue queue,
            Telling metrics,
            LongSupplier clock,
            StateFolder.Access access) {
        this.layers = layers.size();
        this.queue = queue;
        this.metrics = metrics;
        this.clock = clock;
        residents = new Residents(layers, options);
        try {
            parking = parking(options.parking(), access);
        } catch (RuntimeException e) {
            residents.close();
            throw e;
        }
        staging = layers.stream().map(layer -> new Staging(layer.config(), options)).toList();
        thread = Thread.ofPlatform().daemon().name("lightning4j-serving").unstarted(this::run);
    }

    private Parking parking(ParkingOptions options, StateFolder.Access access) {
        Path folder = options.folder();
        ParkedFiles files = folder == null ? null : ParkedFiles.open(folder, access, queue.tasks());
        return new Parking(options, files, metrics, this::lose);
    }

    /** A conversation that is not on the device. */
    Sequence open(List<SlotSnapshot> states) {
        return queue.open(states, opened -> parking.add(opened, residents.step()));
    }

    /** What goes on at the moment. */
    ServiceStatus status() {
        return queue.status(parking.hostBytes(), parking.diskBytes());
    }

    void start() {
        thread.start();
    }

    /**
     * Waits until the queue is closed and empty and the pools are freed.
     *
     * @param save whether the states of all conversations are wanted
     * @return them
     */
    Map<Long, List<SlotSnapshot>> close(long nanos, boolean save) {
        saving |= save;
        queue.close(nanos);
        Outcome.join(thread);
        return saved;
    }

    private void run() {
        Throwable failure = null;
        try {
            boolean idle = false;
            while (queue.awaitWork(idle)) {
                Runnable task = queue.tasks().poll();
                if (task != null) {
                    task.run();
                    idle = false;
                } else {
                    idle = !step();
                }
            }
            if (saving) {
                saved = save();
            }
        } catch (Throwable e) {
            LOG.log(System.Logger.Level.ERROR, "the service has failed", e);
            failure = e;
        } finally {
            end(failure);
        }
    }

    private void end(@Nullable Throwable failure) {
        try (parking;
                residents) {
            queue.end(failure);
        }
    }

    /** One call of the device; false: what waits, waits for a file. */
    private boolean step() {
        residents.tick();
        admit();
        List<Piece> pieces = queue.take();
        if (pieces == null) {
            return false;
        }
        int layer = pieces.getFirst().lane().layer();
        long begun = clock.getAsLong();
        for (Piece piece : pieces) {
            residents.serve(piece.lane().sequence());
            if (piece.from() == 0) {
                long waited = begun - piece.call().arrived();
                metrics.tell(told -> told.waited(piece.call().tokens(), waited));
            }
        }
        Map<Piece, Throwable> failures;
        try {
            failures = staging.get(layer).append(residents.pool(layer), pieces);
        } catch (RuntimeException | Error e) {
            failures = new HashMap<>();
            for (Piece piece : pieces) {
                failures.put(piece, e);
            }
            LOG.log(System.Logger.Level.WARNING, "a call of the device has failed", e);
        }
        long took = clock.getAsLong() - begun;
        long tokens = pieces.stream().mapToLong(Piece::count).sum();
        metrics.tell(told -> told.batch(layer, pieces.size(), tokens, took));
        queue.settle(pieces, failures);
        failures.forEach((piece, reason) -> loseIfHarmed(piece, layer, reason));
        return true;
    }

    private void loseIfHarmed(Piece piece, int layer, Throwable reason) {
        Sequence sequence = piece.lane().sequence();
        if (sequence.isResident() && residents.isLost(sequence, layer)) {
            lose(sequence, reason);
        }
    }

    /** The states of a conversation are gone. */
    private void lose(Sequence sequence, Throwable reason) {
        drop(sequence);
        queue.lose(sequence, reason);
        metrics.tell(told -> told.failed(1));
    }

    private void drop(Sequence sequence) {
        parking.remove(sequence);
        try {
            residents.drop(sequence);
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "slots of conversation " + sequence.id() + " could not be released",
                    e);
        }
    }

    /** Brings conversations with calls to the device. */
    private void admit() {
        Set<Sequence> absent = new HashSet<>();
        boolean working = queue.hasReady();
        List<Sequence> waiting = queue.absent();
        parking.fetchAhead(waiting);
        for (Sequence sequence : waiting) {
            if (!parking.isAtHand(sequence)) {
                continue; // Others need not wait for its file.
            }
            if (working && absent.size() == ARRIVALS) {
                return;
            }
            if (!residents.hasRoom() && !parking.hasRoom()) {
                return;
            }
            absent.add(sequence);
            // Of those that come in this step nobody leaves in it.
            if (!makeRoom(sequence, working, absent)) {
                return;
            }
            bring(sequence);
        }
    }

    /**
     * Makes sure that a slot is free.
     *
     * @param comer for whom, whose states are in memory
     * @param working whether others are at work, so that those who came a moment ago stay
     * @param staying who must not leave
     * @return false: nobody can leave now
     */
    private boolean makeRoom(Sequence comer, boolean working, Set<Sequence> staying) {
        parking.hold(comer);
        while (!residents.hasRoom()) {
            Set<Sequence> busy = queue.busy();
            Sequence victim = residents.victim(working, busy, staying);
            if (victim == null) {
                return false;
            }
            park(victim);
        }
        return true;
    }

    private void park(Sequence sequence) {
        move(
                sequence,
                () -> {
                    long bytes = residents.park(sequence);
                    metrics.tell(told -> told.parked(bytes));
                    parking.add(sequence, sequence.lastStep());
                });
    }

    private void bring(Sequence sequence) {
        move(
                sequence,
                () -> {
                    parking.remove(sequence);
                    long bytes = residents.bring(sequence);
                    metrics.tell(told -> told.resumed(bytes));
                });
    }

    /** Moves states; a conversation whose states cannot be moved is lost, and no other. */
    private void move(Sequence sequence, Runnable move) {
        try {
            move.run();
            queue.update(sequence);
        } catch (RuntimeException | Error e) {
            lose(sequence, e);
        }
    }

    /**
     * Runs something for a conversation between two steps, when its states are on the device or in
     * memory, and waits for it.
     *
     * @throws IllegalStateException if calls of the conversation wait or run
     */
    private <T> T control(Sequence sequence, Supplier<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        queue.control(sequence, () -> attempt(sequence, task, result));
        return Outcome.of(result);
    }

    private <T> void attempt(Sequence sequence, Supplier<T> task, CompletableFuture<T> result) {
        try {
            queue.checkIdle(sequence);
            if (parking.isAtHand(sequence)) {
                result.complete(task.get());
            } else {
                parking.fetch(sequence, () -> attempt(sequence, task, result));
            }
        } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
        }
    }

    /** States of all layers. */
    List<SlotSnapshot> states(Sequence sequence) {
        return control(sequence, () -> residents.states(sequence));
    }

    /** Another conversation that goes on from where this one is. */
    Sequence fork(Sequence sequence) {
        return control(
                sequence,
                () -> {
                    Sequence copy = open(List.of());
                    try {
                        residents.fork(sequence, copy);
                        parking.add(copy, residents.step());
                    } catch (RuntimeException | Error e) {
                        close(copy);
                        throw e;
                    }
                    for (int layer = 0; layer < layers; layer++) {
                        copy.addTokens(layer, sequence.tokens(layer));
                    }
                    return copy;
                });
    }

    /** Takes the last tokens of all layers back. */
    void truncate(Sequence sequence, long tokens) {
        control(
                sequence,
                () -> {
                    if (!sequence.isResident()) {
                        makeRoom(sequence, false, Set.of());
                        bring(sequence);
                        queue.checkIdle(sequence);
                    }
                    for (int layer = 0; layer < layers; layer++) {
                        checkReach(sequence, layer, tokens);
                    }
                    for (int layer = 0; layer < layers; layer++) {
                        residents.pool(layer).truncate(sequence.slots().get(layer), tokens);
                        sequence.addTokens(layer, tokens - sequence.tokens(layer));
                    }
                    return tokens;
                });
    }

    private void checkReach(Sequence sequence, int layer, long tokens) {
        long earliest = residents.pool(layer).earliest(sequence.slots().get(layer));
        if (tokens < earliest || tokens > sequence.tokens(layer)) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "tokens is %d; layer %d has %d, and what it keeps reaches back to %d",
                            tokens,
                            layer,
                            sequence.tokens(layer),
                            earliest));
        }
    }

    /** Closes a conversation; its calls end. */
    void close(Sequence sequence) {
        queue.close(
                sequence,
                () -> {
                    drop(sequence);
                    queue.forget(sequence);
                });
    }

    private Map<Long, List<SlotSnapshot>> save() {
        Map<Long, List<SlotSnapshot>> all = new LinkedHashMap<>();
        for (Sequence sequence : queue.open()) {
            if (sequence.lost() == null && !sequence.isClosed()) {
                try {
                    Parked parked = sequence.parked();
                    all.put(
                            sequence.id(),
                            parked == null ? residents.states(sequence) : parking.load(parked));
                } catch (IOException | RuntimeException e) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            () -> "conversation " + sequence.id() + " could not be saved",
                            e);
                }
            }
        }
        return all;
    }
}
