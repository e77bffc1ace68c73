package io.github.lightning4j.io;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
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
 * The header of a safetensors file: which tensors there are, and where in the file each lies. For
 * readers of ranges, who do not map the file: of an object store, say, or of a file that is larger
 * than what may be mapped. {@link Safetensors} maps.
 *
 * <p>The whole header is checked before anything of it is handed out: names are unique, every
 * extent fits, offsets neither overlap nor leave holes nor end short of the file. The format gets
 * new dtypes: of a tensor whose dtype {@link DType} does not have, only the offsets are checked.
 * Other properties of an entry are ignored, as the format's own reader does. Nothing larger than
 * the file is ever allocated.
 *
 * <p>Immutable and thread-safe. Format: the safetensors project's README.
 */
public final class SafetensorsHeader {
    /**
     * Under this key of the metadata a file may have a CRC-32C of its data; see {@link
     * SafetensorsPieces.Builder#checksum}.
     */
    public static final String CHECKSUM = "crc32c";

    /** The format's own limit on headers. */
    private static final long MAX_LENGTH = 100_000_000;

    /** Bytes before the header, which say how long it is. */
    private static final int LENGTH_BYTES = 8;

    /** The most axes of an array in NumPy and of a tensor in PyTorch. */
    private static final int MAX_RANK = 64;

    private static final String METADATA = "__metadata__";

    private final String name;
    private final Map<String, Entry> entries;
    private final Map<String, String> metadata;
    private final long dataAt;

    /**
     * Where a tensor lies.
     *
     * @param type its dtype as the file has it, which {@link DType} need not have
     * @param shape its extents
     * @param offset of its first byte, from the beginning of the file
     * @param bytes how many there are
     */
    public record Entry(String type, List<Long> shape, long offset, long bytes) {
        /** Copies the shape. */
        public Entry {
            shape = List.copyOf(shape);
        }

        /**
         * The dtype, to find out whether the tensor can be read here.
         *
         * @return nothing where {@link DType} does not have it
         */
        public Optional<DType> dtype() {
            return Arrays.stream(DType.values())
                    .filter(dtype -> dtype.name().equals(type))
                    .findFirst();
        }

        /**
         * The extents as tensors have them.
         *
         * @return a new array
         */
        public long[] extents() {
            return shape.stream().mapToLong(Long::longValue).toArray();
        }
    }

    private SafetensorsHeader(
            String name, Map<String, Entry> entries, Map<String, String> metadata, long dataAt) {
        this.name = name;
        this.entries = entries;
        this.metadata = metadata;
        this.dataAt = dataAt;
    }

    /**
     * Reads the beginning of a file and checks it against the file's size.
     *
     * @param name what messages call the file
     * @param channel the file; its position is left behind the header
     * @return the header
     * @throws MalformedDataException if it is not a valid safetensors file, with the reason
     * @throws IOException if it cannot be read
     */
    public static SafetensorsHeader read(String name, SeekableByteChannel channel)
            throws IOException {
        long size = channel.size();
        checkSize(name, size);
        channel.position(0);
        ByteBuffer stored = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        fill(name, channel, stored);
        byte[] json = new byte[length(name, stored.getLong(0), size)];
        fill(name, channel, ByteBuffer.wrap(json));
        return parse(name, json, size);
    }

    private static void fill(String name, SeekableByteChannel channel, ByteBuffer buffer)
            throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new MalformedDataException(name + " was cut while it was read");
            }
        }
    }

    /** Refuses a file that has no room for the header's length. */
    static void checkSize(String name, long size) throws MalformedDataException {
        if (size < LENGTH_BYTES) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has %d bytes; a safetensors file has at least 8",
                            name,
                            size));
        }
    }

    /** The length of a header, checked: it is no more than the file has, and fits an array. */
    static int length(String name, long stored, long size) throws MalformedDataException {
        long most = Math.min(size - LENGTH_BYTES, MAX_LENGTH);
        if (stored < 2 || stored > most) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s: the header's length is %s; it must be 2 ... %d",
                            name,
                            Long.toUnsignedString(stored),
                            most));
        }
        return (int) stored;
    }

    /** Checks the header of a file of a size. */
    static SafetensorsHeader parse(String name, byte[] header, long size)
            throws MalformedDataException {
        long dataAt = LENGTH_BYTES + (long) header.length;
        Map<String, Object> json = HeaderJson.parse(name, header);
        Map<String, String> metadata = Map.of();
        List<Map.Entry<String, Entry>> found = new ArrayList<>();
        for (Map.Entry<String, Object> field : json.entrySet()) {
            if (field.getKey().equals(METADATA)) {
                metadata = metadata(name, field.getValue());
            } else {
                found.add(Map.entry(field.getKey(), entry(name, field, dataAt, size)));
            }
        }
        checkCover(name, found, dataAt, size);
        Map<String, Entry> entries = new LinkedHashMap<>();
        found.forEach(e -> entries.put(e.getKey(), e.getValue()));
        return new SafetensorsHeader(name, Collections.unmodifiableMap(entries), metadata, dataAt);
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

    private static Entry entry(String name, Map.Entry<String, Object> field, long dataAt, long size)
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
        if (begin > end || end > size - dataAt) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has data_offsets %d to %d; the file has %d bytes of data",
                            where,
                            begin,
                            end,
                            size - dataAt));
        }
        Entry entry = new Entry(type, shape, dataAt + begin, end - begin);
        Optional<DType> dtype = entry.dtype();
        if (dtype.isPresent()) {
            checkSize(where, dtype.get(), entry);
        }
        return entry;
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

    private static void checkSize(String where, DType dtype, Entry entry)
            throws MalformedDataException {
        if (entry.shape.size() > MAX_RANK) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has %,d axes; it must have at most %d",
                            where,
                            entry.shape.size(),
                            MAX_RANK));
        }
        long bytes;
        try {
            bytes = Tensor.byteSize(dtype, entry.extents());
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(where + ": " + e.getMessage(), e);
        }
        if (bytes != entry.bytes) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s: shape %s of %s needs %d bytes; its data_offsets hold %d",
                            where,
                            entry.shape,
                            dtype,
                            bytes,
                            entry.bytes));
        }
    }

    private static void checkCover(
            String name, List<Map.Entry<String, Entry>> found, long dataAt, long size)
            throws MalformedDataException {
        found.sort(
                Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().offset())
                        .thenComparingLong(e -> e.getValue().bytes()));
        long at = dataAt;
        for (Map.Entry<String, Entry> tensor : found) {
            Entry entry = tensor.getValue();
            if (entry.offset != at) {
                throw new MalformedDataException(
                        String.format(
                                Locale.ROOT,
                                "%s: tensor %s begins at %d; the one before it ends at %d",
                                name,
                                Quoted.text(tensor.getKey()),
                                entry.offset - dataAt,
                                at - dataAt));
            }
            at += entry.bytes;
        }
        if (at != size) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has %d bytes of data; its tensors end at %d",
                            name,
                            size - dataAt,
                            at - dataAt));
        }
    }

    /**
     * The tensors.
     *
     * @return where each lies, by name, in the order of the data
     */
    public Map<String, Entry> entries() {
        return entries;
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
     * Whether the data are those that the file was written with. Reads all of them.
     *
     * @param channel the file
     * @return false too where the file has no {@link #CHECKSUM}
     * @throws IOException if it cannot be read
     */
    public boolean isIntact(SeekableByteChannel channel) throws IOException {
        String checksum = metadata.get(CHECKSUM);
        return checksum != null && checksum.equals(DataChecksum.of(channel, dataAt));
    }

    /**
     * A tensor that must be there.
     *
     * @param tensorName its name
     * @return where it lies; its dtype is one that {@link DType} has
     * @throws MalformedDataException if there is none, or its dtype is not supported
     */
    public Entry entry(String tensorName) throws MalformedDataException {
        Entry entry = entries.get(tensorName);
        if (entry == null) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has no tensor %s; it has %s",
                            name,
                            Quoted.text(tensorName),
                            Quoted.names(entries.keySet())));
        }
        if (entry.dtype().isEmpty()) {
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
        return entry;
    }
}
