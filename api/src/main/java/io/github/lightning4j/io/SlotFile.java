package io.github.lightning4j.io;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.Tensor;

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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What slots hold, such as those of all layers of a model, in a file: written whole or not at all,
 * and mapped or copied to be read.
 *
 * <p>Version 1, everything little-endian:
 *
 * <pre>
 *   0   8 bytes        "LA2SLOTS"
 *   8   u32            version = 1
 *   12  u32            how many slots
 *   16  u32            bytes of the label, l
 *   20  u32            0
 *   24  l bytes        the label, whatever the writer wants to find it by
 *       for each slot:
 *       u64            bytes of the state
 *       u64            n, tokens that are not in S
 *       …              S as a {@link StateSnapshot}
 *       f32 × H·n·D    φ(k) of these tokens
 *       f32 × H·n·E    v of these tokens
 *   and a u32          CRC-32C (Castagnoli) of everything before it
 * </pre>
 *
 * <p>Immutable and thread-safe. The memory of a file that was {@linkplain #read read} is that of
 * its mapping, which ends when nothing refers to it any more; the file may be replaced or deleted
 * meanwhile, but must not be cut. One that was {@linkplain #load loaded} is needed no longer.
 */
public final class SlotFile {
    private static final byte[] MAGIC = "LA2SLOTS".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int HEADER = 24;
    private static final int SLOT_HEADER = 16;
    private static final int CHECKSUM = 4;

    /** A read takes at most this much at a time. */
    private static final long PIECE = 1 << 26;

    private static final ValueLayout.OfInt U32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final byte[] label;
    private final List<SlotSnapshot> slots;

    private SlotFile(byte[] label, List<SlotSnapshot> slots) {
        this.label = label;
        this.slots = slots;
    }

    /**
     * What the writer wanted to find it by.
     *
     * @return a new array
     */
    public byte[] label() {
        return label.clone();
    }

    /**
     * What the slots held.
     *
     * @return the snapshots, in the order in which they were written
     */
    public List<SlotSnapshot> slots() {
        return slots;
    }

    /**
     * Bytes of the file of some slots.
     *
     * @param slots what they hold
     * @param label what to find it by
     * @return its size
     */
    public static long size(List<SlotSnapshot> slots, byte[] label) {
        long size = (long) HEADER + label.length + CHECKSUM;
        for (SlotSnapshot slot : slots) {
            size += SLOT_HEADER + StateSnapshot.size(slot.folded()) + rowBytes(slot);
        }
        return size;
    }

    private static long rowBytes(SlotSnapshot slot) {
        return slot.keys().segment().byteSize() + slot.values().segment().byteSize();
    }

    /**
     * Writes a file: first beside the target, then moved there.
     *
     * @param slots what they hold
     * @param label what to find it by
     * @param target where; an existing file is replaced
     * @throws IOException if it cannot be written; the target is as before
     */
    public static void write(List<SlotSnapshot> slots, byte[] label, Path target)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(size(slots, label), 8);
            MemorySegment.copy(MAGIC, 0, bytes, ValueLayout.JAVA_BYTE, 0, MAGIC.length);
            bytes.set(U32, 8, VERSION);
            bytes.set(U32, 12, slots.size());
            bytes.set(U32, 16, label.length);
            MemorySegment.copy(label, 0, bytes, ValueLayout.JAVA_BYTE, HEADER, label.length);
            long at = (long) HEADER + label.length;
            for (SlotSnapshot slot : slots) {
                at = fill(slot, bytes, at);
            }
            bytes.set(U32, at, StateSnapshot.checksum(bytes.asSlice(0, at)));
            ReplacedFile.write(target, channel -> ReplacedFile.writeFully(channel, bytes));
        }
    }

    private static long fill(SlotSnapshot slot, MemorySegment bytes, long start) {
        long state = StateSnapshot.size(slot.folded());
        bytes.set(U64, start, state);
        bytes.set(U64, start + 8, slot.keys().shape(1));
        long at = start + SLOT_HEADER;
        StateSnapshot.fill(slot.folded(), bytes.asSlice(at, state));
        at += state;
        for (Tensor rows : List.of(slot.keys(), slot.values())) {
            long size = rows.segment().byteSize();
            MemorySegment.copy(rows.segment(), 0, bytes, at, size);
            at += size;
        }
        return at;
    }

    /**
     * Reads the label alone, without a look at the rest.
     *
     * @param path a file of slots
     * @return the label
     * @throws MalformedDataException if it is no such file, or of another version
     * @throws IOException if it cannot be read
     */
    public static byte[] label(Path path) throws IOException {
        String name = Quoted.file(path);
        MappedFile.checkRegular(name, path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            ByteBuffer header = read(name, channel, HEADER, 0);
            int length = checkHeader(name, MemorySegment.ofBuffer(header), channel.size());
            return read(name, channel, length, HEADER).array();
        }
    }

    private static ByteBuffer read(String name, FileChannel channel, int size, long at)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(size, channel.size()));
        read(name, channel, buffer, at);
        return buffer.flip();
    }

    /** Fills a buffer from a place of the file on. */
    private static void read(String name, FileChannel channel, ByteBuffer buffer, long at)
            throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, at + buffer.position()) < 0) {
                throw new MalformedDataException(name + " was cut while it was read");
            }
        }
    }

    /** Bytes of the label. */
    private static int checkHeader(String name, MemorySegment bytes, long size)
            throws MalformedDataException {
        if (bytes.byteSize() < HEADER
                || bytes.asSlice(0, 8).mismatch(MemorySegment.ofArray(MAGIC)) >= 0) {
            throw new MalformedDataException(name + " is no file of slots");
        }
        int version = bytes.get(U32, 8);
        if (version != VERSION) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has version %s; version %d can be read",
                            name,
                            Integer.toUnsignedString(version),
                            VERSION));
        }
        int label = bytes.get(U32, 16);
        if (label < 0 || HEADER + (long) label + CHECKSUM > size) {
            throw new MalformedDataException(name + " is cut");
        }
        return label;
    }

    /**
     * Maps a file and checks all of it.
     *
     * @param path a file of slots
     * @return what is in it
     * @throws MalformedDataException if it is cut, damaged, of another version or no such file
     * @throws IOException if it cannot be read
     */
    public static SlotFile read(Path path) throws IOException {
        String name = Quoted.file(path);
        MappedFile.checkRegular(name, path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment bytes =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            return parse(name, bytes);
        } catch (InternalError e) {
            // Missing pages of a mapping say no more than this; nothing else here throws it.
            throw new MalformedDataException(name + " was cut while it was read", e);
        }
    }

    /**
     * Copies a file into memory that the garbage collector frees, and checks all of it. For what is
     * used at once or is to be deleted: a mapping keeps its disk space as long as it lives.
     *
     * @param path a file of slots
     * @return what is in it
     * @throws MalformedDataException if it is cut, damaged, of another version or no such file
     * @throws IOException if it cannot be read
     */
    public static SlotFile load(Path path) throws IOException {
        String name = Quoted.file(path);
        MappedFile.checkRegular(name, path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            long floats = Math.ceilDiv(size, (long) Float.BYTES);
            MemorySegment bytes = Tensor.allocate(DType.F32, floats).segment().asSlice(0, size);
            for (long at = 0; at < size; at += PIECE) {
                MemorySegment piece = bytes.asSlice(at, Math.min(PIECE, size - at));
                read(name, channel, piece.asByteBuffer(), at);
            }
            return parse(name, bytes);
        }
    }

    private static SlotFile parse(String name, MemorySegment bytes) throws MalformedDataException {
        int labelBytes = checkHeader(name, bytes, bytes.byteSize());
        long end = bytes.byteSize() - CHECKSUM;
        if (bytes.get(U32, end) != StateSnapshot.checksum(bytes.asSlice(0, end))) {
            throw new MalformedDataException(name + " is cut or damaged: its checksum differs");
        }
        byte[] label = bytes.asSlice(HEADER, labelBytes).toArray(ValueLayout.JAVA_BYTE);
        int count = bytes.get(U32, 12);
        List<SlotSnapshot> slots = new ArrayList<>();
        long at = (long) HEADER + labelBytes;
        try {
            for (int i = 0; i < count; i++) {
                MemorySegment rest = bytes.asSlice(at, end - at);
                SlotSnapshot slot = slot(name, rest);
                slots.add(slot);
                at += SLOT_HEADER + rest.get(U64, 0) + rowBytes(slot);
            }
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new MalformedDataException(name + ": " + e.getMessage(), e);
        }
        return new SlotFile(label, List.copyOf(slots));
    }

    private static SlotSnapshot slot(String name, MemorySegment bytes)
            throws MalformedDataException {
        long state = bytes.get(U64, 0);
        long rows = bytes.get(U64, 8);
        AttentionState s = StateSnapshot.over(name, bytes.asSlice(SLOT_HEADER, state));
        long[] keys = {s.values().shape(1), rows, s.values().shape(2)};
        long[] values = {s.values().shape(1), rows, s.values().shape(3)};
        long keyBytes = Tensor.byteSize(DType.F32, keys);
        long at = SLOT_HEADER + state;
        return SlotSnapshot.of(
                s,
                Tensor.of(DType.F32, bytes.asSlice(at, keyBytes), keys),
                Tensor.of(
                        DType.F32,
                        bytes.asSlice(at + keyBytes, Tensor.byteSize(DType.F32, values)),
                        values));
    }
}
