package io.github.lightning4j.distributed;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.SafetensorsHeader;
import io.github.lightning4j.io.SafetensorsPieces;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/** The results of a partition in a file: its tensors, and whether it belongs to a job. */
final class PartFile {
    private static final String FINGERPRINT = "fingerprint";

    private PartFile() {}

    /** The tensors that have rows for tokens, with the last extent of each. */
    static Map<String, Integer> tensors(AttentionJob job) {
        AttentionConfig config = job.config();
        Map<String, Integer> tensors = new LinkedHashMap<>();
        switch (job.direction()) {
            case FORWARD -> tensors.put("o", config.valueDim());
            case BACKWARD -> {
                tensors.put("dq", config.keyDim());
                tensors.put("dk", config.keyDim());
                tensors.put("dv", config.valueDim());
            }
            case FINAL_STATES -> {} // which have no rows
        }
        return tensors;
    }

    /** Begins the file of a partition. */
    static SafetensorsPieces.Builder of(AttentionJob job, int partition) {
        SequencePlan plan = job.plan();
        SafetensorsPieces.Builder file = SafetensorsPieces.builder().checksum();
        contents(job, partition)
                .forEach((name, content) -> file.tensor(name, content.dtype, content.shape()));
        Map<String, String> metadata = metadata(job);
        metadata.put(FINGERPRINT, job.fingerprint());
        metadata.put("partition", Integer.toString(partition));
        metadata.put("from", Long.toString(plan.from(partition)));
        metadata.put("to", Long.toString(plan.to(partition)));
        return file.metadata(metadata);
    }

    /** What a tensor of a part is. */
    private record Content(DType dtype, List<Long> extents) {
        Content(DType dtype, long... extents) {
            this(dtype, LongStream.of(extents).boxed().toList());
        }

        long[] shape() {
            return extents.stream().mapToLong(Long::longValue).toArray();
        }
    }

    /** The tensors of the part of a partition, by name. */
    private static Map<String, Content> contents(AttentionJob job, int partition) {
        AttentionConfig config = job.config();
        SequencePlan plan = job.plan();
        long tokens = plan.to(partition) - plan.from(partition);
        Map<String, Content> contents = new LinkedHashMap<>();
        tensors(job)
                .forEach((name, dim) ->
                        contents.put(
                                name,
                                new Content(
                                        job.dtype(),
                                        config.layout().shape(1, config.heads(), tokens, dim))));
        if (job.states()) {
            PartStates kind = PartStates.of(job.direction());
            contents.put(
                    kind.tensor(),
                    new Content(
                            DType.F32,
                            kind.count(plan, partition),
                            config.heads(),
                            config.keyDim(),
                            config.valueDim()));
        }
        return contents;
    }

    /** What the results of a job, in parts or together, say of themselves. */
    static Map<String, String> metadata(AttentionJob job) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("scale", Double.toString(job.config().scale()));
        metadata.put("layout", job.config().layout() == Layout.HEADS_FIRST ? "BHND" : "BNHD");
        return metadata;
    }

    /**
     * Why a file is not the whole part of a partition of a job; null if it is. All of it is read,
     * because the checksum of its data is compared.
     */
    static @Nullable String fault(Path path, AttentionJob job, int partition) throws IOException {
        String file = Quoted.file(path);
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            SafetensorsHeader header = SafetensorsHeader.read(file, channel);
            Map<String, String> metadata = header.metadata();
            if (!job.fingerprint().equals(metadata.get(FINGERPRINT))) {
                return file + " is of another job";
            }
            if (!Integer.toString(partition).equals(metadata.get("partition"))) {
                return file + " is of another partition";
            }
            Map<String, Content> found = new LinkedHashMap<>();
            header.entries()
                    .forEach((name, entry) ->
                            entry.dtype()
                                    .ifPresent(dtype ->
                                            found.put(name, new Content(dtype, entry.shape()))));
            if (!found.equals(contents(job, partition))) {
                return file + " has other tensors than the job";
            }
            return header.isIntact(channel)
                    ? null
                    : file + " has other data than were written: their checksum differs";
        } catch (NoSuchFileException e) {
            return file + " is not there";
        } catch (MalformedDataException e) {
            return e.getMessage();
        }
    }
}
