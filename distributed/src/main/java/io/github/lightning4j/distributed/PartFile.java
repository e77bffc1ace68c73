package io.github.lightning4j.distributed;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.SafetensorsHeader;
import io.github.lightning4j.io.SafetensorsPieces;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The results of a partition in a file: its tensors, and whether it belongs to a job. */
final class PartFile {
    private static final String FINGERPRINT = "fingerprint";

    private PartFile() {}

    /** The tensors that have rows for tokens, with the last extent of each. */
    static Map<String, Integer> tensors(AttentionJob job) {
        AttentionConfig config = job.config();
        Map<String, Integer> tensors = new LinkedHashMap<>();
        if (job.direction() == Direction.FORWARD) {
            tensors.put("o", config.valueDim());
        } else {
            tensors.put("dq", config.keyDim());
            tensors.put("dk", config.keyDim());
            tensors.put("dv", config.valueDim());
        }
        return tensors;
    }

    /** Begins the file of a partition. */
    static SafetensorsPieces.Builder of(AttentionJob job, int partition) {
        AttentionConfig config = job.config();
        SequencePlan plan = job.plan();
        long tokens = plan.to(partition) - plan.from(partition);
        SafetensorsPieces.Builder file = SafetensorsPieces.builder();
        tensors(job)
                .forEach((name, dim) ->
                        file.tensor(
                                name,
                                job.dtype(),
                                config.layout().shape(1, config.heads(), tokens, dim)));
        if (job.states()) {
            PartStates kind = PartStates.of(job.direction());
            file.tensor(
                    kind.tensor(),
                    DType.F32,
                    kind.count(plan, partition),
                    config.heads(),
                    config.keyDim(),
                    config.valueDim());
        }
        Map<String, String> metadata = metadata(job);
        metadata.put(FINGERPRINT, job.fingerprint());
        metadata.put("partition", Integer.toString(partition));
        metadata.put("from", Long.toString(plan.from(partition)));
        metadata.put("to", Long.toString(plan.to(partition)));
        return file.metadata(metadata);
    }

    /** What the results of a job, in parts or together, say of themselves. */
    static Map<String, String> metadata(AttentionJob job) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("scale", Double.toString(job.config().scale()));
        metadata.put("layout", job.config().layout() == Layout.HEADS_FIRST ? "BHND" : "BNHD");
        return metadata;
    }

    /** Whether a file is there, whole, and the part of a partition of a job. */
    static boolean isWhole(Path path, AttentionJob job, int partition) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            Map<String, String> metadata =
                    SafetensorsHeader.read(Quoted.file(path), channel).metadata();
            return job.fingerprint().equals(metadata.get(FINGERPRINT))
                    && Integer.toString(partition).equals(metadata.get("partition"));
        } catch (NoSuchFileException | MalformedDataException e) {
            return false;
        }
    }
}
