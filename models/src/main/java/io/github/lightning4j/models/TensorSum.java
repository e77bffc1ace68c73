package io.github.lightning4j.models;

import io.github.lightning4j.Tensor;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** CRC-32C (Castagnoli) of texts and tensors, one after another. Not thread-safe. */
final class TensorSum {
    /** A buffer cannot be of more than 2 GiB. */
    private static final long PIECE = 1 << 26;

    private final CRC32C crc = new CRC32C();

    /** Begins with the metadata of a file. */
    TensorSum(Map<String, String> metadata) {
        new TreeMap<>(metadata)
                .forEach((key, value) -> {
                    add(key);
                    add(value);
                });
    }

    /** A text; its end counts, too. */
    void add(String text) {
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        crc.update(0);
    }

    /** The bytes of a tensor. */
    void add(Tensor tensor) {
        MemorySegment bytes = tensor.segment();
        for (long at = 0; at < bytes.byteSize(); at += PIECE) {
            crc.update(bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer());
        }
    }

    int value() {
        return (int) crc.getValue();
    }
}
