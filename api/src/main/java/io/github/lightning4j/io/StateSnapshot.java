package io.github.lightning4j.io;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * An {@link AttentionState} as bytes, to be kept or sent and continued elsewhere.
 *
 * <p>Version 1, everything little-endian:
 *
 * <pre>
 *   0   8 bytes        "LA2STATE"
 *   8   u32            version = 1
 *   12  u32 u32 u32 u32  R, H, D, E
 *   28  u32            flags = 0
 *   32  i64 × R        tokens seen by each sequence
 *       f32 × H        slopes
 *       f32 × R·H·D·E  S, row-major
 *       u32            CRC-32C (Castagnoli) of everything before it
 * </pre>
 *
 * <p>Stateless and thread-safe.
 */
public final class StateSnapshot {
    private static final byte[] MAGIC = "LA2STATE".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int HEADER = 32;
    private static final int CHECKSUM = 4;
    private static final long PIECE = 1 << 26;

    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat F32 =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private StateSnapshot() {}

    /**
     * Writes a state into an array.
     *
     * @param state any state
     * @return the snapshot
     * @throws IllegalArgumentException if it is larger than an array; use {@link #write}
     */
    public static byte[] toBytes(AttentionState state) {
        long size = size(state.values().shape());
        if (size > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "the snapshot has " + size + " bytes, too many for an array; write a file");
        }
        byte[] bytes = new byte[(int) size];
        fill(state, MemorySegment.ofArray(bytes));
        return bytes;
    }

    /**
     * Writes a state into a file, beside it first and then moved over it.
     *
     * @param state any state
     * @param target where; an existing file is replaced
     * @throws IOException if it cannot be written
     */
    public static void write(AttentionState state, Path target) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(size(state.values().shape()), 8);
            fill(state, bytes);
            ReplacedFile.write(target, channel -> ReplacedFile.writeFully(channel, bytes));
        }
    }

    /**
     * Reads a state.
     *
     * @param bytes a snapshot, whole
     * @return the state, in memory of its own
     * @throws MalformedDataException if it is cut, longer than it says, damaged, of another version
     *     or no snapshot at all, with the reason
     */
    public static AttentionState fromBytes(byte[] bytes) throws MalformedDataException {
        return parse("snapshot", MemorySegment.ofArray(bytes));
    }

    /**
     * Reads a state from a file.
     *
     * @param path a snapshot
     * @return the state, in memory of its own
     * @throws MalformedDataException as {@link #fromBytes}
     * @throws IOException if it cannot be read
     */
    public static AttentionState read(Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return parse(path.toString(), MappedFile.map(path, arena));
        }
    }

    private static long size(long[] shape) {
        return HEADER + 8 * shape[0] + 4 * shape[1] + Tensor.byteSize(DType.F32, shape) + CHECKSUM;
    }

    private static void fill(AttentionState state, MemorySegment bytes) {
        MemorySegment.copy(MAGIC, 0, bytes, ValueLayout.JAVA_BYTE, 0, MAGIC.length);
        bytes.set(U32, 8, VERSION);
        for (int axis = 0; axis < 4; axis++) {
            bytes.set(U32, 12 + 4L * axis, (int) state.values().shape(axis));
        }
        bytes.set(U32, 28, 0);
        long at = HEADER;
        for (long tokens : state.tokens()) {
            bytes.set(I64, at, tokens);
            at += 8;
        }
        for (float slope : state.slopes()) {
            bytes.set(F32, at, slope);
            at += 4;
        }
        MemorySegment values = state.values().segment();
        MemorySegment.copy(values, 0, bytes, at, values.byteSize());
        at += values.byteSize();
        bytes.set(U32, at, checksum(bytes.asSlice(0, at)));
    }

    /** Checks and copies the bytes of a snapshot. */
    static AttentionState parse(String name, MemorySegment bytes) throws MalformedDataException {
        if (bytes.byteSize() < HEADER
                || bytes.asSlice(0, 8).mismatch(MemorySegment.ofArray(MAGIC)) >= 0) {
            throw new MalformedDataException(name + " is no state snapshot");
        }
        int version = bytes.get(U32, 8);
        if (version != VERSION) {
            throw new MalformedDataException(
                    "%s has version %s; version %d can be read"
                            .formatted(name, Integer.toUnsignedString(version), VERSION));
        }
        if (bytes.get(U32, 28) != 0) {
            throw new MalformedDataException(
                    name + " has flags " + bytes.get(U32, 28) + "; version 1 has none");
        }
        long[] shape = shape(name, bytes);
        checkSize(name, bytes.byteSize(), shape);
        long body = bytes.byteSize() - CHECKSUM;
        int stored = bytes.get(U32, body);
        int actual = checksum(bytes.asSlice(0, body));
        if (stored != actual) {
            throw new MalformedDataException(
                    "%s is damaged: its checksum is %08x, its bytes give %08x"
                            .formatted(name, stored, actual));
        }
        return state(name, bytes, shape);
    }

    private static long[] shape(String name, MemorySegment bytes) throws MalformedDataException {
        long[] shape = new long[4];
        for (int axis = 0; axis < 4; axis++) {
            shape[axis] = bytes.get(U32, 12 + 4L * axis);
        }
        if (shape[0] < 1
                || shape[1] < 1
                || shape[2] < 1
                || shape[2] > AttentionConfig.MAX_DIM
                || shape[3] < 1
                || shape[3] > AttentionConfig.MAX_DIM) {
            throw new MalformedDataException(
                    "%s has R, H, D, E = %d, %d, %d, %d; D and E must be 1 ... %d, R and H at least 1"
                            .formatted(
                                    name,
                                    shape[0],
                                    shape[1],
                                    shape[2],
                                    shape[3],
                                    AttentionConfig.MAX_DIM));
        }
        return shape;
    }

    private static void checkSize(String name, long actual, long[] shape)
            throws MalformedDataException {
        long expected;
        try {
            expected = size(shape);
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(name + ": " + e.getMessage());
        }
        if (expected != actual) {
            throw new MalformedDataException(
                    "%s has %d bytes; its header says %d, so it is %s"
                            .formatted(
                                    name,
                                    actual,
                                    expected,
                                    actual < expected ? "cut" : "followed by something else"));
        }
    }

    private static AttentionState state(String name, MemorySegment bytes, long[] shape)
            throws MalformedDataException {
        long at = HEADER;
        long[] tokens = new long[(int) shape[0]];
        for (int r = 0; r < tokens.length; r++, at += 8) {
            tokens[r] = bytes.get(I64, at);
        }
        float[] slopes = new float[(int) shape[1]];
        for (int h = 0; h < slopes.length; h++, at += 4) {
            slopes[h] = bytes.get(F32, at);
        }
        Tensor values = Tensor.allocate(DType.F32, shape);
        MemorySegment.copy(bytes, at, values.segment(), 0, values.segment().byteSize());
        try {
            return AttentionState.of(values, slopes, tokens);
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(name + ": " + e.getMessage());
        }
    }

    private static int checksum(MemorySegment bytes) {
        CRC32C crc = new CRC32C();
        for (long at = 0; at < bytes.byteSize(); at += PIECE) {
            ByteBuffer piece =
                    bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer();
            crc.update(piece);
        }
        return (int) crc.getValue();
    }
}
