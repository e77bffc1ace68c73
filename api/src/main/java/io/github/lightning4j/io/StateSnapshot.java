package io.github.lightning4j.io;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.AttentionState.Origin;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.Tensor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.zip.CRC32C;

/**
 * Turns an {@link AttentionState} into bytes and back, to keep it or to continue it elsewhere.
 *
 * <p>Version 2, everything little-endian:
 *
 * <pre>
 *   0   8 bytes        "LA2STATE"
 *   8   u32            version = 2
 *   12  u32 u32 u32 u32  R, H, D, E
 *   28  u32            flags: bit 0 is set if the next three are known; else they are 0
 *   32  u32            feature map: 0 identity, 1 SiLU, 2 ELU + 1, 3 ReLU
 *   36  u32            layout: 0 heads first, 1 tokens first
 *   40  f64            scale
 *   48  i64 × R        tokens seen by each sequence
 *       f32 × H        slopes
 *       f32 × R·H·D·E  S, row-major
 *       u32            CRC-32C (Castagnoli) of everything before it
 * </pre>
 *
 * <p>Version 1, which can still be read, has no flags: bytes 28 to 31 are 0, and the tokens follow
 * at byte 32. What such a state was computed with, besides the slopes, is not known and not
 * compared: a warning is logged, and {@link AttentionState#origin()} is empty.
 *
 * <p>Stateless and thread-safe.
 */
public final class StateSnapshot {
    private static final System.Logger LOG = System.getLogger(StateSnapshot.class.getName());

    private static final byte[] MAGIC = "LA2STATE".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 2;
    private static final int WITHOUT_ORIGIN = 1;
    private static final int HEADER = 48;
    private static final int HEADER_WITHOUT_ORIGIN = 32;
    private static final int HAS_ORIGIN = 1;
    private static final int CHECKSUM = 4;
    private static final long PIECE = 1 << 26;

    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong I64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble F64 =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
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
        long size = size(HEADER, state.values().shape());
        if (size > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "the snapshot has " + size + " bytes, too many for an array; write a file");
        }
        byte[] bytes = new byte[(int) size];
        fill(state, MemorySegment.ofArray(bytes));
        return bytes;
    }

    /**
     * Writes a state into a file: first beside the target, then moved there.
     *
     * @param state any state
     * @param target where; an existing file is replaced
     * @throws IOException if it cannot be written
     */
    public static void write(AttentionState state, Path target) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(size(HEADER, state.values().shape()), 8);
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
        String name = Quoted.file(path);
        MappedFile.checkRegular(name, path);
        // Read and not mapped, because nothing of the file is kept; a file that is cut meanwhile
        // merely ends early.
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment bytes = arena.allocate(channel.size(), 8);
            for (long at = 0; at < bytes.byteSize(); ) {
                long size = Math.min(PIECE, bytes.byteSize() - at);
                int count = channel.read(bytes.asSlice(at, size).asByteBuffer());
                if (count < 0) {
                    throw new MalformedDataException(name + " was cut while it was read");
                }
                at += count;
            }
            return parse(name, bytes);
        }
    }

    /** Bytes of the snapshot of a state. */
    static long size(AttentionState state) {
        return size(HEADER, state.values().shape());
    }

    private static long size(int header, long[] shape) {
        return header + 8 * shape[0] + 4 * shape[1] + Tensor.byteSize(DType.F32, shape) + CHECKSUM;
    }

    /** Writes a snapshot into as many bytes as it has. */
    static void fill(AttentionState state, MemorySegment bytes) {
        MemorySegment.copy(MAGIC, 0, bytes, ValueLayout.JAVA_BYTE, 0, MAGIC.length);
        bytes.set(U32, 8, VERSION);
        for (int axis = 0; axis < 4; axis++) {
            bytes.set(U32, 12 + 4L * axis, (int) state.values().shape(axis));
        }
        Optional<Origin> origin = state.origin();
        bytes.set(U32, 28, origin.isPresent() ? HAS_ORIGIN : 0);
        bytes.set(U32, 32, origin.map(o -> code(o.featureMap())).orElse(0));
        bytes.set(U32, 36, origin.map(o -> code(o.layout())).orElse(0));
        bytes.set(F64, 40, origin.map(Origin::scale).orElse(0.0));
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

    /**
     * The number of a feature map in the format, which does not follow the order of the constants.
     */
    private static int code(FeatureMap featureMap) {
        return switch (featureMap) {
            case IDENTITY -> 0;
            case SILU -> 1;
            case ELU_PLUS_ONE -> 2;
            case RELU -> 3;
        };
    }

    private static int code(Layout layout) {
        return switch (layout) {
            case HEADS_FIRST -> 0;
            case TOKENS_FIRST -> 1;
        };
    }

    /** Checks and copies the bytes of a snapshot. */
    static AttentionState parse(String name, MemorySegment bytes) throws MalformedDataException {
        AttentionState over = over(name, bytes);
        Tensor values = Tensor.allocate(DType.F32, over.values().shape());
        values.copyFrom(over.values());
        return AttentionState.of(values, over.slopes(), over.tokens(), over.origin().orElse(null));
    }

    /** Checks the bytes of a snapshot; the state lies over them. */
    static AttentionState over(String name, MemorySegment bytes) throws MalformedDataException {
        if (bytes.byteSize() < HEADER_WITHOUT_ORIGIN
                || bytes.asSlice(0, 8).mismatch(MemorySegment.ofArray(MAGIC)) >= 0) {
            throw new MalformedDataException(name + " is no state snapshot");
        }
        int version = bytes.get(U32, 8);
        if (version != VERSION && version != WITHOUT_ORIGIN) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has version %s; versions %d and %d can be read",
                            name,
                            Integer.toUnsignedString(version),
                            WITHOUT_ORIGIN,
                            VERSION));
        }
        int header = version == VERSION ? HEADER : HEADER_WITHOUT_ORIGIN;
        long[] shape = shape(name, bytes);
        checkSize(name, bytes.byteSize(), header, shape);
        long body = bytes.byteSize() - CHECKSUM;
        int stored = bytes.get(U32, body);
        int actual = checksum(bytes.asSlice(0, body));
        if (stored != actual) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s is damaged: its checksum is %08x, its bytes give %08x",
                            name,
                            stored,
                            actual));
        }
        return state(name, bytes, header, shape, origin(name, bytes, version));
    }

    private static @Nullable Origin origin(String name, MemorySegment bytes, int version)
            throws MalformedDataException {
        int flags = bytes.get(U32, 28);
        if (flags != 0 && (version == WITHOUT_ORIGIN || flags != HAS_ORIGIN)) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has flags %s; version %d has %s",
                            name,
                            Integer.toUnsignedString(flags),
                            version,
                            version == WITHOUT_ORIGIN ? "none" : "0 or " + HAS_ORIGIN));
        }
        if (version == WITHOUT_ORIGIN) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () ->
                            name
                                    + " has version 1, which does not say what feature map, scale"
                                    + " and layout its state was computed with: they are not"
                                    + " compared");
            return null;
        }
        int featureMap = bytes.get(U32, 32);
        int layout = bytes.get(U32, 36);
        double scale = bytes.get(F64, 40);
        if (flags == 0) {
            if (featureMap != 0 || layout != 0 || Double.doubleToRawLongBits(scale) != 0) {
                throw new MalformedDataException(
                        name + " has an origin, and flags that say it has none");
            }
            return null;
        }
        if (!Float.isFinite((float) scale)) {
            throw new MalformedDataException(
                    name + " has scale " + scale + "; it must be finite as a float");
        }
        return new Origin(
                coded(name, "feature map", FeatureMap.values(), StateSnapshot::code, featureMap),
                scale,
                coded(name, "layout", Layout.values(), StateSnapshot::code, layout));
    }

    private static <T> T coded(
            String name, String what, T[] constants, ToIntFunction<T> code, int wanted)
            throws MalformedDataException {
        for (T constant : constants) {
            if (code.applyAsInt(constant) == wanted) {
                return constant;
            }
        }
        throw new MalformedDataException(
                String.format(
                        Locale.ROOT,
                        "%s has %s %s; it must be 0 ... %d",
                        name,
                        what,
                        Integer.toUnsignedString(wanted),
                        constants.length - 1));
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
                    String.format(
                            Locale.ROOT,
                            "%s has R, H, D, E = %d, %d, %d, %d; D and E must be 1 ... %d, R and H"
                                    + " at least 1",
                            name,
                            shape[0],
                            shape[1],
                            shape[2],
                            shape[3],
                            AttentionConfig.MAX_DIM));
        }
        return shape;
    }

    private static void checkSize(String name, long actual, int header, long[] shape)
            throws MalformedDataException {
        long expected;
        try {
            expected = size(header, shape);
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(name + ": " + e.getMessage(), e);
        }
        if (expected != actual) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has %d bytes; its header says %d, so it is %s",
                            name,
                            actual,
                            expected,
                            actual < expected ? "cut" : "followed by something else"));
        }
    }

    private static AttentionState state(
            String name, MemorySegment bytes, int header, long[] shape, @Nullable Origin origin)
            throws MalformedDataException {
        long at = header;
        long[] tokens = new long[(int) shape[0]];
        for (int r = 0; r < tokens.length; r++, at += 8) {
            tokens[r] = bytes.get(I64, at);
        }
        float[] slopes = new float[(int) shape[1]];
        for (int h = 0; h < slopes.length; h++, at += 4) {
            slopes[h] = bytes.get(F32, at);
        }
        try {
            MemorySegment s = bytes.asSlice(at, Tensor.byteSize(DType.F32, shape));
            Tensor values = Tensor.of(DType.F32, s, shape);
            return AttentionState.of(values, slopes, tokens, origin);
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(name + ": " + e.getMessage(), e);
        }
    }

    /** CRC-32C of some bytes. */
    static int checksum(MemorySegment bytes) {
        CRC32C crc = new CRC32C();
        for (long at = 0; at < bytes.byteSize(); at += PIECE) {
            ByteBuffer piece =
                    bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)).asByteBuffer();
            crc.update(piece);
        }
        return (int) crc.getValue();
    }
}
