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
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A NumPy {@code .npy} file: versions 1.0 to 3.0, of {@code f8 f4 f2 i8 i4} in either byte order
 * and either order of axes.
 *
 * <p>The tensor is read-only and ends with {@link #close()}. Where the file is little-endian and in
 * C order, as almost all are, it is a view of the mapping; else a copy. If another process cuts the
 * file while it is mapped, reading the missing part fails as it does with {@link Safetensors}.
 * Thread-safe. Format: NumPy's {@code numpy.lib.format}.
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
                    "f8", DType.F64, "f4", DType.F32, "f2", DType.F16, "i8", DType.I64, "i4",
                    DType.I32);

    /** NumPy itself takes no more than 10,000 unless it is told to. */
    private static final int MAX_HEADER = 1 << 20;

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
    public static Npy open(Path path) throws IOException {
        return MappedFile.read(path, Npy::parse);
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
                    String.format(
                            Locale.ROOT,
                            "%s has .npy version %d.%d; 1.0 to 3.0 can be read",
                            name,
                            version,
                            file.get(ValueLayout.JAVA_BYTE, 7)));
        }
        int prefix = version == 1 ? 10 : 12;
        if (file.byteSize() < prefix) {
            throw new MalformedDataException(name + " ends within its header");
        }
        long length =
                version == 1
                        ? Short.toUnsignedLong(file.get(U16, 8))
                        : Integer.toUnsignedLong(file.get(U32, 8));
        long room = Math.min(MAX_HEADER, file.byteSize() - prefix);
        if (length > room) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s: the header's length is %d; it must be at most %d",
                            name,
                            length,
                            room));
        }
        String text =
                new String(
                        file.asSlice(prefix, length).toArray(ValueLayout.JAVA_BYTE),
                        version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        NpyHeader header = NpyHeader.parse(name, text);
        DType dtype = dtype(name, header.descr());
        MemorySegment data = file.asSlice(prefix + length);
        checkSize(name, dtype, header.shape(), data.byteSize());
        boolean isBigEndian = header.descr().startsWith(">");
        boolean isFortranOrder = header.fortranOrder() && header.shape().length > 1;
        Tensor tensor =
                isBigEndian || isFortranOrder
                        ? NpyElements.copy(
                                data, dtype, header.shape(), isBigEndian, isFortranOrder, arena)
                        : Tensor.of(dtype, data, header.shape());
        return new Npy(arena, tensor.asReadOnly());
    }

    private static DType dtype(String name, String descr) throws MalformedDataException {
        DType dtype =
                descr.startsWith("<") || descr.startsWith(">")
                        ? TYPES.get(descr.substring(1))
                        : null;
        if (dtype == null) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has dtype %s; < or > and one of %s can be read%s",
                            name,
                            Quoted.text(descr),
                            TYPES.keySet().stream().sorted().collect(Collectors.joining(" ")),
                            // The type that bfloat16 of ml_dtypes has in a file.
                            descr.endsWith("V2")
                                    ? "; V2 may be bf16, which .npy has no name for: save it as"
                                            + " safetensors or F32"
                                    : ""));
        }
        return dtype;
    }

    private static void checkSize(String name, DType dtype, long[] shape, long held)
            throws MalformedDataException {
        long bytes;
        try {
            bytes = Tensor.byteSize(dtype, shape);
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(name + ": " + e.getMessage(), e);
        }
        if (bytes != held) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s: shape %s of %s needs %d bytes; the file has %d",
                            name,
                            Arrays.toString(shape),
                            dtype,
                            bytes,
                            held));
        }
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
     * Writes a file of version 1.0 beside the target, then moves it there.
     *
     * @param target where; an existing file is replaced
     * @param tensor of any dtype but BF16, which NumPy does not have
     * @throws IOException if it cannot be written
     * @throws IllegalArgumentException if the dtype is BF16
     */
    public static void write(Path target, Tensor tensor) throws IOException {
        Optional<String> type =
                TYPES.entrySet().stream()
                        .filter(known -> known.getValue() == tensor.dtype())
                        .map(Map.Entry::getKey)
                        .findFirst();
        if (type.isEmpty()) {
            throw new IllegalArgumentException(
                    tensor.dtype() + " has no .npy type; write safetensors or F32");
        }
        String shape =
                Arrays.stream(tensor.shape())
                        .mapToObj(Long::toString)
                        .collect(Collectors.joining(", ", "(", tensor.rank() == 1 ? ",)" : ")"));
        String dict =
                String.format(
                        Locale.ROOT,
                        "{'descr': '<%s', 'fortran_order': False, 'shape': %s, }",
                        type.get(),
                        shape);
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
                    ReplacedFile.writeFully(channel, SafetensorsWriter.bytes(tensor));
                });
    }
}
