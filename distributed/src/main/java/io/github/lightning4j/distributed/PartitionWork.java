package io.github.lightning4j.distributed;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Gradients;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Reach;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.SafetensorsPieces;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;

/**
 * What is computed of one partition, from its own rows and at most one state of its neighbours.
 *
 * <p>Memory: the rows of a partition and the states of those of its sequences that are computed
 * together, at most 64 MiB of them, for each thread that works here; nothing grows with the number
 * of partitions. Thread-safe as far as the attention is.
 */
public final class PartitionWork implements AutoCloseable {
    /** So many bytes of states are given to one call. */
    private static final long STATE_BYTES = 1L << 26;

    private final AttentionJob job;
    private final AttentionConfig config;
    private final LightningAttention attention;
    private final int together;

    /** Memory that no work is in. */
    private final ConcurrentLinkedQueue<Room> rooms = new ConcurrentLinkedQueue<>();

    private @Nullable Duration lastKernelTime;

    /** After so many tokens no head has anything left of one. */
    private final long reach;

    /**
     * On an open device.
     *
     * @param job what to compute
     * @param attention of the job's configuration; it belongs to the caller
     * @throws IllegalArgumentException if its configuration is another one
     */
    public PartitionWork(AttentionJob job, LightningAttention attention) {
        if (!attention.config().equals(job.config())) {
            throw new IllegalArgumentException(
                    "attention is of " + attention.config() + "; the job has " + job.config());
        }
        this.job = job;
        this.config = job.config();
        this.attention = attention;
        together = (int) Math.max(1, STATE_BYTES / job.stateBytes());
        reach = LongStream.of(Reach.of(config, DType.F32)).max().orElseThrow();
        lastKernelTime = attention.kernelTime().orElse(null);
    }

    /**
     * What the device's kernels have taken since the last call of this, or since the beginning, by
     * the device's own clock. Whoever works here with several threads gets each kernel once.
     *
     * @return empty where the device has no clock, or one that stands still
     */
    public synchronized Optional<Duration> takeKernelTime() {
        Duration before = lastKernelTime;
        lastKernelTime = attention.kernelTime().orElse(null);
        return before == null
                ? Optional.empty()
                : Optional.ofNullable(lastKernelTime)
                        .map(now -> now.minus(before))
                        .filter(Duration::isPositive);
    }

    /**
     * The state that the last segment of a partition leaves if it begins empty. Tokens that all
     * heads have forgotten at its end are not read; see {@link Reach}.
     *
     * @param partition that a sequence goes on from
     * @return F32 [1, H, D, E]
     * @throws IOException if its rows cannot be read
     */
    public Tensor localState(int partition) throws IOException {
        Segment last = job.plan().segments(partition).getLast();
        long from = last.to() - Math.min(reach, last.tokens());
        return inRoom(room ->
                attention
                        .finalState(
                                rows(room, "k", from, last.to()), rows(room, "v", from, last.to()))
                        .values());
    }

    /**
     * The gradient of the state before the first segment of a partition, if nothing behind the
     * segment has a gradient. Tokens at which all heads have forgotten that state are not read.
     *
     * @param partition that a sequence comes into
     * @return F32 [1, H, D, E]
     * @throws IOException if its rows cannot be read
     */
    public Tensor localGradient(int partition) throws IOException {
        Segment first = job.plan().segments(partition).getFirst();
        long to = first.from() + Math.min(reach, first.tokens());
        return inRoom(room ->
                attention.initialStateGradient(
                        rows(room, "q", first.from(), to),
                        rows(room, "do", first.from(), to),
                        null,
                        null));
    }

    /**
     * Computes the results of a partition and writes them.
     *
     * @param partition which
     * @param incoming the state before its first token, F32 [1, H, D, E], where a sequence comes in
     * @param outgoing for gradients, that of the state behind its last token where a sequence goes
     *     on; else null
     * @param target a safetensors file: {@code o} and, where states are wanted, {@code final_state}
     *     of the sequences that end in it; or {@code dq dk dv} and {@code dinitial_state} of those
     *     that begin in it; or {@code final_state} alone
     * @throws IOException if rows cannot be read or results written; the target is as before
     */
    public void part(
            int partition, @Nullable Tensor incoming, @Nullable Tensor outgoing, Path target)
            throws IOException {
        SequencePlan plan = job.plan();
        List<Segment> segments = plan.segments(partition);
        if (plan.comesIn(partition) && incoming == null) {
            throw new IllegalArgumentException(
                    "incoming is null; partition " + partition + " continues a sequence");
        }
        long from = plan.from(partition);
        try (SafetensorsPieces file = PartFile.of(job, partition).open(target)) {
            for (int s = 0; s < segments.size(); s += together) {
                int end = Math.min(s + together, segments.size());
                Group group = new Group(partition, segments.subList(s, end), from);
                Tensor before = s == 0 ? incoming : null;
                Tensor behind = end == segments.size() ? outgoing : null;
                boolean _ =
                        inRoom(room -> {
                            switch (job.direction()) {
                                case FORWARD -> forward(room, group, before, file);
                                case BACKWARD -> backward(room, group, before, behind, file);
                                case FINAL_STATES -> finalStates(room, group, before, file);
                            }
                            return true;
                        });
            }
            file.finish();
        }
    }

    /** Segments that are computed in one call, and where their partition begins. */
    private record Group(int partition, List<Segment> segments, long partitionFrom) {
        long from() {
            return segments.getFirst().from();
        }

        long to() {
            return segments.getLast().to();
        }

        PackedSequences packed() {
            return PackedSequences.ofLengths(
                    segments.stream().mapToLong(Segment::tokens).toArray());
        }
    }

    private void forward(Room room, Group group, @Nullable Tensor incoming, SafetensorsPieces file)
            throws IOException {
        AttentionInputs rows = rows(room, group);
        Tensor output = like(room, rows.v());
        Tensor states = states(room, group);
        AttentionInputs inputs = begun(rows, initial(room, group, incoming));
        AttentionState state = attention.forward(inputs, output, states);
        write(file, "o", output, group);
        if (job.states()) {
            writeStates(file, PartStates.FINAL, state.values(), group);
        }
    }

    private void finalStates(
            Room room, Group group, @Nullable Tensor incoming, SafetensorsPieces file)
            throws IOException {
        // Of a partition only the last segment can be one that goes on.
        List<Segment> ending = group.segments().stream().filter(Segment::ends).toList();
        if (ending.isEmpty()) {
            return;
        }
        Group done = new Group(group.partition(), ending, group.partitionFrom());
        AttentionState state =
                attention.finalState(
                        rows(room, "k", done.from(), done.to()),
                        rows(room, "v", done.from(), done.to()),
                        done.packed(),
                        initial(room, done, incoming));
        writeStates(file, PartStates.FINAL, state.values(), done);
    }

    private void backward(
            Room room,
            Group group,
            @Nullable Tensor incoming,
            @Nullable Tensor outgoing,
            SafetensorsPieces file)
            throws IOException {
        AttentionInputs rows = rows(room, group);
        Tensor outputs = rows(room, "do", group.from(), group.to());
        Gradients gradients =
                new Gradients(
                        like(room, rows.q()),
                        like(room, rows.k()),
                        like(room, rows.v()),
                        states(room, group));
        AttentionInputs inputs = begun(rows, initial(room, group, incoming));
        Tensor last = given(room, "dfinal_state", group);
        if (outgoing != null) {
            last = last == null ? zeros(room, group) : last;
            last.slice(0, last.shape(0) - 1, last.shape(0)).copyFrom(outgoing);
        }
        attention.backward(inputs, outputs, last, gradients);
        write(file, "dq", gradients.dq(), group);
        write(file, "dk", gradients.dk(), group);
        write(file, "dv", gradients.dv(), group);
        if (job.states()) {
            writeStates(file, PartStates.INITIAL, gradients.initialState(), group);
        }
    }

    /**
     * The rows of a group. They and the results are taken from a room before the states that only
     * some partitions have, so that each partition finds its own where the last one had them.
     */
    private AttentionInputs rows(Room room, Group group) throws IOException {
        return AttentionInputs.of(
                        rows(room, "q", group.from(), group.to()),
                        rows(room, "k", group.from(), group.to()),
                        rows(room, "v", group.from(), group.to()))
                .withSequences(group.packed());
    }

    private static AttentionInputs begun(AttentionInputs rows, @Nullable AttentionState initial) {
        return initial == null ? rows : rows.withInitialState(initial);
    }

    /** The states before the first tokens of a group; null where they are zeros. */
    private @Nullable AttentionState initial(Room room, Group group, @Nullable Tensor incoming)
            throws IOException {
        Tensor initial = given(room, "initial_state", group);
        if (incoming != null) {
            initial = initial == null ? zeros(room, group) : initial;
            initial.slice(0, 0, 1).copyFrom(incoming);
        }
        if (initial == null) {
            return null;
        }
        long[] seen = new long[group.segments().size()];
        for (int i = 0; i < seen.length; i++) {
            Segment segment = group.segments().get(i);
            seen[i] = segment.from() - job.plan().start(segment.sequence());
        }
        return AttentionState.of(initial, config.slopes(), seen, AttentionState.Origin.of(config));
    }

    /** Work in memory that is used again when it is done. */
    private interface Inside<T> {
        T with(Room room) throws IOException;
    }

    private <T> T inRoom(Inside<T> work) throws IOException {
        Room room = rooms.poll();
        room = room == null ? new Room(attention) : room;
        boolean done = false;
        try {
            room.clear();
            T result = work.with(room);
            done = true;
            return result;
        } finally {
            if (done) {
                rooms.add(room);
            } else {
                room.close();
            }
        }
    }

    /** Frees the memory of partitions, of which none may be at work. */
    @Override
    public void close() {
        for (Room room = rooms.poll(); room != null; room = rooms.poll()) {
            room.close();
        }
    }

    private Tensor rows(Room room, String name, long from, long to) throws IOException {
        return job.rows().read(room, job.source(name), from, to);
    }

    /** The states of the sequences of a group that the job's file may have. */
    private @Nullable Tensor given(Room room, String name, Group group) throws IOException {
        TensorSource source = job.find(name);
        if (source == null) {
            return null;
        }
        Tensor states = zeros(room, group);
        long size = states.size() / states.shape(0);
        source.read(group.segments().getFirst().sequence() * size, states.segment());
        return states;
    }

    private Tensor zeros(Room room, Group group) {
        return room.zeros(DType.F32, stateShape(group));
    }

    /** Memory for the states of a group. */
    private Tensor states(Room room, Group group) {
        return room.take(DType.F32, stateShape(group));
    }

    private long[] stateShape(Group group) {
        return new long[] {
            group.segments().size(), config.heads(), config.keyDim(), config.valueDim()
        };
    }

    private static Tensor like(Room room, Tensor tensor) {
        return room.take(tensor.dtype(), tensor.shape());
    }

    private void write(SafetensorsPieces file, String name, Tensor rows, Group group)
            throws IOException {
        file.write(name, rows, job.rows().place(0, group.from() - group.partitionFrom()));
    }

    /** Writes the states of those sequences that end in the partition, or begin in it. */
    private void writeStates(SafetensorsPieces file, PartStates kind, Tensor all, Group group)
            throws IOException {
        List<Segment> segments = group.segments();
        int from = 0;
        int to = segments.size();
        while (from < to && !kind.has(segments.get(from))) {
            from++;
        }
        while (to > from && !kind.has(segments.get(to - 1))) {
            to--;
        }
        if (from < to) {
            int first = kind.first(job.plan(), group.partition());
            file.write(
                    kind.tensor(),
                    all.slice(0, from, to),
                    segments.get(from).sequence() - first,
                    0,
                    0,
                    0);
        }
    }
}
