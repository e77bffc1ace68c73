package io.github.lightning4j.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

class SafetensorsPiecesTest {
    private static final int BATCH = 2;
    private static final int HEADS = 3;
    private static final int TOKENS = 17;
    private static final int DIM = 5;

    @TempDir private Path folder;

    /** Rows of some tokens of all heads, as a partition of a sequence has them. */
    private static Tensor rows(Tensor whole, Layout layout, int b, int from, int to) {
        Tensor rows = Tensor.allocate(whole.dtype(), layout.shape(1, HEADS, to - from, DIM));
        for (int h = 0; h < HEADS; h++) {
            for (int n = from; n < to; n++) {
                long source = layout.rowOffset(b, h, n, HEADS, TOKENS, DIM);
                long target = layout.rowOffset(0, h, n - from, HEADS, to - from, DIM);
                for (int d = 0; d < DIM; d++) {
                    rows.setDouble(target + d, whole.getDouble(source + d));
                }
            }
        }
        return rows;
    }

    private static long[] at(Layout layout, int b, int from) {
        return layout == Layout.HEADS_FIRST
                ? new long[] {b, 0, from, 0}
                : new long[] {b, from, 0, 0};
    }

    /** Writes a piece. */
    private interface Write {
        void to(SafetensorsPieces file) throws IOException;
    }

    private static List<Write> pieces(Tensor o, Layout layout, Tensor slopes) {
        List<Write> writes = new ArrayList<>();
        for (int b = 0; b < BATCH; b++) {
            for (int from = 0; from < TOKENS; from += 4) {
                Tensor rows = rows(o, layout, b, from, Math.min(from + 4, TOKENS));
                long[] at = at(layout, b, from);
                writes.add(file -> file.write("o", rows, at));
            }
        }
        writes.add(file -> file.write("slopes", slopes, 0));
        return writes;
    }

    private static SafetensorsPieces.Builder of(Map<String, Tensor> tensors) {
        SafetensorsPieces.Builder builder =
                SafetensorsPieces.builder().metadata(Map.of("scale", "1.0", "layout", "x"));
        tensors.forEach((name, tensor) -> builder.tensor(name, tensor.dtype(), tensor.shape()));
        return builder;
    }

    private static Map<String, Tensor> tensors(Layout layout) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(
                "o", SafetensorsTest.sequence(DType.BF16, layout.shape(BATCH, HEADS, TOKENS, DIM)));
        tensors.put("none", Tensor.allocate(DType.F32, 4, 0));
        tensors.put("slopes", SafetensorsTest.sequence(DType.F32, HEADS));
        return tensors;
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void piecesInAnyOrderGiveTheBytesOfTheWhole(Layout layout) throws IOException {
        Map<String, Tensor> tensors = tensors(layout);
        Path whole = folder.resolve("whole");
        SafetensorsWriter.write(whole, tensors, Map.of("scale", "1.0", "layout", "x"));
        List<Write> writes = pieces(tensors.get("o"), layout, tensors.get("slopes"));
        writes.addAll(List.copyOf(writes.subList(0, 3))); // and some of them twice
        Random random = new Random(3);
        for (int i = 0; i < 10; i++) {
            Collections.shuffle(writes, random);
            Path target = folder.resolve("pieces");
            try (SafetensorsPieces file = of(tensors).open(target)) {
                for (Write write : writes) {
                    write.to(file);
                }
                file.finish();
            }
            assertEquals(-1, Files.mismatch(whole, target));
        }
        assertNothingBeside("whole", "pieces");
    }

    @ParameterizedTest
    @EnumSource(Layout.class)
    void theChecksumOfPiecesInAnyOrderIsThatOfTheData(Layout layout) throws IOException {
        Map<String, Tensor> tensors = tensors(layout);
        List<Write> writes = pieces(tensors.get("o"), layout, tensors.get("slopes"));
        Random random = new Random(4);
        Path target = folder.resolve("pieces");
        for (int i = 0; i < 10; i++) {
            Collections.shuffle(writes, random);
            try (SafetensorsPieces file = of(tensors).checksum().open(target)) {
                for (Write write : writes) {
                    write.to(file);
                }
                file.finish();
            }
            assertTrue(isIntact(target));
        }
        byte[] whole = Files.readAllBytes(target);
        int dataAt = 8 + ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt();
        CRC32C crc = new CRC32C();
        crc.update(whole, dataAt, whole.length - dataAt);
        String digits = String.format(Locale.ROOT, "%08x", crc.getValue());
        try (SeekableByteChannel channel = Files.newByteChannel(target)) {
            assertEquals(
                    Map.of("crc32c", digits, "scale", "1.0", "layout", "x"),
                    SafetensorsHeader.read("pieces", channel).metadata());
        }
        for (int at = dataAt; at < whole.length; at += 7) {
            whole[at] ^= (byte) (1 << at % 8);
            Files.write(target, whole);
            assertFalse(isIntact(target), "after a change of byte " + at);
            whole[at] ^= (byte) (1 << at % 8);
        }
        SafetensorsWriter.write(target, tensors, Map.of());
        assertFalse(isIntact(target), "without a checksum");
    }

    private static boolean isIntact(Path path) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            return SafetensorsHeader.read("file", channel).isIntact(channel);
        }
    }

    @Test
    void aFileWithAChecksumTakesEachElementOnce() throws IOException {
        Tensor slopes = SafetensorsTest.sequence(DType.F32, HEADS);
        Path target = folder.resolve("twice");
        try (SafetensorsPieces file =
                SafetensorsPieces.builder()
                        .checksum()
                        .tensor("slopes", DType.F32, HEADS)
                        .open(target)) {
            file.write("slopes", slopes, 0);
            file.write("slopes", slopes.slice(0, 1, 2), 1);
            IllegalStateException e = assertThrows(IllegalStateException.class, file::finish);
            assertTrue(String.valueOf(e.getMessage()).contains("twice"), e.getMessage());
        }
        assertNothingBeside();
    }

    @Test
    void manyThreadsWriteAtTheSameTime() throws Exception {
        Map<String, Tensor> tensors = tensors(Layout.HEADS_FIRST);
        Path whole = folder.resolve("whole");
        SafetensorsWriter.write(whole, tensors, Map.of("scale", "1.0", "layout", "x"));
        Path target = folder.resolve("pieces");
        try (SafetensorsPieces file = of(tensors).open(target);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> all = new ArrayList<>();
            for (Write write :
                    pieces(tensors.get("o"), Layout.HEADS_FIRST, tensors.get("slopes"))) {
                all.add(
                        threads.submit(() -> {
                            write.to(file);
                            return null;
                        }));
            }
            for (Future<?> each : all) {
                each.get();
            }
            file.finish();
        }
        assertEquals(-1, Files.mismatch(whole, target));
    }

    @Test
    void whateverPieceIsMissingTheFileIsNotFinishedAndTheTargetStays() throws IOException {
        Map<String, Tensor> tensors = tensors(Layout.TOKENS_FIRST);
        Path target = folder.resolve("pieces");
        Files.writeString(target, "before");
        List<Write> writes = pieces(tensors.get("o"), Layout.TOKENS_FIRST, tensors.get("slopes"));
        for (Write missing : writes) {
            try (SafetensorsPieces file = of(tensors).open(target)) {
                for (Write write : writes) {
                    if (write != missing) {
                        write.to(file);
                    }
                }
                String message =
                        String.valueOf(
                                assertThrows(IllegalStateException.class, file::finish)
                                        .getMessage());
                assertTrue(message.startsWith(target + " is not complete: tensor \""), message);
                missing.to(file);
            }
            assertEquals("before", Files.readString(target));
            assertNothingBeside("pieces");
        }
    }

    /** As tokens of a tensor of all heads are, which lie apart. */
    @Test
    void tensorsWithGapsAreWrittenWithoutThem() throws IOException {
        Tensor o = SafetensorsTest.sequence(DType.F16, 1, HEADS, TOKENS, DIM);
        Path whole = folder.resolve("whole");
        SafetensorsWriter.write(whole, Map.of("o", o.slice(2, 3, TOKENS)), Map.of());
        Path target = folder.resolve("pieces");
        try (SafetensorsPieces file =
                SafetensorsPieces.builder()
                        .tensor("o", DType.F16, 1, HEADS, TOKENS - 3, DIM)
                        .open(target)) {
            file.write("o", o.slice(2, 3, 9), 0, 0, 0, 0);
            file.write("o", o.slice(2, 9, TOKENS), 0, 0, 6, 0);
            file.finish();
        }
        assertEquals(-1, Files.mismatch(whole, target));
        try (Safetensors file = Safetensors.open(target)) {
            assertEquals(o.get(0, 2, 11, 4), file.tensor("o").get(0, 2, 8, 4));
        }
    }

    @Test
    void theFirstElementThatIsMissingIsNamed() throws IOException {
        try (SafetensorsPieces file =
                SafetensorsPieces.builder()
                        .tensor("x", DType.F32, 2, 3)
                        .open(folder.resolve("x"))) {
            file.write("x", SafetensorsTest.sequence(DType.F32, 1, 3), 0, 0);
            file.write("x", SafetensorsTest.sequence(DType.F32, 1, 1), 1, 0);
            IllegalStateException e = assertThrows(IllegalStateException.class, file::finish);
            assertTrue(String.valueOf(e.getMessage()).endsWith("\"x\" has nothing at [1, 1]"));
        }
    }

    @Test
    void piecesThatDoNotFitAreRefused() throws IOException {
        try (SafetensorsPieces file =
                SafetensorsPieces.builder()
                        .tensor("x", DType.F32, 4, 3)
                        .open(folder.resolve("x"))) {
            Tensor piece = SafetensorsTest.sequence(DType.F32, 2, 3);
            for (long[] at : new long[][] {{3, 0}, {0, 1}, {-1, 0}, {0}, {Long.MAX_VALUE, 0}}) {
                assertRefused("it must be within \"x\", which is F32[4, 3]", file, "x", piece, at);
            }
            assertRefused("BF16", file, "x", SafetensorsTest.sequence(DType.BF16, 1, 3), 0, 0);
            assertRefused("there is no tensor \"y\"; there is \"x\"", file, "y", piece, 0, 0);
        }
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        SafetensorsPieces.builder()
                                .tensor("x", DType.F32, 1)
                                .tensor("x", DType.F32, 1));
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        SafetensorsPieces.builder()
                                .tensor("x", DType.F32, 1L << 60)
                                .tensor("y", DType.F32, 1L << 60));
    }

    private static void assertRefused(
            String why, SafetensorsPieces file, String name, Tensor piece, long... at) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> file.write(name, piece, at));
        assertTrue(String.valueOf(e.getMessage()).contains(why), e.getMessage());
    }

    @Test
    void intervalsAreThoseOfASetOfElements() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            Intervals intervals = new Intervals();
            boolean[] there = new boolean[24];
            for (int i = 0; i < 12; i++) {
                int from = random.nextInt(there.length + 1);
                int to = from + random.nextInt(there.length + 1 - from);
                intervals.add(from, to);
                Arrays.fill(there, from, to, true);
                int missing = 0;
                while (missing < there.length && there[missing]) {
                    missing++;
                }
                assertEquals(missing, intervals.firstMissing(there.length));
            }
        }
    }

    private void assertNothingBeside(String... names) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(
                    Set.of(names),
                    files.map(f -> f.getFileName().toString()).collect(Collectors.toSet()));
        }
    }
}
