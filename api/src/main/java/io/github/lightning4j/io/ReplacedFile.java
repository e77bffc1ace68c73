package io.github.lightning4j.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes a file whole or not at all: beside the target first, then moved over it.
 *
 * <p>Whatever goes wrong, also when the JVM is told to stop, the target stays as it was and nothing
 * is left beside it. A target that is no regular file (a device, a pipe) is written straight to.
 * Thread-safe; of several writers of one target the last to end wins.
 */
public final class ReplacedFile {
    /** A write takes at most this much at a time, so that heap segments are not copied whole. */
    private static final long PIECE = 1 << 26;

    private static final Set<Path> UNFINISHED = ConcurrentHashMap.newKeySet();

    private ReplacedFile() {}

    /** What is to be written. */
    interface Content {
        /** Writes everything. */
        void writeTo(FileChannel channel) throws IOException;
    }

    private static final class Cleanup {
        static {
            Runtime.getRuntime().addShutdownHook(new Thread(Cleanup::run, "lightning4j-cleanup"));
        }

        static void install() {}

        private static void run() {
            for (Path path : UNFINISHED) {
                try {
                    Files.deleteIfExists(path);
                } catch (IOException e) {
                    // The JVM is going down; there is nobody left to tell.
                }
            }
        }
    }

    /**
     * Writes a file.
     *
     * @param target where it shall be; a symbolic link stays, what it points to is replaced
     * @param content what it shall hold
     * @throws IOException if it cannot be written; the target is as before
     */
    static void write(Path target, Content content) throws IOException {
        try {
            replace(target, content);
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            // "No space left on device", and not for which file.
            throw new IOException(target + ": " + e.getMessage(), e);
        }
    }

    private static void replace(Path target, Content content) throws IOException {
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            if (Files.isDirectory(target)) {
                throw new FileSystemException(target.toString(), null, "it is a directory");
            }
            try (FileChannel channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
            }
            return;
        }
        Path real = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
        Path folder = real.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(folder + ": there is no such folder");
        }
        Cleanup.install();
        Path beside =
                folder.resolve(
                        "."
                                + real.getFileName()
                                + "."
                                + ProcessHandle.current().pid()
                                + "-"
                                + Thread.currentThread().threadId()
                                + ".part");
        UNFINISHED.add(beside);
        try {
            try (FileChannel channel =
                    FileChannel.open(
                            beside,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                channel.force(true);
            }
            move(beside, real);
        } finally {
            Files.deleteIfExists(beside);
            UNFINISHED.remove(beside);
        }
    }

    /**
     * Writes a text file, in UTF-8.
     *
     * @param target where it shall be; a symbolic link stays, what it points to is replaced
     * @param text what it shall hold
     * @throws IOException if it cannot be written; the target is as before
     */
    public static void writeString(Path target, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        write(target, channel -> writeFully(channel, MemorySegment.ofArray(bytes)));
    }

    /** Writes all bytes of a segment. */
    static void writeFully(FileChannel channel, MemorySegment segment) throws IOException {
        for (long at = 0; at < segment.byteSize(); at += PIECE) {
            long size = Math.min(PIECE, segment.byteSize() - at);
            ByteBuffer buffer = segment.asSlice(at, size).asByteBuffer();
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
