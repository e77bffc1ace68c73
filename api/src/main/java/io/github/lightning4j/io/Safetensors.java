package io.github.lightning4j.io;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.SafetensorsHeader.Entry;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A safetensors file, memory-mapped: an 8-byte header length, a JSON header, then the tensors.
 *
 * <p>The whole {@linkplain SafetensorsHeader header} is checked before any tensor is handed out;
 * only asking for a tensor of a dtype that {@link DType} does not have is an error. Nothing larger
 * than the file is ever allocated. Tensors are read-only views of the mapping and end with {@link
 * #close()}.
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

    private final SafetensorsHeader header;
    private final MemorySegment file;
    private final @Nullable Arena arena;

    private Safetensors(SafetensorsHeader header, MemorySegment file, @Nullable Arena arena) {
        this.header = header;
        this.file = file;
        this.arena = arena;
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
        SafetensorsHeader.checkSize(name, file.byteSize());
        int length = SafetensorsHeader.length(name, file.get(LENGTH, 0), file.byteSize());
        byte[] json = file.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
        SafetensorsHeader header = SafetensorsHeader.parse(name, json, file.byteSize());
        return new Safetensors(header, file.asReadOnly(), arena);
    }

    /**
     * The names of the tensors.
     *
     * @return in the order of the data
     */
    public Set<String> names() {
        return header.entries().keySet();
    }

    /**
     * The header's free text.
     *
     * @return strings by key; empty if there are none
     */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    /**
     * The element type of a tensor, to find out whether it can be read here.
     *
     * @param tensorName its name
     * @return its dtype; nothing if there is no tensor of that name, or its dtype is one that
     *     {@link DType} does not have
     */
    public Optional<DType> dtypeOf(String tensorName) {
        return Optional.ofNullable(header.entries().get(tensorName)).flatMap(Entry::dtype);
    }

    /**
     * A tensor that may be absent.
     *
     * @param tensorName its name
     * @return a read-only view, or nothing if there is no tensor of that name
     * @throws MalformedDataException if it is there with a dtype that {@link DType} does not have
     */
    public Optional<Tensor> find(String tensorName) throws MalformedDataException {
        return names().contains(tensorName) ? Optional.of(tensor(tensorName)) : Optional.empty();
    }

    /**
     * A tensor that must be there.
     *
     * @param tensorName its name
     * @return a read-only view
     * @throws MalformedDataException if there is none, or its dtype is not supported
     */
    public Tensor tensor(String tensorName) throws MalformedDataException {
        Entry entry = header.entry(tensorName);
        return Tensor.of(
                entry.dtype().orElseThrow(),
                file.asSlice(entry.offset(), entry.bytes()),
                entry.extents());
    }

    /** Ends the mapping; its tensors cannot be read any more. */
    @Override
    public void close() {
        if (arena != null) {
            arena.close();
        }
    }
}
