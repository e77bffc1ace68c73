package io.github.lightning4j.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.SafetensorsHeader.Entry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

class SafetensorsHeaderTest {
    @TempDir private Path folder;

    /** A channel that reads a byte at a time, as a slow network may. */
    private record Trickle(SeekableByteChannel whole, long end) implements SeekableByteChannel {
        @Override
        public int read(ByteBuffer into) throws IOException {
            if (whole.position() >= end) {
                return -1;
            }
            ByteBuffer one = ByteBuffer.allocate(1);
            int read = whole.read(one);
            into.put(one.flip());
            return read;
        }

        @Override
        public int write(ByteBuffer from) {
            throw new NonWritableChannelException();
        }

        @Override
        public long position() throws IOException {
            return whole.position();
        }

        @Override
        public SeekableByteChannel position(long place) throws IOException {
            whole.position(place);
            return this;
        }

        @Override
        public long size() throws IOException {
            return whole.size();
        }

        @Override
        public SeekableByteChannel truncate(long size) {
            throw new NonWritableChannelException();
        }

        @Override
        public boolean isOpen() {
            return whole.isOpen();
        }

        @Override
        public void close() throws IOException {
            whole.close();
        }
    }

    private Path written() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("k", SafetensorsTest.sequence(DType.BF16, 2, 3));
        tensors.put("none", Tensor.allocate(DType.F64, 0, 9));
        tensors.put("a", SafetensorsTest.sequence(DType.F32, 5));
        Path path = folder.resolve("x");
        SafetensorsWriter.write(path, tensors, Map.of("layout", "BHND"));
        return path;
    }

    @Test
    void theBytesOfATensorAreWhereTheHeaderSays() throws IOException {
        Path path = written();
        byte[] bytes = Files.readAllBytes(path);
        try (SeekableByteChannel channel = new Trickle(Files.newByteChannel(path), bytes.length);
                Safetensors mapped = Safetensors.open(path)) {
            channel.position(11); // wherever it was before
            SafetensorsHeader header = SafetensorsHeader.read("x", channel);
            assertEquals(List.of("k", "none", "a"), List.copyOf(header.entries().keySet()));
            assertEquals(Map.of("layout", "BHND"), header.metadata());
            for (String name : mapped.names()) {
                Entry entry = header.entry(name);
                Tensor tensor = mapped.tensor(name);
                assertEquals(Optional.of(tensor.dtype()), entry.dtype());
                assertArrayEquals(tensor.shape(), entry.extents());
                byte[] range =
                        Arrays.copyOfRange(
                                bytes,
                                (int) entry.offset(),
                                (int) (entry.offset() + entry.bytes()));
                assertEquals(-1, tensor.segment().mismatch(MemorySegment.ofArray(range)), name);
            }
        }
    }

    @Test
    void aFileThatIsCutWhileItIsReadIsRefused() throws IOException {
        Path path = written();
        for (long end : new long[] {0, 7, 8, 50}) {
            try (SeekableByteChannel channel = new Trickle(Files.newByteChannel(path), end)) {
                SafetensorsTest.assertMessage(
                        "x was cut while it was read", () -> SafetensorsHeader.read("x", channel));
            }
        }
    }

    @Test
    void aFileThatIsShorterThanItSaysIsRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(written());
        for (int size = 0; size < bytes.length; size++) {
            Path path = folder.resolve("cut");
            Files.write(path, Arrays.copyOf(bytes, size));
            try (SeekableByteChannel channel = Files.newByteChannel(path)) {
                String message =
                        SafetensorsTest.message(() -> SafetensorsHeader.read("cut", channel));
                assertTrue(message.startsWith("cut"), message);
            }
        }
    }

    @Test
    void whatIsNotThereOrOfAnotherDtypeIsRefused() throws IOException {
        Path path = folder.resolve("foreign");
        Files.write(
                path,
                SafetensorsTest.file(
                        "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}", 3));
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            SafetensorsHeader header = SafetensorsHeader.read("f", channel);
            SafetensorsTest.assertMessage(
                    "f has no tensor \"b\"; it has \"a\"", () -> header.entry("b"));
            SafetensorsTest.assertMessage(
                    "f: tensor \"a\" has dtype \"U8\"", () -> header.entry("a"));
            assertEquals("U8", header.entries().get("a").type());
        }
    }

    @Test
    void messagesNameTheWholePath() {
        Path relative = Path.of("no-such-file-" + System.nanoTime());
        SafetensorsTest.assertMessage(
                relative.toAbsolutePath() + ": there is no such file",
                () -> Safetensors.open(relative));
        SafetensorsTest.assertMessage(
                relative.toAbsolutePath() + ": there is no such folder",
                () -> SafetensorsWriter.write(relative.resolve("x"), Map.of(), Map.of()));
    }
}
