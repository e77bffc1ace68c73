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
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A safetensors file, memory-mapped: an 8-byte header length, a JSON header, then the tensors.
 *
 * <p>The whole header is checked before any tensor is handed out: names are unique, every extent
 * fits, offsets neither overlap nor leave holes nor end short of the file. The format gets new
 * dtypes: of a tensor whose dtype {@link DType} does not have, only the offsets are checked, and
 * only asking for it is an error. Other properties of an entry are ignored, as the format's own
 * reader does. Nothing larger than the file is ever allocated. Tensors are read-only views of the
 * mapping and end with {@link #close()}.
 *
 * <p>If another process cuts the file while it is mapped, a pass that reads the missing part throws
 * {@link java.io.UncheckedIOException}; reading elements of the tensor or its segment throws {@link
 * InternalError}, as the JVM does.
 *
 * <p>Thread-safe. Format: the safetensors project's README.
 */
public final class Safetensors implements AutoCloseable {
    private static final ValueLayout.OfLong LENGTH =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The format's own limit on headers. */
    private static final long MAX_HEADER = 100_000_000;

    /** The most axes of an array in NumPy and of a tensor in PyTorch. */
    private static final int MAX_RANK = 64;

    private static final String METADATA = "__metadata__";

    private final String name;
    private final @Nullable Arena arena;
    private final Map<String, Entry> entries;
    private final Map<String, String> metadata;

    /** A tensor of the header and its bytes. */
    private record Entry(
            String type, List<Long> shape, long begin, long end, MemorySegment memory) {}

    private Safetensors(
            String name,
            @Nullable Arena arena,
            Map<String, Entry> entries,
            Map<String, String> metadata) {
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
    public static Safetensors open(Path path) throws IOException {
        return MappedFile.read(path, Safetensors::parse);
    }

    /**
     * Checks the header of what is in memory, such as the body of a request.
     *
     * @param name what messages call it
     * @param bytes all of it; tensors are views of it, and closing does not free it
     * @return the tensors
     * @throws MalformedDataException if it is not valid, with the reason
     */
    public static Safetensors over(String name, MemorySegment bytes) throws MalformedDataException {
        return parse(name, bytes, null);
    }

    /** Checks the bytes of a file; the arena, if there is one, is closed with the result. */
    static Safetensors parse(String name, MemorySegment file, @Nullable Arena arena)
            throws MalformedDataException {
        if (file.byteSize() < 8) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has %d bytes; a safetensors file has at least 8",
                            name,
                            file.byteSize()));
        }
        long length = file.get(LENGTH, 0);
        long room = file.byteSize() - 8;
        if (length < 2 || length > Math.min(room, MAX_HEADER)) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s: the header's length is %s; it must be 2 ... %d",
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
        if (value instanceof HeaderJson.Literal literal && literal.isNull()) {
            return Map.of();
        }
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
        String where = name + ": tensor " + Quoted.text(field.getKey());
        if (!(field.getValue() instanceof Map<?, ?> map)
                || !map.keySet().containsAll(Set.of("dtype", "shape", "data_offsets"))
                || !(map.get("dtype") instanceof String type)) {
            throw new MalformedDataException(where + " must have dtype, shape and data_offsets");
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
                    String.format(
                            Locale.ROOT,
                            "%s has data_offsets %d to %d; the file has %d bytes of data",
                            where,
                            begin,
                            end,
                            data.byteSize()));
        }
        Optional<DType> dtype = dtype(type);
        if (dtype.isPresent()) {
            checkSize(where, dtype.get(), shape, end - begin);
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
                throw new MalformedDataException(
                        where + " must hold whole numbers from 0 and below 2^63");
            }
            longs.add(number);
        }
        return longs;
    }

    private static void checkSize(String where, DType dtype, List<Long> shape, long held)
            throws MalformedDataException {
        if (shape.size() > MAX_RANK) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has %,d axes; it must have at most %d",
                            where,
                            shape.size(),
                            MAX_RANK));
        }
        long bytes;
        try {
            bytes = Tensor.byteSize(dtype, extents(shape));
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(where + ": " + e.getMessage(), e);
        }
        if (bytes != held) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s: shape %s of %s needs %d bytes; its data_offsets hold %d",
                            where,
                            shape,
                            dtype,
                            bytes,
                            held));
        }
    }

    private static long[] extents(List<Long> shape) {
        return shape.stream().mapToLong(Long::longValue).toArray();
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
                        String.format(
                                Locale.ROOT,
                                "%s: tensor %s begins at %d; the one before it ends at %d",
                                name,
                                Quoted.text(tensor.getKey()),
                                tensor.getValue().begin(),
                                at));
            }
            at = tensor.getValue().end();
        }
        if (at != dataBytes) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has %d bytes of data; its tensors end at %d",
                            name,
                            dataBytes,
                            at));
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
     * The element type of a tensor, to find out whether it can be read here.
     *
     * @param tensorName its name
     * @return its dtype; nothing if there is no tensor of that name, or its dtype is one that
     *     {@link DType} does not have
     */
    public Optional<DType> dtypeOf(String tensorName) {
        Entry entry = entries.get(tensorName);
        return entry == null ? Optional.empty() : dtype(entry.type);
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
        Optional<DType> dtype = dtype(entry.type);
        if (dtype.isEmpty()) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s: tensor %s has dtype %s, which is not supported; it must be one of"
                                    + " %s",
                            name,
                            Quoted.text(tensorName),
                            Quoted.text(entry.type),
                            Arrays.toString(DType.values())));
        }
        return Optional.of(Tensor.of(dtype.get(), entry.memory, extents(entry.shape)));
    }

    /**
     * A tensor that must be there.
     *
     * @param tensorName its name
     * @return a read-only view
     * @throws MalformedDataException if there is none, or its dtype is not supported
     */
    public Tensor tensor(String tensorName) throws MalformedDataException {
        Optional<Tensor> tensor = find(tensorName);
        if (tensor.isEmpty()) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has no tensor %s; it has %s",
                            name,
                            Quoted.text(tensorName),
                            Quoted.names(names())));
        }
        return tensor.get();
    }

    /** Ends the mapping; its tensors cannot be read any more. */
    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }
}
