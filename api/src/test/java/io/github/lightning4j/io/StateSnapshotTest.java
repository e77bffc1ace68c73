package io.github.lightning4j.io;

import static io.github.lightning4j.io.SafetensorsTest.assertMessage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.AttentionState.Origin;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.zip.CRC32C;

class StateSnapshotTest {
    @TempDir private Path folder;

    private static final Origin ORIGIN =
            new Origin(FeatureMap.ELU_PLUS_ONE, 0.125, Layout.TOKENS_FIRST);

    static AttentionState state() {
        return state(ORIGIN);
    }

    private static AttentionState state(@Nullable Origin origin) {
        return AttentionState.of(
                SafetensorsTest.sequence(DType.F32, 2, 3, 4, 5),
                new float[] {0, 4e-8f, 8},
                new long[] {0, 1L << 40},
                origin);
    }

    /** What version 1 made of the same state: no origin, and so 16 bytes less before the tokens. */
    private static byte[] versionOne() {
        byte[] two = StateSnapshot.toBytes(state(null));
        byte[] one = new byte[two.length - 16];
        System.arraycopy(two, 0, one, 0, 32);
        System.arraycopy(two, 48, one, 32, two.length - 48);
        one[8] = 1;
        return sealed(one);
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
        assertEquals(expected.origin(), actual.origin());
    }

    @Test
    void aSnapshotIsReadBackBitForBit() throws IOException {
        assertSame(state(), StateSnapshot.fromBytes(StateSnapshot.toBytes(state())));
        Path path = folder.resolve("state");
        StateSnapshot.write(state(), path);
        assertSame(state(), StateSnapshot.read(path));
        assertSame(state(null), StateSnapshot.fromBytes(StateSnapshot.toBytes(state(null))));
    }

    @Test
    void everyOriginIsReadBack() throws IOException {
        for (FeatureMap featureMap : FeatureMap.values()) {
            for (Layout layout : Layout.values()) {
                AttentionState state = state(new Origin(featureMap, -1.0 / 3, layout));
                assertSame(state, StateSnapshot.fromBytes(StateSnapshot.toBytes(state)));
            }
        }
    }

    @Test
    void versionOneIsReadWithANoticeAndGoesWithEveryOrigin() throws IOException {
        List<String> notices = new ArrayList<>();
        Logger logger = Logger.getLogger(StateSnapshot.class.getName());
        Handler handler =
                new Handler() {
                    @Override
                    public void publish(LogRecord record) {
                        notices.add(record.getLevel() + " " + record.getMessage());
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        logger.setUseParentHandlers(false);
        logger.addHandler(handler);
        try {
            assertSame(state(null), StateSnapshot.fromBytes(versionOne()));
            assertEquals(1, notices.size());
            assertTrue(
                    notices.get(0).startsWith("WARNING snapshot has version 1, which does not say"),
                    notices.get(0));
            StateSnapshot.fromBytes(StateSnapshot.toBytes(state()));
            assertEquals(1, notices.size());
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
    }

    @Test
    void aFileThatEndsTooEarlyIsCut() throws IOException {
        Path path = folder.resolve("state");
        StateSnapshot.write(state(), path);
        byte[] bytes = Files.readAllBytes(path);
        Files.write(path, Arrays.copyOf(bytes, 100));
        assertMessage("so it is cut", () -> StateSnapshot.read(path));
        assertMessage("is not a regular file", () -> StateSnapshot.read(folder));
        assertMessage("there is no such file", () -> StateSnapshot.read(folder.resolve("none")));
    }

    @Test
    void theFormatIsTheDocumentedOne() {
        ByteBuffer bytes =
                ByteBuffer.wrap(StateSnapshot.toBytes(state())).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(48 + 2 * 8 + 3 * 4 + 120 * 4 + 4, bytes.capacity());
        byte[] magic = new byte[8];
        bytes.get(magic);
        assertEquals("LA2STATE", new String(magic, java.nio.charset.StandardCharsets.US_ASCII));
        int[] header = new int[8];
        for (int i = 0; i < header.length; i++) {
            header[i] = bytes.getInt();
        }
        assertArrayEquals(new int[] {2, 2, 3, 4, 5, 1, 2, 1}, header);
        assertEquals(0.125, bytes.getDouble());
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
        assertMessage("version 3; versions 1 and 2 can be read", () -> changed(8, 3));
        assertMessage("has flags 2; version 2 has 0 or 1", () -> changed(28, 2));
        assertMessage("an origin, and flags that say it has none", () -> changed(28, 0));
        assertMessage("has feature map 4; it must be 0 ... 3", () -> changed(32, 4));
        assertMessage("has layout 4294967295; it must be 0 ... 1", () -> changed(36, -1));
        assertMessage("has scale NaN", () -> changedLong(40, -1));
        assertMessage("R, H, D, E = 0, 3, 4, 5", () -> changed(12, 0));
        assertMessage("D and E must be 1 ... 1024", () -> changed(20, 1025));
        assertMessage("R, H, D, E = 2, -3", () -> changed(16, -3));
        assertMessage("so it is cut", () -> changed(16, Integer.MAX_VALUE));
        assertMessage("token count is -1", () -> changedLong(48, -1));
        assertMessage(
                "has flags 1; version 1 has none",
                () -> {
                    byte[] one = versionOne();
                    one[28] = 1;
                    StateSnapshot.fromBytes(sealed(one));
                });
        assertMessage("slope of head 0", () -> changed(64, Float.floatToIntBits(-1f)));
        assertMessage("slope of head 1", () -> changed(68, Float.floatToIntBits(Float.NaN)));
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
