package io.github.lightning4j.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.MalformedDataException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

class TensorFileTest {
    @TempDir private Path folder;

    @ParameterizedTest
    @EnumSource(Layout.class)
    void rowsOfTokensAreThoseOfTheTensorWhereverTheyLie(Layout layout) throws Exception {
        Fixture fixture = Fixture.of(layout, DType.BF16, 3, 10);
        Path path = fixture.write(folder);
        Tensor whole = fixture.tensor("v");
        TokenRows rows = new TokenRows(layout, Fixture.HEADS, 10);
        try (TensorFile mapped = TensorFile.map(path);
                TensorFile ranges = TensorFile.ranges("x", Files.newByteChannel(path));
                LightningAttention clocked = ClockedDevice.open(fixture.config);
                LightningAttention cpu = LightningAttention.open(fixture.config, "cpu:scalar");
                Room copies = new Room(clocked);
                Room room = new Room(cpu)) {
            assertTrue(copies.wantsCopies() && !room.wantsCopies());
            for (int from = 0; from <= 30; from += 7) {
                for (int to = from; to <= 30; to += 3) {
                    room.clear();
                    copies.clear();
                    Tensor a = rows.read(room, mapped.tensor("v"), from, to);
                    Tensor copy = rows.read(copies, mapped.tensor("v"), from, to);
                    assertTrue(copy.isContiguous());
                    assertArrayEquals(a.toDoubleArray(), copy.toDoubleArray());
                    Tensor b = rows.read(room, ranges.tensor("v"), from, to);
                    assertArrayEquals(a.toDoubleArray(), b.toDoubleArray());
                    assertArrayEquals(
                            layout.shape(1, Fixture.HEADS, to - from, Fixture.VALUE_DIM),
                            a.shape());
                    for (int t = from; t < to; t++) {
                        for (int h = 0; h < Fixture.HEADS; h++) {
                            boolean headsFirst = layout == Layout.HEADS_FIRST;
                            double is =
                                    headsFirst
                                            ? a.get(0, h, t - from, 4)
                                            : a.get(0, t - from, h, 4);
                            double was =
                                    headsFirst
                                            ? whole.get(t / 10, h, t % 10, 4)
                                            : whole.get(t / 10, t % 10, h, 4);
                            assertEquals(was, is);
                        }
                    }
                }
            }
        }
    }

    @Test
    void aFileThatIsReadByRangesGivesTheSameResults() throws Exception {
        Fixture fixture = Fixture.of(Layout.TOKENS_FIRST, DType.F32, 2, 100);
        Path expected = fixture.run(folder, Direction.FORWARD, 64);
        Path target = folder.resolve("ranges");
        try (TensorFile file =
                        TensorFile.ranges(
                                "bucket/key",
                                Files.newByteChannel(folder.resolve("input.safetensors")));
                LightningAttention attention = fixture.open();
                JobFolder job =
                        JobFolder.open(
                                folder.resolve("other"),
                                AttentionJob.of(
                                        fixture.config, Direction.FORWARD, true, file, 64))) {
            LocalRunner.run(job, attention, JobListener.NONE);
            ResultFile.assemble(job, target);
        }
        assertEquals(-1, Files.mismatch(expected, target));
    }

    @Test
    void aFileThatIsCutWhileItIsOpenIsRefused() throws Exception {
        Fixture fixture = Fixture.of(Layout.HEADS_FIRST, DType.F32, 1, 4096);
        Path path = fixture.write(folder);
        try (TensorFile mapped = TensorFile.map(path);
                TensorFile ranges = TensorFile.ranges("x", Files.newByteChannel(path))) {
            byte[] bytes = Files.readAllBytes(path);
            Files.write(path, Arrays.copyOf(bytes, 4096));
            for (TensorFile file : new TensorFile[] {mapped, ranges}) {
                TensorSource source = file.tensor("v");
                MemorySegment target = MemorySegment.ofArray(new byte[4 * 1000]);
                MalformedDataException e =
                        assertThrows(
                                MalformedDataException.class, () -> source.read(50_000, target));
                assertEquals(file.name() + " was cut while it was read", e.getMessage());
            }
        }
    }

    @Test
    void anInputThatIsCutBetweenPartitionsEndsTheJobWithItsName() throws Exception {
        Fixture fixture = Fixture.of(Layout.HEADS_FIRST, DType.F32, 1, 4096);
        Path path = fixture.write(folder);
        byte[] bytes = Files.readAllBytes(path);
        JobListener cutter =
                new JobListener() {
                    @Override
                    public void done(Phase phase, int partition) {
                        try {
                            Files.write(path, Arrays.copyOf(bytes, 4096));
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    }
                };
        try (TensorFile file = TensorFile.map(path);
                LightningAttention attention = fixture.open();
                JobFolder job =
                        JobFolder.open(
                                folder.resolve("job"),
                                AttentionJob.of(
                                        fixture.config, Direction.FORWARD, true, file, 64))) {
            IOException e =
                    assertThrows(IOException.class, () -> LocalRunner.run(job, attention, cutter));
            assertTrue(String.valueOf(e.getMessage()).startsWith(path + ": "), e.getMessage());
        }
    }

    @Test
    void elementsThatATensorDoesNotHaveAreRefused() throws Exception {
        Path path = Fixture.of(Layout.HEADS_FIRST, DType.F32, 1, 8).write(folder);
        try (TensorFile file = TensorFile.map(path)) {
            TensorSource source = file.tensor("v");
            MemorySegment two = MemorySegment.ofArray(new float[2]);
            source.read(118, two);
            for (long from : new long[] {-1, 119, 120, Long.MAX_VALUE}) {
                assertThrows(IndexOutOfBoundsException.class, () -> source.read(from, two));
            }
        }
    }

    @Test
    void theIdentityOfAFileFollowsItAndChangesWithIt() throws IOException {
        Path path = Fixture.of(Layout.HEADS_FIRST, DType.F32, 1, 8).write(folder);
        String before = identity(path);
        Path moved = Files.move(path, folder.resolve("moved"));
        assertEquals(before, identity(moved));
        var time = Files.getLastModifiedTime(moved);
        byte[] bytes = Files.readAllBytes(moved);
        bytes[bytes.length - 1] ^= 1;
        Files.write(moved, bytes);
        Files.setLastModifiedTime(moved, time);
        assertNotEquals(before, identity(moved));
        assertTrue(identity(moved).startsWith(bytes.length + " bytes "));
    }

    private static String identity(Path path) throws IOException {
        try (TensorFile file = TensorFile.map(path)) {
            return file.identity();
        }
    }
}
