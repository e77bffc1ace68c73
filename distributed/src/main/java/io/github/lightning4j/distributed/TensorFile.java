package io.github.lightning4j.distributed;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Pieces;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.io.SafetensorsHeader;
import io.github.lightning4j.io.SafetensorsHeader.Entry;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The tensors that a job reads: a safetensors file that is mapped, or one behind any channel that
 * can seek, of which only the ranges that are needed are read. Thread-safe; of a channel one range
 * is read at a time.
 */
public final class TensorFile implements AutoCloseable {
    private final String name;
    private final String identity;
    private final SafetensorsHeader header;
    private final Reader reader;

    /** Reads bytes of the file. */
    private interface Reader extends AutoCloseable {
        void read(String tensor, Entry entry, long from, MemorySegment target) throws IOException;

        Optional<Tensor> memory(String tensor) throws IOException;

        @Override
        void close() throws IOException;
    }

    private TensorFile(String name, String identity, SafetensorsHeader header, Reader reader) {
        this.name = name;
        this.identity = identity;
        this.header = header;
        this.reader = reader;
    }

    /**
     * Maps a file.
     *
     * @param path a safetensors file
     * @return the open file, to be closed
     * @throws IOException if it cannot be read or is malformed, with the reason
     */
    public static TensorFile map(Path path) throws IOException {
        Safetensors file = Safetensors.open(path);
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path);
            String name = Quoted.file(path);
            SafetensorsHeader header = SafetensorsHeader.read(name, channel);
            String identity =
                    FileIdentity.of(channel)
                            + " modified "
                            + Files.getLastModifiedTime(path).toMillis();
            return new TensorFile(name, identity, header, new Mapped(name, file, channel));
        } catch (IOException | RuntimeException e) {
            if (channel != null) {
                channel.close();
            }
            file.close();
            throw e;
        }
    }

    /**
     * Reads a file by ranges.
     *
     * @param name what messages call it
     * @param channel the file; it is closed with the result
     * @return the open file, to be closed
     * @throws IOException if it cannot be read or is malformed, with the reason
     */
    public static TensorFile ranges(String name, SeekableByteChannel channel) throws IOException {
        SafetensorsHeader header = SafetensorsHeader.read(name, channel);
        return new TensorFile(name, FileIdentity.of(channel), header, new Channel(name, channel));
    }

    private record Mapped(String name, Safetensors file, FileChannel channel) implements Reader {
        /** Reads by calls, because new pages of a mapping cost more than a copy does. */
        @Override
        public void read(String tensor, Entry entry, long from, MemorySegment target)
                throws IOException {
            if (!target.isNative()) {
                copy(tensor, from, target);
                return;
            }
            long bytes = target.byteSize();
            try {
                Pieces.forEach(
                        bytes,
                        bytes,
                        (at, count) ->
                                FileIdentity.fill(
                                        name,
                                        channel,
                                        entry.offset() + from + at,
                                        target.asSlice(at, count).asByteBuffer()));
            } catch (ClosedChannelException e) {
                // So does a thread that is interrupted while it reads; the mapping is still there.
                copy(tensor, from, target);
            }
        }

        private void copy(String tensor, long from, MemorySegment target) throws IOException {
            Tensor whole = file.tensor(tensor);
            try {
                MemorySegment.copy(whole.segment(), from, target, 0, target.byteSize());
            } catch (InternalError e) {
                // Missing pages of a mapping say no more than this; nothing else here throws it.
                throw new MalformedDataException(name + " was cut while it was read", e);
            }
        }

        @Override
        public Optional<Tensor> memory(String tensor) throws IOException {
            return file.find(tensor);
        }

        @Override
        public void close() throws IOException {
            try {
                channel.close();
            } finally {
                file.close();
            }
        }
    }

    private record Channel(String name, SeekableByteChannel channel) implements Reader {
        private static final long PIECE = 1 << 26;

        @Override
        public void read(String tensor, Entry entry, long from, MemorySegment target)
                throws IOException {
            synchronized (channel) {
                channel.position(entry.offset() + from);
                for (long at = 0; at < target.byteSize(); at += PIECE) {
                    long size = Math.min(PIECE, target.byteSize() - at);
                    FileIdentity.fill(name, channel, target.asSlice(at, size).asByteBuffer());
                }
            }
        }

        @Override
        public Optional<Tensor> memory(String tensor) {
            return Optional.empty();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /**
     * What messages call it.
     *
     * @return the whole path of a mapped file
     */
    public String name() {
        return name;
    }

    /**
     * What tells this file from others and from itself after a change: its size, its header and
     * samples of its data, and when a mapped file was changed last. It does not have its path, so a
     * file may be moved.
     *
     * @return some text
     */
    public String identity() {
        return identity;
    }

    /**
     * The header's free text.
     *
     * @return strings by key
     */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    /**
     * A tensor that may be absent.
     *
     * @param tensor its name
     * @return the tensor, or nothing if there is none of that name
     * @throws MalformedDataException if it is there with a dtype that is not supported
     */
    public Optional<TensorSource> find(String tensor) throws MalformedDataException {
        return header.entries().containsKey(tensor)
                ? Optional.of(tensor(tensor))
                : Optional.empty();
    }

    /**
     * A tensor that must be there.
     *
     * @param tensor its name
     * @return the tensor
     * @throws MalformedDataException if there is none, or its dtype is not supported
     */
    public TensorSource tensor(String tensor) throws MalformedDataException {
        Entry entry = header.entry(tensor);
        DType dtype = entry.dtype().orElseThrow();
        return new Source(tensor, entry, dtype, reader);
    }

    private record Source(String name, Entry entry, DType dtype, Reader reader)
            implements TensorSource {
        @Override
        public long[] shape() {
            return entry.extents();
        }

        @Override
        public void read(long element, MemorySegment target) throws IOException {
            long all = entry.bytes() / dtype.bytes();
            long count = target.byteSize() / dtype.bytes();
            if (element < 0 || count > all - element) {
                throw new IndexOutOfBoundsException(
                        count + " elements from " + element + " on; " + name + " has " + all);
            }
            reader.read(name, entry, element * dtype.bytes(), target);
        }

        @Override
        public Optional<Tensor> memory() throws IOException {
            return reader.memory(name);
        }
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
