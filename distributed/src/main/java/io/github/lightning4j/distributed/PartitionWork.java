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
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What is computed of one partition, from its own rows and at most one state of its neighbours.
 *
 * <p>Memory: the rows of a partition and the states of those of its sequences that are computed
 * together, at most 64 MiB of them; nothing grows with the number of partitions. Thread-safe as far
 * as the attention is.
 */
public final class PartitionWork {
    /** So many bytes of states are given to one call. */
    private static final long STATE_BYTES = 1L << 26;

    private final AttentionJob job;
    private final AttentionConfig config;
    private final LightningAttention attention;
    private final int together;

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
        try (Arena arena = Arena.ofShared()) {
            long from = last.to() - Math.min(reach, last.tokens());
            Tensor k = rows(arena, "k", from, last.to());
            Tensor v = rows(arena, "v", from, last.to());
            return attention.finalState(k, v).values();
        }
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
        try (Arena arena = Arena.ofShared()) {
            long to = first.from() + Math.min(reach, first.tokens());
            Tensor q = rows(arena, "q", first.from(), to);
            Tensor outputs = rows(arena, "do", first.from(), to);
            return attention.initialStateGradient(q, outputs, null, null);
        }
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
     *     that begin in it
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
                if (job.direction() == Direction.FORWARD) {
                    forward(group, before, file);
                } else {
                    backward(group, before, end == segments.size() ? outgoing : null, file);
                }
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

    private void forward(Group group, @Nullable Tensor incoming, SafetensorsPieces file)
            throws IOException {
        try (Arena arena = Arena.ofShared()) {
            AttentionInputs inputs = inputs(arena, group, incoming);
            Tensor output = Tensor.allocate(arena, inputs.v().dtype(), inputs.v().shape());
            AttentionState state = attention.forward(inputs, output);
            write(file, "o", output, group);
            if (job.states()) {
                writeStates(file, PartStates.FINAL, state.values(), group);
            }
        }
    }

    private void backward(
            Group group,
            @Nullable Tensor incoming,
            @Nullable Tensor outgoing,
            SafetensorsPieces file)
            throws IOException {
        try (Arena arena = Arena.ofShared()) {
            AttentionInputs inputs = inputs(arena, group, incoming);
            Tensor outputs = rows(arena, "do", group.from(), group.to());
            Tensor last = states(arena, "dfinal_state", group);
            if (outgoing != null) {
                last = last == null ? zeros(arena, group) : last;
                last.slice(0, last.shape(0) - 1, last.shape(0)).copyFrom(outgoing);
            }
            Gradients gradients =
                    new Gradients(
                            like(arena, inputs.q()),
                            like(arena, inputs.k()),
                            like(arena, inputs.v()),
                            zeros(arena, group));
            attention.backward(inputs, outputs, last, gradients);
            write(file, "dq", gradients.dq(), group);
            write(file, "dk", gradients.dk(), group);
            write(file, "dv", gradients.dv(), group);
            if (job.states()) {
                writeStates(file, PartStates.INITIAL, gradients.initialState(), group);
            }
        }
    }

    private AttentionInputs inputs(Arena arena, Group group, @Nullable Tensor incoming)
            throws IOException {
        AttentionInputs inputs =
                AttentionInputs.of(
                                rows(arena, "q", group.from(), group.to()),
                                rows(arena, "k", group.from(), group.to()),
                                rows(arena, "v", group.from(), group.to()))
                        .withSequences(group.packed());
        Tensor initial = states(arena, "initial_state", group);
        if (incoming != null) {
            initial = initial == null ? zeros(arena, group) : initial;
            initial.slice(0, 0, 1).copyFrom(incoming);
        }
        if (initial == null) {
            return inputs;
        }
        long[] seen = new long[group.segments().size()];
        for (int i = 0; i < seen.length; i++) {
            Segment segment = group.segments().get(i);
            seen[i] = segment.from() - job.plan().start(segment.sequence());
        }
        return inputs.withInitialState(
                AttentionState.of(
                        initial, config.slopes(), seen, AttentionState.Origin.of(config)));
    }

    private Tensor rows(Arena arena, String name, long from, long to) throws IOException {
        return job.rows().read(arena, job.source(name), from, to);
    }

    /** The states of the sequences of a group that the job's file may have. */
    private @Nullable Tensor states(Arena arena, String name, Group group) throws IOException {
        TensorSource source = job.find(name);
        if (source == null) {
            return null;
        }
        Tensor states = zeros(arena, group);
        long size = states.size() / states.shape(0);
        source.read(group.segments().getFirst().sequence() * size, states.segment());
        return states;
    }

    private Tensor zeros(Arena arena, Group group) {
        return Tensor.allocate(
                arena,
                DType.F32,
                group.segments().size(),
                config.heads(),
                config.keyDim(),
                config.valueDim());
    }

    private static Tensor like(Arena arena, Tensor tensor) {
        return Tensor.allocate(arena, tensor.dtype(), tensor.shape());
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
