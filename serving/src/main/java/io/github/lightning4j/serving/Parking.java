package io.github.lightning4j.serving;

import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.serving.Parked.StateFile;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/**
 * The conversations whose states are not on the device. What is beyond the budget of memory is
 * written to files, those first that were idle longest, and read when it is wanted.
 *
 * <p>Used by the dispatcher's thread alone, which decides what is written and read and what becomes
 * of it, and never waits for that: while states are being written they are in memory as well, and
 * may come to the device. A few are being written at a time; meanwhile nobody else leaves the
 * device ({@link #hasRoom}), so that memory has a bound though the disk is slow. If it fails,
 * states stay in memory.
 */
final class Parking implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Parking.class.getName());

    /** The most that are being written at a time. */
    static final int WRITES = 4;

    /** The most that are read before there is a slot for them. */
    static final int AHEAD = 8;

    private final long budget;
    private final @Nullable ParkedFiles files;
    private final Telling metrics;
    private final BiConsumer<Sequence, Throwable> loss;

    /** Those in memory that may leave it, and their bytes. */
    private final NavigableSet<Parked> kept = new TreeSet<>(Parked.IDLE_LONGEST);

    private long keptBytes;

    /** Those that are wanted on the device: in memory, where they stay, or being read. */
    private final Map<Parked, Sequence> ahead = new HashMap<>();

    /** Those that are being read, and what is to be done afterwards. */
    private final Map<Parked, List<Runnable>> reading = new HashMap<>();

    private int writes;
    private boolean failing;

    /** Of all states in memory, and of files; any thread may read them. */
    private final AtomicLong hostBytes = new AtomicLong();

    private final AtomicLong diskBytes = new AtomicLong();

    /**
     * Without conversations.
     *
     * @param files null: there is no bound, and everything stays in memory
     * @param loss told of a conversation whose file cannot be read; calls {@link #remove}
     */
    Parking(
            ParkingOptions options,
            @Nullable ParkedFiles files,
            Telling metrics,
            BiConsumer<Sequence, Throwable> loss) {
        budget = options.hostBytes();
        this.files = files;
        this.metrics = metrics;
        this.loss = loss;
    }

    /** Bytes of states in memory. */
    long hostBytes() {
        return hostBytes.get();
    }

    /** Bytes of files. */
    long diskBytes() {
        return diskBytes.get();
    }

    /** Whether another conversation may leave the device now. */
    boolean hasRoom() {
        return failing || writes < WRITES;
    }

    /**
     * A conversation is not on the device and has states in memory, if it has any.
     *
     * @param since the step since which it is idle
     */
    void add(Sequence sequence, long since) {
        Parked parked = sequence.parked();
        if (parked != null && !parked.isCounted()) {
            parked.count(since);
            hostBytes.addAndGet(parked.bytes());
            keep(parked);
            shrink(WRITES);
        }
    }

    /** A conversation comes back to the device, or is closed or lost; its file is deleted. */
    void remove(Sequence sequence) {
        Parked parked = sequence.parked();
        if (parked == null || parked.isGone()) {
            return;
        }
        unkeep(parked);
        ahead.remove(parked);
        if (parked.isCounted() && parked.isInMemory()) {
            hostBytes.addAndGet(-parked.bytes());
        }
        parked.go();
        StateFile file = parked.file();
        if (file != null) {
            diskBytes.addAndGet(-file.bytes());
            files().delete(file);
        }
    }

    /** Whether a conversation can come to the device: it is there, or its states are in memory. */
    boolean isAtHand(Sequence sequence) {
        Parked parked = sequence.parked();
        return parked == null || parked.isInMemory();
    }

    /** A conversation that is at hand is wanted on the device, so its states stay in memory. */
    void hold(Sequence sequence) {
        Parked parked = sequence.parked();
        if (parked != null) {
            unkeep(parked);
            ahead.put(parked, sequence);
        }
    }

    /** Reads the states of a conversation, which are in a file alone, and then does something. */
    void fetch(Sequence sequence, Runnable then) {
        Parked parked = sequence.parked();
        if (parked != null) {
            read(sequence, parked).add(then);
        }
    }

    /**
     * Conversations have calls and wait for slots: reads the states of some of the first of them
     * that are in files. Others are not wanted any more.
     */
    void fetchAhead(Collection<Sequence> waiting) {
        List<Parked> unwanted = new ArrayList<>();
        ahead.forEach((parked, sequence) -> {
            if (!waiting.contains(sequence)) {
                unwanted.add(parked);
            }
        });
        ahead.keySet().removeAll(unwanted);
        unwanted.stream().filter(Parked::isInMemory).forEach(this::keep);
        shrink(WRITES);
        for (Sequence each : waiting) {
            if (ahead.size() >= AHEAD) {
                return;
            }
            Parked parked = each.parked();
            if (parked != null && !parked.isInMemory()) {
                ahead.put(parked, each);
                read(each, parked);
            }
        }
    }

    /** States that are in memory or in a file, which is read at once. */
    List<SlotSnapshot> load(Parked parked) throws IOException {
        StateFile file = parked.file();
        return parked.isInMemory() || file == null ? parked.states() : files().load(file);
    }

    private ParkedFiles files() {
        if (files == null) {
            throw new IllegalStateException("there are no files");
        }
        return files;
    }

    private void keep(Parked parked) {
        if (!ahead.containsKey(parked) && kept.add(parked)) {
            keptBytes += parked.bytes();
        }
    }

    private void unkeep(Parked parked) {
        if (kept.remove(parked)) {
            keptBytes -= parked.bytes();
        }
    }

    /**
     * Lets states leave memory until there are no more than the budget allows.
     *
     * @param most how many may be written at a time; while the disk fails it is one
     */
    private void shrink(int most) {
        while (files != null && keptBytes > budget) {
            Parked parked = kept.first();
            if (parked.file() == null && writes >= (failing ? 1 : most)) {
                return;
            }
            unkeep(parked);
            if (parked.file() == null) {
                writes++;
                files.write(
                        parked,
                        file -> written(parked, file),
                        failure -> notWritten(parked, failure));
            } else {
                parked.setStates(List.of());
                hostBytes.addAndGet(-parked.bytes());
            }
        }
    }

    private void written(Parked parked, StateFile file) {
        writes--;
        if (file.bytes() > 0) {
            recover();
            metrics.tell(told -> told.spilled(file.bytes()));
            if (parked.isGone()) {
                files().delete(file);
            } else {
                parked.setFile(file);
                diskBytes.addAndGet(file.bytes());
                keep(parked);
            }
        }
        // Some of what may be written is left to those who want to leave the device.
        shrink(WRITES / 2);
    }

    private void recover() {
        if (failing) {
            failing = false;
            LOG.log(System.Logger.Level.INFO, "parked states can be written again");
        }
    }

    /** It is tried again when another conversation leaves the device. */
    private void notWritten(Parked parked, Throwable failure) {
        writes--;
        metrics.tell(told -> told.spillFailed(parked.bytes()));
        if (!failing) {
            failing = true;
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "parked states stay in memory: " + failure.getMessage());
        }
        if (!parked.isGone()) {
            keep(parked);
        }
    }

    /** What is to be done when the states of a conversation have been read. */
    private List<Runnable> read(Sequence sequence, Parked parked) {
        List<Runnable> then = reading.get(parked);
        StateFile file = parked.file();
        if (then == null && file != null) {
            then = new ArrayList<>();
            reading.put(parked, then);
            files().read(
                            file,
                            states -> fetched(parked, file, states),
                            failure -> notFetched(sequence, parked, failure));
        }
        return then == null ? new ArrayList<>() : then;
    }

    private void fetched(Parked parked, StateFile file, List<SlotSnapshot> states) {
        if (!parked.isGone()) {
            metrics.tell(told -> told.fetched(file.bytes()));
            parked.setStates(states);
            hostBytes.addAndGet(parked.bytes());
        }
        goOn(parked);
        if (!parked.isGone()) {
            keep(parked);
            shrink(WRITES);
        }
    }

    private void notFetched(Sequence sequence, Parked parked, Throwable failure) {
        if (!parked.isGone()) {
            loss.accept(sequence, failure);
        }
        goOn(parked);
    }

    private void goOn(Parked parked) {
        List<Runnable> then = reading.remove(parked);
        if (then != null) {
            then.forEach(Runnable::run);
        }
    }

    /** Nothing is parked any more. What still waits for states goes on without them. */
    @Override
    public void close() {
        if (files != null) {
            files.close();
        }
        List.copyOf(reading.keySet()).forEach(this::goOn);
        hostBytes.set(0);
        diskBytes.set(0);
    }
}
