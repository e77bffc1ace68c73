package io.github.lightning4j.io;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * Collects the header of a safetensors file: tensors lie one after another in the order in which
 * they are added, the first on a multiple of 64 bytes. Not thread-safe.
 */
final class HeaderWriter {
    private static final int ALIGNMENT = 64;
    private static final ValueLayout.OfLong LENGTH =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final String METADATA = "__metadata__";

    private final StringJoiner tensors = new StringJoiner(",");
    private long end;

    /**
     * Adds a tensor.
     *
     * @return where it begins, counted from the end of the header
     * @throws IllegalArgumentException if it has the name of the metadata, or is too large
     */
    long add(String name, DType dtype, long... shape) {
        if (name.equals(METADATA)) {
            throw new IllegalArgumentException("a tensor must not be named " + METADATA);
        }
        long begin = end;
        end = begin + Tensor.byteSize(dtype, shape);
        if (end < 0) {
            throw new IllegalArgumentException(
                    "the tensors up to " + Quoted.text(name) + " have more than 2^63 bytes");
        }
        tensors.add(
                String.format(
                        Locale.ROOT,
                        "%s:{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}",
                        HeaderJson.quoted(name),
                        dtype,
                        Arrays.toString(shape).replace(" ", ""),
                        begin,
                        end));
        return begin;
    }

    /** Everything before the data of the tensors, with metadata in the order of their keys. */
    byte[] bytes(Map<String, String> metadata) {
        StringJoiner fields = new StringJoiner(",", "{", "}");
        if (!metadata.isEmpty()) {
            StringJoiner texts = new StringJoiner(",", "{", "}");
            new TreeMap<>(metadata)
                    .forEach((key, text) ->
                            texts.add(HeaderJson.quoted(key) + ":" + HeaderJson.quoted(text)));
            fields.add(HeaderJson.quoted(METADATA) + ":" + texts);
        }
        if (tensors.length() > 0) {
            fields.add(tensors.toString());
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
