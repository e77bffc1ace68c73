package io.github.lightning4j.io;

import static io.github.lightning4j.io.SafetensorsTest.assertMessage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;

class StateSnapshotTest {
    @TempDir private Path folder;

    static AttentionState state() {
        return AttentionState.of(
                SafetensorsTest.sequence(DType.F32, 2, 3, 4, 5),
                new float[] {0, 4e-8f, 8},
                new long[] {0, 1L << 40});
    }

    /** Puts the right checksum behind changed bytes. */
    static byte[] sealed(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, bytes.length - 4);
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(bytes.length - 4, (int) crc.getValue());
        return bytes;
    }

    private static void assertSame(AttentionState expected, AttentionState actual) {
        assertArrayEquals(expected.values().shape(), actual.values().shape());
        assertEquals(-1, expected.values().segment().mismatch(actual.values().segment()));
        assertArrayEquals(expected.slopes(), actual.slopes());
        assertArrayEquals(expected.tokens(), actual.tokens());
    }

    @Test
    void aSnapshotIsReadBackBitForBit() throws IOException {
        assertSame(state(), StateSnapshot.fromBytes(StateSnapshot.toBytes(state())));
        Path path = folder.resolve("state");
        StateSnapshot.write(state(), path);
        assertSame(state(), StateSnapshot.read(path));
    }

    @Test
    void theFormatIsTheDocumentedOne() {
        ByteBuffer bytes =
                ByteBuffer.wrap(StateSnapshot.toBytes(state())).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(32 + 2 * 8 + 3 * 4 + 120 * 4 + 4, bytes.capacity());
        byte[] magic = new byte[8];
        bytes.get(magic);
        assertEquals("LA2STATE", new String(magic, java.nio.charset.StandardCharsets.US_ASCII));
        int[] header = new int[6];
        for (int i = 0; i < header.length; i++) {
            header[i] = bytes.getInt();
        }
        assertArrayEquals(new int[] {1, 2, 3, 4, 5, 0}, header);
        assertEquals(0, bytes.getLong());
        assertEquals(1L << 40, bytes.getLong());
        assertEquals(0f, bytes.getFloat());
        assertEquals(4e-8f, bytes.getFloat());
        assertEquals(8f, bytes.getFloat());
        assertEquals(-3f, bytes.getFloat());
    }

    @Test
    void everySingleFlippedBitIsNoticed() {
        byte[] good = StateSnapshot.toBytes(state());
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << (bit % 8));
            assertMessage("snapshot", () -> StateSnapshot.fromBytes(bad));
        }
    }

    @Test
    void everyCutIsNoticed() {
        byte[] good = StateSnapshot.toBytes(state());
        for (int size = 0; size < good.length; size++) {
            byte[] bad = Arrays.copyOf(good, size);
            assertMessage(
                    size < 32 ? "is no state snapshot" : "so it is cut",
                    () -> StateSnapshot.fromBytes(bad));
        }
        byte[] longer = Arrays.copyOf(good, good.length + 1);
        assertMessage("followed by something else", () -> StateSnapshot.fromBytes(longer));
    }

    @Test
    void foreignSnapshotsAreRefusedWithTheirReason() {
        assertMessage("is no state snapshot", () -> StateSnapshot.fromBytes(new byte[100]));
        assertMessage("version 2; version 1 can be read", () -> changed(8, 2));
        assertMessage("has flags 1", () -> changed(28, 1));
        assertMessage("R, H, D, E = 0, 3, 4, 5", () -> changed(12, 0));
        assertMessage("D and E must be 1 ... 1024", () -> changed(20, 1025));
        assertMessage("R, H, D, E = 2, -3", () -> changed(16, -3));
        assertMessage("so it is cut", () -> changed(16, Integer.MAX_VALUE));
        assertMessage("token count is -1", () -> changedLong(32, -1));
        assertMessage("slope of head 0", () -> changed(48, Float.floatToIntBits(-1f)));
        assertMessage("slope of head 1", () -> changed(52, Float.floatToIntBits(Float.NaN)));
    }

    @Test
    void noAllocationIsLargerThanTheSnapshot() {
        byte[] bytes = StateSnapshot.toBytes(state());
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(12, Integer.MAX_VALUE);
        long before = ParserFuzzTest.allocated();
        assertMessage("so it is cut", () -> StateSnapshot.fromBytes(sealed(bytes)));
        assertTrue(ParserFuzzTest.allocated() - before < 1 << 20);
        assertMessage(
                "so it is cut",
                () -> StateSnapshot.parse("state", MemorySegment.ofArray(sealed(bytes))));
    }

    private static void changed(int at, int value) throws IOException {
        byte[] bytes = StateSnapshot.toBytes(state());
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
        StateSnapshot.fromBytes(sealed(bytes));
    }

    private static void changedLong(int at, long value) throws IOException {
        byte[] bytes = StateSnapshot.toBytes(state());
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(at, value);
        StateSnapshot.fromBytes(sealed(bytes));
    }
}
