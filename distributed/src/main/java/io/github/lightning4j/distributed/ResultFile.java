package io.github.lightning4j.distributed;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.io.SafetensorsPieces;

import java.io.IOException;
import java.nio.file.Path;

/** Puts the parts of a job together, in one file of the shapes that its input has. */
public final class ResultFile {
    private ResultFile() {}

    /**
     * Writes the results of all partitions into one file. Memory: what one partition has.
     *
     * @param folder of a job that is done
     * @param target a safetensors file, which appears when it is whole: {@code o} and {@code
     *     final_state}, or {@code dq dk dv} and {@code dinitial_state}
     * @throws MalformedDataException if a part is missing, or is not as it was written
     * @throws IOException if something cannot be read or written; the target is as before
     */
    public static void assemble(JobFolder folder, Path target) throws IOException {
        AttentionJob job = folder.job();
        SequencePlan plan = job.plan();
        try (SafetensorsPieces file = builder(job).open(target)) {
            for (int p = 0; p < plan.partitions(); p++) {
                folder.checkPart(p);
                try (Safetensors part = Safetensors.open(folder.part(p))) {
                    copy(job, p, part, file);
                } catch (IllegalArgumentException e) {
                    throw new MalformedDataException(
                            Quoted.file(folder.part(p)) + ": " + e.getMessage(), e);
                }
            }
            file.finish();
        }
    }

    private static SafetensorsPieces.Builder builder(AttentionJob job) {
        AttentionConfig config = job.config();
        SequencePlan plan = job.plan();
        SafetensorsPieces.Builder file = SafetensorsPieces.builder();
        PartFile.tensors(job)
                .forEach((name, dim) ->
                        file.tensor(
                                name,
                                job.dtype(),
                                config.layout()
                                        .shape(
                                                plan.rows(),
                                                config.heads(),
                                                plan.rowTokens(),
                                                dim)));
        if (job.states()) {
            file.tensor(
                    PartStates.of(job.direction()).tensor(),
                    DType.F32,
                    plan.sequences(),
                    config.heads(),
                    config.keyDim(),
                    config.valueDim());
        }
        return file.metadata(PartFile.metadata(job));
    }

    private static void copy(
            AttentionJob job, int partition, Safetensors part, SafetensorsPieces file)
            throws IOException {
        SequencePlan plan = job.plan();
        for (String name : PartFile.tensors(job).keySet()) {
            job.rows()
                    .write(
                            part.tensor(name),
                            plan.from(partition),
                            (piece, at) -> file.write(name, piece, at));
        }
        if (job.states()) {
            PartStates kind = PartStates.of(job.direction());
            Tensor states = part.tensor(kind.tensor());
            if (states.shape(0) > 0) {
                file.write(kind.tensor(), states, kind.first(plan, partition), 0, 0, 0);
            }
        }
    }
}
