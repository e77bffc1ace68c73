package io.github.lightning4j.io;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A safetensors file, memory-mapped: an 8-byte header length, a JSON header, then the tensors.
 *
 * <p>The header is checked whole before any tensor is handed out: names are unique, every extent
 * fits, offsets neither overlap nor leave holes nor end short of the file. Nothing larger than the
 * file is ever allocated. Tensors are read-only views of the mapping and end with {@link #close()}.
 * If the file is cut by another process while mapped, reading the missing part throws {@link
 * InternalError}.
 *
 * <p>Thread-safe. Format: the safetensors project's README.
 */
public final class Safetensors implements AutoCloseable {
    private static final ValueLayout.OfLong LENGTH =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The format's own limit on headers. */
    private static final long MAX_HEADER = 100_000_000;

    /** Bytes of an element of the dtypes that the format knows and {@link DType} does not. */
    private static final Map<String, Integer> OTHER_TYPES =
            Map.of(
                    "BOOL", 1, "U8", 1, "I8", 1, "F8_E5M2", 1, "F8_E4M3", 1, "F8_E8M0", 1, "I16", 2,
                    "U16", 2, "U32", 4, "U64", 8);

    private static final String METADATA = "__metadata__";

    private final String name;
    private final Arena arena;
    private final Map<String, Entry> entries;
    private final Map<String, String> metadata;

    /** A tensor of the header and its bytes. */
    private record Entry(
            String type, List<Long> shape, long begin, long end, MemorySegment memory) {}

    private Safetensors(
            String name, Arena arena, Map<String, Entry> entries, Map<String, String> metadata) {
        this.name = name;
        this.arena = arena;
        this.entries = entries;
        this.metadata = metadata;
    }

    /**
     * Maps a file and checks its header.
     *
     * @param path a regular file
     * @return the open file, to be closed
     * @throws MalformedDataException if it is not a valid safetensors file, with the reason
     * @throws IOException if it cannot be read
     */
    @SuppressWarnings("MustBeClosedChecker") // close() closes it
    public static Safetensors open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return parse(path.toString(), MappedFile.map(path, arena), arena);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** Checks the bytes of a file; the arena is closed with the result. */
    static Safetensors parse(String name, MemorySegment file, Arena arena)
            throws MalformedDataException {
        if (file.byteSize() < 8) {
            throw new MalformedDataException(
                    "%s has %d bytes; a safetensors file has at least 8"
                            .formatted(name, file.byteSize()));
        }
        long length = file.get(LENGTH, 0);
        long room = file.byteSize() - 8;
        if (length < 2 || length > Math.min(room, MAX_HEADER)) {
            throw new MalformedDataException(
                    "%s: the header's length is %s; it must be 2 ... %d"
                            .formatted(
                                    name,
                                    Long.toUnsignedString(length),
                                    Math.min(room, MAX_HEADER)));
        }
        byte[] header = file.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
        Map<String, Object> json = HeaderJson.parse(name, header);
        MemorySegment data = file.asSlice(8 + length).asReadOnly();
        Map<String, String> metadata = Map.of();
        List<Map.Entry<String, Entry>> found = new ArrayList<>();
        for (Map.Entry<String, Object> field : json.entrySet()) {
            if (field.getKey().equals(METADATA)) {
                metadata = metadata(name, field.getValue());
            } else {
                found.add(Map.entry(field.getKey(), entry(name, field, data)));
            }
        }
        checkCover(name, found, data.byteSize());
        Map<String, Entry> entries = new LinkedHashMap<>();
        found.forEach(e -> entries.put(e.getKey(), e.getValue()));
        return new Safetensors(name, arena, entries, metadata);
    }

    private static Map<String, String> metadata(String name, Object value)
            throws MalformedDataException {
        if (!(value instanceof Map<?, ?> map)) {
            throw new MalformedDataException(name + ": " + METADATA + " must be an object");
        }
        Map<String, String> metadata = new LinkedHashMap<>();
        for (Map.Entry<?, ?> field : map.entrySet()) {
            if (!(field.getKey() instanceof String key
                    && field.getValue() instanceof String text)) {
                throw new MalformedDataException(
                        name + ": " + METADATA + " must map strings to strings");
            }
            metadata.put(key, text);
        }
        return Collections.unmodifiableMap(metadata);
    }

    private static Entry entry(String name, Map.Entry<String, Object> field, MemorySegment data)
            throws MalformedDataException {
        String where = name + ": tensor " + HeaderJson.quoted(field.getKey());
        if (!(field.getValue() instanceof Map<?, ?> map)
                || !map.keySet().equals(Set.of("dtype", "shape", "data_offsets"))
                || !(map.get("dtype") instanceof String type)) {
            throw new MalformedDataException(
                    where + " must have dtype, shape and data_offsets and nothing else");
        }
        List<Long> shape = longs(where + " shape", map.get("shape"));
        List<Long> offsets = longs(where + " data_offsets", map.get("data_offsets"));
        if (offsets.size() != 2) {
            throw new MalformedDataException(where + " must have two data_offsets");
        }
        long begin = offsets.get(0);
        long end = offsets.get(1);
        if (begin > end || end > data.byteSize()) {
            throw new MalformedDataException(
                    "%s has data_offsets %d to %d; the file has %d bytes of data"
                            .formatted(where, begin, end, data.byteSize()));
        }
        long bytes = byteSize(where, type, shape);
        if (bytes != end - begin) {
            throw new MalformedDataException(
                    "%s: shape %s of %s needs %d bytes; its data_offsets hold %d"
                            .formatted(where, shape, type, bytes, end - begin));
        }
        return new Entry(type, shape, begin, end, data.asSlice(begin, end - begin));
    }

    private static List<Long> longs(String where, @Nullable Object value)
            throws MalformedDataException {
        List<Long> longs = new ArrayList<>(0);
        if (!(value instanceof List<?> list)) {
            throw new MalformedDataException(where + " must be an array");
        }
        for (Object element : list) {
            if (!(element instanceof Long number)) {
                throw new MalformedDataException(where + " must hold whole numbers");
            }
            longs.add(number);
        }
        return longs;
    }

    private static long byteSize(String where, String type, List<Long> shape)
            throws MalformedDataException {
        Integer element = dtype(type).map(DType::bytes).orElse(OTHER_TYPES.get(type));
        if (element == null) {
            throw new MalformedDataException(
                    where + " has unknown dtype " + HeaderJson.quoted(type));
        }
        try {
            long bytes = element;
            for (long extent : shape) {
                bytes = Math.multiplyExact(bytes, extent);
            }
            return bytes;
        } catch (ArithmeticException e) {
            throw new MalformedDataException(where + ": shape " + shape + " overflows 2^63 bytes");
        }
    }

    private static void checkCover(
            String name, List<Map.Entry<String, Entry>> found, long dataBytes)
            throws MalformedDataException {
        found.sort(
                Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin())
                        .thenComparingLong(e -> e.getValue().end()));
        long at = 0;
        for (Map.Entry<String, Entry> tensor : found) {
            if (tensor.getValue().begin() != at) {
                throw new MalformedDataException(
                        "%s: tensor %s begins at %d; the one before it ends at %d"
                                .formatted(
                                        name,
                                        HeaderJson.quoted(tensor.getKey()),
                                        tensor.getValue().begin(),
                                        at));
            }
            at = tensor.getValue().end();
        }
        if (at != dataBytes) {
            throw new MalformedDataException(
                    "%s has %d bytes of data; its tensors end at %d"
                            .formatted(name, dataBytes, at));
        }
    }

    private static Optional<DType> dtype(String type) {
        for (DType dtype : DType.values()) {
            if (dtype.name().equals(type)) {
                return Optional.of(dtype);
            }
        }
        return Optional.empty();
    }

    /**
     * The names of the tensors.
     *
     * @return in the order of the data
     */
    public Set<String> names() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    /**
     * The header's free text.
     *
     * @return strings by key; empty if there are none
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * A tensor that may be absent.
     *
     * @param tensorName its name
     * @return a read-only view, or nothing if there is no tensor of that name
     * @throws MalformedDataException if it is there with a dtype that {@link DType} does not have
     */
    public Optional<Tensor> find(String tensorName) throws MalformedDataException {
        Entry entry = entries.get(tensorName);
        if (entry == null) {
            return Optional.empty();
        }
        DType dtype =
                dtype(entry.type)
                        .orElseThrow(() ->
                                new MalformedDataException(
                                        "%s: tensor %s has dtype %s, which is not supported"
                                                .formatted(name, tensorName, entry.type)));
        long[] shape = entry.shape.stream().mapToLong(Long::longValue).toArray();
        return Optional.of(Tensor.of(dtype, entry.memory, shape));
    }

    /**
     * A tensor that must be there.
     *
     * @param tensorName its name
     * @return a read-only view
     * @throws MalformedDataException if there is none, or its dtype is not supported
     */
    public Tensor tensor(String tensorName) throws MalformedDataException {
        return find(tensorName)
                .orElseThrow(() ->
                        new MalformedDataException(
                                "%s has no tensor %s; it has %s"
                                        .formatted(name, tensorName, names())));
    }

    /** Ends the mapping; its tensors cannot be read any more. */
    @Override
    public void close() {
        arena.close();
    }
}
