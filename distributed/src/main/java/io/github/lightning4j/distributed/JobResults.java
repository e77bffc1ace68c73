package io.github.lightning4j.distributed;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.Safetensors;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads some of the results of a job out of its parts. Each part is compared with its checksum when
 * something of it is read for the first time. Thread-safe.
 */
public final class JobResults {
    private final JobFolder folder;
    private final AttentionJob job;
    private final Set<Integer> checked = ConcurrentHashMap.newKeySet();

    /**
     * Of a folder.
     *
     * @param folder of a job, of which the parts that are asked for are done
     */
    public JobResults(JobFolder folder) {
        this.folder = folder;
        job = folder.job();
    }

    private Safetensors open(int partition) throws IOException {
        if (!checked.contains(partition)) {
            folder.checkPart(partition);
            checked.add(partition);
        }
        return Safetensors.open(folder.part(partition));
    }

    /**
     * The rows of one token.
     *
     * @param name {@code o}, or {@code dq}, {@code dk} or {@code dv}
     * @param token along the axis of all sequences
     * @return [1, H, 1, dim] or [1, 1, H, dim] as the layout says, in memory of its own
     * @throws IOException if its part is not there, is damaged or has no such tensor
     */
    public Tensor token(String name, long token) throws IOException {
        SequencePlan plan = job.plan();
        int partition = (int) (token / plan.tokensPerPartition());
        AttentionConfig config = job.config();
        try (Safetensors part = open(partition)) {
            Tensor all = part.tensor(name);
            Tensor one =
                    Tensor.allocate(
                            all.dtype(),
                            config.layout().shape(1, config.heads(), 1, (int) all.shape(3)));
            int axis = config.layout().tokenAxis();
            one.copyFrom(all, axis, token - plan.from(partition));
            return one;
        }
    }

    /**
     * The final state of a sequence, or the gradient of its initial state.
     *
     * @param sequence 0 … R−1
     * @return F32 [1, H, D, E], in memory of its own
     * @throws IOException if its part is not there, is damaged or has no states
     */
    public Tensor state(int sequence) throws IOException {
        SequencePlan plan = job.plan();
        PartStates kind = PartStates.of(job.direction());
        long edge = kind == PartStates.INITIAL ? plan.start(sequence) : plan.end(sequence);
        // A sequence that ends with a partition is in it; one without tokens is where it begins.
        boolean inFront = kind == PartStates.FINAL && edge > plan.start(sequence);
        int partition =
                (int)
                        Math.min(
                                (inFront ? edge - 1 : edge) / plan.tokensPerPartition(),
                                plan.partitions() - 1);
        AttentionConfig config = job.config();
        try (Safetensors part = open(partition)) {
            Tensor one =
                    Tensor.allocate(
                            DType.F32, 1, config.heads(), config.keyDim(), config.valueDim());
            int first = kind.first(plan, partition);
            one.copyFrom(part.tensor(kind.tensor()), 0, sequence - first);
            return one;
        }
    }

    /**
     * The states that are among the results of a partition: final states of the sequences that end
     * in it, or gradients of initial states of those that begin in it.
     *
     * @param partition which
     * @return F32 [1, H, D, E] by sequence, in order, in memory of their own
     * @throws IOException if the part is not there, is damaged or has no states
     */
    public Map<Integer, Tensor> states(int partition) throws IOException {
        PartStates kind = PartStates.of(job.direction());
        int first = kind.first(job.plan(), partition);
        AttentionConfig config = job.config();
        Map<Integer, Tensor> states = new LinkedHashMap<>();
        try (Safetensors part = open(partition)) {
            Tensor all = part.tensor(kind.tensor());
            for (int i = 0; i < all.shape(0); i++) {
                Tensor one =
                        Tensor.allocate(
                                DType.F32, 1, config.heads(), config.keyDim(), config.valueDim());
                one.copyFrom(all, 0, i);
                states.put(first + i, one);
            }
        }
        return states;
    }
}
