package io.github.lightning4j.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Writes a file whole or not at all: beside the target first, then moved over it.
 *
 * <p>Whatever goes wrong, even if the JVM is told to stop, the target stays as it was and nothing
 * is left beside it. A symbolic link stays; the file it points to is replaced, or created if it
 * does not exist. The file keeps the permissions of the one that it replaces, and its owner and
 * group where the process may give files away. A target that is not a regular file (a device, a
 * pipe) is written directly. Thread-safe; of several writers of one target the last to end wins.
 */
public final class ReplacedFile {
    /** A write takes at most this much at a time, so that heap segments are not copied whole. */
    private static final long PIECE = 1 << 26;

    /** The most links that are followed, as in Linux. */
    private static final int MAX_LINKS = 40;

    private static final Set<Path> UNFINISHED = ConcurrentHashMap.newKeySet();

    private ReplacedFile() {}

    /** What is to be written. */
    interface Content {
        /** Writes everything. */
        void writeTo(FileChannel channel) throws IOException;
    }

    private static final class Cleanup {
        static {
            try {
                Runtime.getRuntime()
                        .addShutdownHook(new Thread(Cleanup::run, "lightning4j-cleanup"));
            } catch (IllegalStateException e) {
                // The JVM is going down already, and whoever writes its last words is waited for.
            }
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
     * Finds out whether a file can be written, before its contents are computed: whether its name
     * is valid and its folder exists and accepts new files. Nothing is changed. The disk may still
     * be full later.
     *
     * @param target where the file is to be written
     * @throws IOException if it cannot be written there
     */
    public static void checkWritable(Path target) throws IOException {
        inWords(
                target,
                () -> {
                    if (isSpecial(target)) {
                        if (!Files.isWritable(target)) {
                            throw refused(target, "it cannot be written to");
                        }
                        return;
                    }
                    Path real = real(target);
                    checkName(real);
                    Path beside = beside(real);
                    Files.createFile(beside);
                    Files.delete(beside);
                });
    }

    /**
     * Writes a file.
     *
     * @param target where it is written; a symbolic link stays, the file it points to is replaced
     * @param content its contents
     * @throws IOException if it cannot be written; the target is as before
     */
    static void write(Path target, Content content) throws IOException {
        inWords(target, () -> replace(target, content));
    }

    /** A step that may fail, in a way that does not name the file. */
    interface Step {
        void run() throws IOException;
    }

    static void inWords(Path target, Step step) throws IOException {
        try {
            step.run();
        } catch (FileSystemException e) {
            throw e;
        } catch (IOException e) {
            // "No space left on device", and not for which file.
            throw new IOException(Quoted.file(target) + ": " + e.getMessage(), e);
        }
    }

    private static void replace(Path target, Content content) throws IOException {
        if (isSpecial(target)) {
            try (FileChannel channel = FileChannel.open(target, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
            }
            return;
        }
        try (Pending file = Pending.open(target)) {
            content.writeTo(file.channel());
            file.moveOver();
        }
    }

    /**
     * A file beside its target that is moved over it once it is whole. Closing it before leaves
     * nothing of it.
     */
    static final class Pending implements AutoCloseable {
        private final Path real;
        private final Path beside;
        private final FileRights rights;
        private final FileChannel channel;

        private Pending(Path real, Path beside, FileRights rights, FileChannel channel) {
            this.real = real;
            this.beside = beside;
            this.rights = rights;
            this.channel = channel;
        }

        /** Begins a file. */
        static Pending open(Path target) throws IOException {
            Path real = real(target);
            FileRights rights = FileRights.of(real);
            Cleanup.install();
            Path beside = beside(real);
            UNFINISHED.add(beside);
            try {
                FileChannel channel =
                        FileChannel.open(
                                beside,
                                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                                rights.whileWriting());
                return new Pending(real, beside, rights, channel);
            } catch (IOException | RuntimeException e) {
                UNFINISHED.remove(beside);
                throw e;
            }
        }

        /** What is written to. */
        FileChannel channel() {
            return channel;
        }

        /** Puts the file, which is complete, where it belongs. */
        void moveOver() throws IOException {
            channel.force(true);
            channel.close();
            rights.giveTo(beside);
            move(beside, real);
        }

        @Override
        public void close() throws IOException {
            channel.close();
            Files.deleteIfExists(beside);
            UNFINISHED.remove(beside);
        }
    }

    /** Whether a target exists and is not a file that can be replaced: a device or a pipe. */
    static boolean isSpecial(Path target) throws FileSystemException {
        if (Files.isDirectory(target)) {
            throw refused(target, "it is a directory");
        }
        return Files.exists(target) && !Files.isRegularFile(target);
    }

    /** The file at the end of a target's links. It need not exist; its folder does. */
    private static Path real(Path target) throws IOException {
        Path real = target.toAbsolutePath();
        for (int links = 0; Files.isSymbolicLink(real); links++) {
            if (links == MAX_LINKS) {
                throw new FileSystemLoopException(Quoted.file(target));
            }
            real = real.resolveSibling(Files.readSymbolicLink(real));
        }
        Path folder = real.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(
                    Quoted.file(folder == null ? real : folder) + ": there is no such folder");
        }
        return real;
    }

    /** Asks for a file so as to learn whether the file system takes its name. */
    private static void checkName(Path real) throws IOException {
        try {
            Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            // A name as good as any.
        }
    }

    /** A new name in the folder of a file, short however long the name of the file is. */
    private static Path beside(Path real) {
        return real.resolveSibling("." + UUID.randomUUID() + ".part");
    }

    static FileSystemException refused(Path target, String reason) {
        return new FileSystemException(Quoted.file(target), null, reason);
    }

    /**
     * Writes a text file, in UTF-8.
     *
     * @param target where it is written; a symbolic link stays, the file it points to is replaced
     * @param text its contents
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

    /** Writes all bytes of a segment from a place of the file on; many threads may do so. */
    static void writeFully(FileChannel channel, long place, MemorySegment segment)
            throws IOException {
        for (long at = 0; at < segment.byteSize(); at += PIECE) {
            long size = Math.min(PIECE, segment.byteSize() - at);
            ByteBuffer buffer = segment.asSlice(at, size).asByteBuffer();
            while (buffer.hasRemaining()) {
                channel.write(buffer, place + at + buffer.position());
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
