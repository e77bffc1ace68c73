package io.github.lightning4j.io;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A NumPy {@code .npy} file, memory-mapped: versions 1.0 to 3.0, little-endian, C order, of {@code
 * <f8 <f4 <f2 <i8 <i4}.
 *
 * <p>The tensor is a read-only view of the mapping and ends with {@link #close()}. Thread-safe.
 * Format: NumPy's {@code numpy.lib.format}.
 */
public final class Npy implements AutoCloseable {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    private static final int ALIGNMENT = 64;
    private static final ValueLayout.OfShort U16 =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final Map<String, DType> TYPES =
            Map.of(
                    "<f8", DType.F64, "<f4", DType.F32, "<f2", DType.F16, "<i8", DType.I64, "<i4",
                    DType.I32);

    private final Arena arena;
    private final Tensor tensor;

    private Npy(Arena arena, Tensor tensor) {
        this.arena = arena;
        this.tensor = tensor;
    }

    /**
     * Maps a file and checks its header.
     *
     * @param path a regular file
     * @return the open file, to be closed
     * @throws MalformedDataException if it is not a {@code .npy} file that can be read, with the
     *     reason
     * @throws IOException if it cannot be read
     */
    @SuppressWarnings("MustBeClosedChecker") // close() closes it
    public static Npy open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            return parse(path.toString(), MappedFile.map(path, arena), arena);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** Checks the bytes of a file; the arena is closed with the result. */
    static Npy parse(String name, MemorySegment file, Arena arena) throws MalformedDataException {
        if (file.byteSize() < 10
                || !Arrays.equals(
                        file.asSlice(0, MAGIC.length).toArray(ValueLayout.JAVA_BYTE), MAGIC)) {
            throw new MalformedDataException(name + " does not begin as a .npy file does");
        }
        int version = file.get(ValueLayout.JAVA_BYTE, 6);
        if (version < 1 || version > 3 || file.get(ValueLayout.JAVA_BYTE, 7) != 0) {
            throw new MalformedDataException(
                    "%s has .npy version %d.%d; 1.0 to 3.0 can be read"
                            .formatted(name, version, file.get(ValueLayout.JAVA_BYTE, 7)));
        }
        int prefix = version == 1 ? 10 : 12;
        if (file.byteSize() < prefix) {
            throw new MalformedDataException(name + " ends within its header");
        }
        long length =
                version == 1
                        ? Short.toUnsignedLong(file.get(U16, 8))
                        : Integer.toUnsignedLong(file.get(U32, 8));
        if (length > file.byteSize() - prefix) {
            throw new MalformedDataException(
                    "%s: the header's length is %d; the file has %d bytes after it"
                            .formatted(name, length, file.byteSize() - prefix));
        }
        String text =
                new String(
                        file.asSlice(prefix, length).toArray(ValueLayout.JAVA_BYTE),
                        version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        NpyHeader header = NpyHeader.parse(name, text);
        DType dtype = TYPES.get(header.descr());
        if (dtype == null) {
            throw new MalformedDataException(
                    "%s has dtype %s; %s can be read"
                            .formatted(
                                    name,
                                    HeaderJson.quoted(header.descr()),
                                    TYPES.keySet().stream()
                                            .sorted()
                                            .collect(Collectors.joining(" "))));
        }
        if (header.fortranOrder() && header.shape().length > 1) {
            throw new MalformedDataException(
                    name + " is in Fortran order; save it with numpy.ascontiguousarray");
        }
        return new Npy(arena, tensor(name, dtype, header.shape(), file.asSlice(prefix + length)));
    }

    private static Tensor tensor(String name, DType dtype, long[] shape, MemorySegment data)
            throws MalformedDataException {
        long bytes;
        try {
            bytes = Tensor.byteSize(dtype, shape);
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(name + ": " + e.getMessage());
        }
        if (bytes != data.byteSize()) {
            throw new MalformedDataException(
                    "%s: shape %s of %s needs %d bytes; the file has %d"
                            .formatted(
                                    name, Arrays.toString(shape), dtype, bytes, data.byteSize()));
        }
        return Tensor.of(dtype, data.asReadOnly(), shape);
    }

    /**
     * The array.
     *
     * @return a read-only view
     */
    public Tensor tensor() {
        return tensor;
    }

    /** Ends the mapping; the tensor cannot be read any more. */
    @Override
    public void close() {
        arena.close();
    }

    /**
     * Writes a version 1.0 file beside the target and moves it over it.
     *
     * @param target where; an existing file is replaced
     * @param tensor of any dtype but BF16, which NumPy does not have
     * @throws IOException if it cannot be written
     * @throws IllegalArgumentException if the dtype is BF16
     */
    public static void write(Path target, Tensor tensor) throws IOException {
        Optional<String> descr =
                TYPES.entrySet().stream()
                        .filter(type -> type.getValue() == tensor.dtype())
                        .map(Map.Entry::getKey)
                        .findFirst();
        if (descr.isEmpty()) {
            throw new IllegalArgumentException(
                    tensor.dtype() + " has no .npy type; write safetensors or F32");
        }
        String shape =
                Arrays.stream(tensor.shape())
                        .mapToObj(Long::toString)
                        .collect(Collectors.joining(", ", "(", tensor.rank() == 1 ? ",)" : ")"));
        String dict =
                "{'descr': '%s', 'fortran_order': False, 'shape': %s, }"
                        .formatted(descr.get(), shape);
        int size = (10 + dict.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        byte[] header = new byte[size];
        Arrays.fill(header, (byte) ' ');
        System.arraycopy(MAGIC, 0, header, 0, MAGIC.length);
        header[6] = 1;
        header[7] = 0;
        MemorySegment.ofArray(header).set(U16, 8, (short) (size - 10));
        byte[] text = dict.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(text, 0, header, 10, text.length);
        header[size - 1] = '\n';
        ReplacedFile.write(
                target,
                channel -> {
                    ReplacedFile.writeFully(channel, MemorySegment.ofArray(header));
                    ReplacedFile.writeFully(channel, tensor.segment());
                });
    }
}
