package io.github.lightning4j.io;

import io.github.lightning4j.Tensor;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * Writes safetensors files, of any size, straight from the tensors' memory.
 *
 * <p>The same tensors give the same bytes; data begins on a multiple of 64 bytes. The file is
 * written beside the target and then moved over it: after a failure or Ctrl-C the target is as it
 * was before. Stateless and thread-safe.
 */
public final class SafetensorsWriter {
    private static final int ALIGNMENT = 64;
    private static final ValueLayout.OfLong LENGTH =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

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
        byte[] header = header(ordered, metadata);
        ReplacedFile.write(
                target,
                channel -> {
                    ReplacedFile.writeFully(channel, MemorySegment.ofArray(header));
                    for (Tensor tensor : ordered.values()) {
                        ReplacedFile.writeFully(channel, tensor.segment());
                    }
                });
    }

    private static byte[] header(Map<String, Tensor> tensors, Map<String, String> metadata) {
        StringJoiner fields = new StringJoiner(",", "{", "}");
        if (!metadata.isEmpty()) {
            StringJoiner texts = new StringJoiner(",", "{", "}");
            new TreeMap<>(metadata)
                    .forEach((key, text) ->
                            texts.add(HeaderJson.quoted(key) + ":" + HeaderJson.quoted(text)));
            fields.add("\"__metadata__\":" + texts);
        }
        long at = 0;
        for (Map.Entry<String, Tensor> field : tensors.entrySet()) {
            if (field.getKey().equals("__metadata__")) {
                throw new IllegalArgumentException("a tensor must not be named __metadata__");
            }
            Tensor tensor = field.getValue();
            long end = at + tensor.segment().byteSize();
            fields.add(
                    String.format(
                            Locale.ROOT,
                            "%s:{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}",
                            HeaderJson.quoted(field.getKey()),
                            tensor.dtype(),
                            Arrays.toString(tensor.shape()).replace(" ", ""),
                            at,
                            end));
            at = end;
        }
        byte[] json = fields.toString().getBytes(StandardCharsets.UTF_8);
        int size = (8 + json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        byte[] header = new byte[size];
        Arrays.fill(header, (byte) ' ');
        MemorySegment.ofArray(header).set(LENGTH, 0, size - 8L);
        System.arraycopy(json, 0, header, 8, json.length);
        return header;
    }
}
