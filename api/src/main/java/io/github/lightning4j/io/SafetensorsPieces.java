package io.github.lightning4j.io;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.SafetensorsHeader.Entry;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Writes a safetensors file whose tensors come in pieces, in any order: rows of some tokens of some
 * heads, as they are computed. Each piece goes to its place in the file at once, so that no tensor
 * need be in memory, and the file may be larger than memory.
 *
 * <p>The file appears whole or not at all, as by {@link SafetensorsWriter}: it is written beside
 * the target, and {@link #finish()} moves it there, which it refuses as long as an element of any
 * tensor is missing. Closing it before leaves nothing. What is written twice has the value of the
 * last write. Its bytes do not depend on the pieces or their order, and are those that {@link
 * SafetensorsWriter} gives.
 *
 * <p>Thread-safe; the pieces of several threads are written at the same time.
 */
public final class SafetensorsPieces implements AutoCloseable {
    private final Path target;
    private final ReplacedFile.Pending file;
    private final Map<String, Place> places;
    private final @Nullable Checksum checksum;

    /**
     * The checksum of a file's data.
     *
     * @param at where its digits are in the file
     * @param dataAt where the data begin
     */
    private record Checksum(long at, long dataAt, DataChecksum sum) {
        private static final String NONE = "0".repeat(DataChecksum.DIGITS);

        /** Of a file with a header in which the digits are zeros. */
        static Checksum in(byte[] header, long bytes) {
            String field = "\"%s\":\"%s\"".formatted(SafetensorsHeader.CHECKSUM, NONE);
            // A byte of UTF-8 is a character here. In names and texts quotes have a backslash.
            int at = new String(header, StandardCharsets.ISO_8859_1).indexOf(field);
            int digits = at + field.length() - 1 - NONE.length();
            return new Checksum(digits, header.length, new DataChecksum(bytes));
        }
    }

    /** Where a tensor lies, and which of its elements have been written. */
    private record Place(Entry entry, Intervals written) {}

    private SafetensorsPieces(
            Path target,
            ReplacedFile.Pending file,
            Map<String, Place> places,
            @Nullable Checksum checksum) {
        this.target = target;
        this.file = file;
        this.places = places;
        this.checksum = checksum;
    }

    /** Collects what a file will have. Not thread-safe. */
    public static final class Builder {
        private final Map<String, Entry> entries = new LinkedHashMap<>();
        private final HeaderWriter header = new HeaderWriter();
        private Map<String, String> metadata = Map.of();
        private boolean checked;

        private Builder() {}

        /**
         * Adds a tensor behind those that are there.
         *
         * @param name not that of another
         * @param dtype of its elements
         * @param shape extents, each ≥ 0
         * @return this
         * @throws IllegalArgumentException if the name is taken or all are too large together
         */
        public Builder tensor(String name, DType dtype, long... shape) {
            if (entries.containsKey(name)) {
                throw new IllegalArgumentException(
                        "tensor " + Quoted.text(name) + " is there already");
            }
            long begin = header.add(name, dtype, shape);
            entries.put(
                    name,
                    new Entry(
                            dtype.name(),
                            LongStream.of(shape).boxed().toList(),
                            begin,
                            Tensor.byteSize(dtype, shape)));
            return this;
        }

        /**
         * Sets the header's free text.
         *
         * @param texts by key
         * @return this
         */
        public Builder metadata(Map<String, String> texts) {
            metadata = Map.copyOf(texts);
            return this;
        }

        /**
         * Adds a checksum of all data to the metadata, under {@link SafetensorsHeader#CHECKSUM}:
         * CRC-32C, eight hexadecimal digits. It is computed while pieces are written, each element
         * of which must then come once. {@link SafetensorsHeader#isIntact} compares.
         *
         * @return this
         */
        public Builder checksum() {
            checked = true;
            return this;
        }

        /**
         * Begins the file beside its target.
         *
         * @param target where it will be; an existing file is replaced
         * @return the file, to be filled, finished and closed
         * @throws IOException if it cannot be written there, or is a device or a pipe
         */
        public SafetensorsPieces open(Path target) throws IOException {
            if (ReplacedFile.isSpecial(target)) {
                throw ReplacedFile.refused(target, "it is not a regular file");
            }
            Map<String, String> texts = new LinkedHashMap<>(metadata);
            if (checked) {
                texts.put(SafetensorsHeader.CHECKSUM, Checksum.NONE);
            }
            byte[] bytes = header.bytes(texts);
            long size = entries.values().stream().mapToLong(Entry::bytes).sum();
            Checksum sum = checked ? Checksum.in(bytes, size) : null;
            Map<String, Place> placed = new LinkedHashMap<>();
            entries.forEach((name, e) -> {
                Entry entry = new Entry(e.type(), e.shape(), bytes.length + e.offset(), e.bytes());
                placed.put(name, new Place(entry, new Intervals()));
            });
            SafetensorsPieces pieces =
                    new SafetensorsPieces(target, ReplacedFile.Pending.open(target), placed, sum);
            try {
                pieces.writeAt(0, MemorySegment.ofArray(bytes));
                return pieces;
            } catch (IOException | RuntimeException e) {
                pieces.close();
                throw e;
            }
        }
    }

    /**
     * Starts with no tensors.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Writes a piece of a tensor: all elements of a box of it.
     *
     * @param name the tensor
     * @param piece of its dtype and as many axes
     * @param at one index for each axis: where in the tensor the piece begins
     * @throws IllegalArgumentException if there is no such tensor, or the piece is not within it
     * @throws IOException if it cannot be written
     */
    public void write(String name, Tensor piece, long... at) throws IOException {
        Place place = places.get(name);
        if (place == null) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "there is no tensor %s; there is %s",
                            Quoted.text(name),
                            Quoted.names(places.keySet())));
        }
        Entry entry = place.entry;
        DType dtype = piece.dtype();
        long[] shape = entry.extents();
        checkBox(name, entry, shape, piece, at);
        if (piece.size() == 0) {
            return;
        }
        MemorySegment bytes = SafetensorsWriter.bytes(piece);
        int split = splitAxis(shape, piece);
        long stride = stride(shape, split);
        long run = piece.shape(split) * stride;
        long[] begins = new long[(int) (piece.size() / run)];
        Arrays.setAll(begins, r -> element(shape, piece, at, split, r));
        long runBytes = run * dtype.bytes();
        Pieces.forEach(
                bytes.byteSize(),
                runBytes,
                (done, count) -> {
                    long begin = begins[(int) (done / runBytes)] * dtype.bytes();
                    long from = entry.offset() + begin + done % runBytes;
                    MemorySegment part = bytes.asSlice(done, count);
                    writeAt(from, part);
                    if (checksum != null) {
                        checksum.sum.add(from - checksum.dataAt, part);
                    }
                });
        synchronized (places) {
            for (long begin : begins) {
                place.written.add(begin, begin + run);
            }
        }
    }

    private static void checkBox(String name, Entry entry, long[] shape, Tensor piece, long[] at) {
        boolean fits =
                entry.type().equals(piece.dtype().name())
                        && piece.rank() == shape.length
                        && at.length == shape.length;
        for (int axis = 0; fits && axis < shape.length; axis++) {
            fits = at[axis] >= 0 && piece.shape(axis) <= shape[axis] - at[axis];
        }
        if (!fits) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "piece is %s at %s; it must be within %s, which is %s%s",
                            piece,
                            Arrays.toString(at),
                            Quoted.text(name),
                            entry.type(),
                            entry.shape()));
        }
    }

    /** The last axis of which the piece has a part only: behind it, elements lie together. */
    private static int splitAxis(long[] shape, Tensor piece) {
        int axis = shape.length - 1;
        while (axis > 0 && piece.shape(axis) == shape[axis]) {
            axis--;
        }
        return axis;
    }

    private static long stride(long[] shape, int axis) {
        long stride = 1;
        for (int a = axis + 1; a < shape.length; a++) {
            stride *= shape[a];
        }
        return stride;
    }

    /** The element of the tensor with which run r of a piece begins. */
    private static long element(long[] shape, Tensor piece, long[] at, int split, long r) {
        long element = at[split] * stride(shape, split);
        long rest = r;
        for (int axis = split - 1; axis >= 0; axis--) {
            element += (at[axis] + rest % piece.shape(axis)) * stride(shape, axis);
            rest /= piece.shape(axis);
        }
        return element;
    }

    private void writeAt(long place, MemorySegment bytes) throws IOException {
        ReplacedFile.inWords(target, () -> ReplacedFile.writeFully(file.channel(), place, bytes));
    }

    /**
     * Moves the file, which is complete, to its target. Nothing can be written afterwards.
     *
     * @throws IllegalStateException if elements are missing, with the first of them; or if the file
     *     has a checksum and elements were written twice
     * @throws IOException if it cannot be moved; the target is as before
     */
    public void finish() throws IOException {
        synchronized (places) {
            places.forEach(this::checkComplete);
        }
        if (checksum != null) {
            if (!checksum.sum.isWhole()) {
                throw new IllegalStateException(
                        Quoted.file(target)
                                + " has elements that were written twice; a file with a checksum"
                                + " takes each once");
            }
            byte[] digits = checksum.sum.text().getBytes(StandardCharsets.US_ASCII);
            writeAt(checksum.at, MemorySegment.ofArray(digits));
        }
        ReplacedFile.inWords(target, file::moveOver);
    }

    private void checkComplete(String name, Place of) {
        long[] shape = of.entry.extents();
        long size = LongStream.of(shape).reduce(1, (a, b) -> a * b);
        long missing = of.written.firstMissing(size);
        if (missing < size) {
            long[] place = new long[shape.length];
            long rest = missing;
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                place[axis] = rest % shape[axis];
                rest /= shape[axis];
            }
            throw new IllegalStateException(
                    String.format(
                            Locale.ROOT,
                            "%s is not complete: tensor %s has nothing at %s",
                            Quoted.file(target),
                            Quoted.text(name),
                            Arrays.toString(place)));
        }
    }

    /** Leaves nothing of a file that was not finished. */
    @Override
    public void close() throws IOException {
        file.close();
    }
}
