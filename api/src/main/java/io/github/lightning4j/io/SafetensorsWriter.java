package io.github.lightning4j.io;

import io.github.lightning4j.Tensor;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * Writes safetensors files, of any size, straight from the tensors' memory.
 *
 * <p>The same tensors give the same bytes; data begins on a multiple of 64 bytes. The file is
 * written beside the target and then moved over it: after a failure or Ctrl-C the target is as it
 * was before. {@link SafetensorsPieces} is for tensors that are not there all at once. Stateless
 * and thread-safe.
 */
public final class SafetensorsWriter {
    private SafetensorsWriter() {}

    /**
     * Writes a file.
     *
     * @param target where; an existing file is replaced
     * @param tensors by name, in the order in which they are written; those of a map without an
     *     order of its own, such as {@link Map#of}, by name
     * @param metadata free text by key, written in the order of the keys
     * @throws IOException if it cannot be written
     * @throws IllegalArgumentException if a tensor is named {@code __metadata__}
     */
    public static void write(Path target, Map<String, Tensor> tensors, Map<String, String> metadata)
            throws IOException {
        Map<String, Tensor> ordered =
                tensors instanceof SequencedMap ? tensors : new TreeMap<>(tensors);
        HeaderWriter collected = new HeaderWriter();
        ordered.forEach((name, tensor) -> collected.add(name, tensor.dtype(), tensor.shape()));
        byte[] header = collected.bytes(metadata);
        ReplacedFile.write(
                target,
                channel -> {
                    ReplacedFile.writeFully(channel, MemorySegment.ofArray(header));
                    for (Tensor tensor : ordered.values()) {
                        ReplacedFile.writeFully(channel, bytes(tensor));
                    }
                });
    }

    /** The elements of a tensor one after another: its own memory, or a copy where it has gaps. */
    static MemorySegment bytes(Tensor tensor) {
        if (tensor.isContiguous()) {
            return tensor.segment();
        }
        Tensor copy = Tensor.allocate(tensor.dtype(), tensor.shape());
        copy.copyFrom(tensor);
        return copy.segment();
    }
}
