package io.github.lightning4j.io;

import static io.github.lightning4j.io.SafetensorsTest.assertMessage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.SlotSnapshot;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

class SlotFileTest {
    private static final byte[] LABEL = {1, 2, 3};

    @TempDir private Path folder;

    private static SlotSnapshot slot(int rows, int heads) {
        AttentionState state =
                AttentionState.of(
                        SafetensorsTest.sequence(DType.F32, 1, heads, 4, 5),
                        new float[heads],
                        new long[] {64},
                        new AttentionState.Origin(FeatureMap.SILU, 0.125, Layout.TOKENS_FIRST));
        return SlotSnapshot.of(
                state,
                SafetensorsTest.sequence(DType.F32, heads, rows, 4),
                SafetensorsTest.sequence(DType.F32, heads, rows, 5));
    }

    private Path write() throws IOException {
        Path file = folder.resolve("slots");
        SlotFile.write(List.of(slot(0, 2), slot(7, 3)), LABEL, file);
        return file;
    }

    @Test
    void whatIsReadIsWhatWasWritten() throws IOException {
        Path file = write();
        assertArrayEquals(LABEL, SlotFile.label(file));
        assertEquals(Files.size(file), SlotFile.size(List.of(slot(0, 2), slot(7, 3)), LABEL));
        SlotFile read = SlotFile.read(file);
        SlotFile loaded = SlotFile.load(file);
        checkSlots(read);
        checkSlots(loaded);
        Files.delete(file); // what was mapped stays
        checkSlots(read);
        checkSlots(loaded);
    }

    private static void checkSlots(SlotFile read) {
        assertArrayEquals(LABEL, read.label());
        assertEquals(2, read.slots().size());
        for (int i = 0; i < 2; i++) {
            SlotSnapshot expected = i == 0 ? slot(0, 2) : slot(7, 3);
            SlotSnapshot actual = read.slots().get(i);
            assertEquals(expected.toString(), actual.toString());
            assertEquals(expected.folded().origin(), actual.folded().origin());
            assertArrayEquals(
                    expected.folded().values().toFloatArray(),
                    actual.folded().values().toFloatArray());
            assertArrayEquals(expected.keys().toFloatArray(), actual.keys().toFloatArray());
            assertArrayEquals(expected.values().toFloatArray(), actual.values().toFloatArray());
        }
    }

    /** Torn anywhere, damaged anywhere: never taken for whole. */
    @Test
    void noOtherBytesAreTakenForAFile() throws IOException {
        Path file = write();
        byte[] good = Files.readAllBytes(file);
        for (int length = 0; length < good.length; length += step(length)) {
            Files.write(file, Arrays.copyOf(good, length));
            checkRefused(file);
        }
        for (int at = 0; at < good.length; at += step(at)) {
            byte[] bad = good.clone();
            bad[at] ^= 0x10;
            Files.write(file, bad);
            checkRefused(file);
        }
        Files.write(file, Arrays.copyOf(good, good.length + 1));
        checkRefused(file);
        Files.write(file, good);
        SlotFile.read(file);
        SlotFile.load(file);
    }

    private static void checkRefused(Path file) {
        assertThrows(MalformedDataException.class, () -> SlotFile.read(file));
        assertThrows(MalformedDataException.class, () -> SlotFile.load(file));
    }

    /** Every byte of the headers, and some of the elements. */
    private static int step(int at) {
        return at < 60 ? 1 : 29;
    }

    @Test
    void aLabelIsReadOfNoOtherFile() throws IOException {
        Path file = folder.resolve("other");
        Files.write(file, new byte[5]);
        assertMessage("other is no file of slots", () -> SlotFile.label(file));
        byte[] bytes = Files.readAllBytes(write());
        bytes[8] = 2;
        Files.write(file, bytes);
        assertMessage("other has version 2; version 1 can be read", () -> SlotFile.label(file));
        Files.write(file, Arrays.copyOf(Files.readAllBytes(write()), 26));
        assertMessage("other is cut", () -> SlotFile.label(file));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFullDiskIsToldAndLeavesTheFileAsItWas() throws IOException {
        IOException full =
                assertThrows(
                        IOException.class,
                        () -> SlotFile.write(List.of(slot(1, 1)), LABEL, Path.of("/dev/full")));
        assertTrue(full.getMessage().contains("No space left on device"), full::getMessage);
        assertFalse(Files.exists(folder.resolve("slots")));
    }
}
