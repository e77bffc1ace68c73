package io.github.lightning4j.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Maps whole files for reading. */
final class MappedFile {
    private MappedFile() {}

    /** What is made of a mapping. */
    interface Reader<T> {
        /** Reads what it needs of the file; the arena is the result's to close. */
        T read(String name, MemorySegment file, Arena arena) throws IOException;
    }

    /**
     * Maps a file and reads it. If that fails the mapping is closed.
     *
     * @param path a regular file
     * @param reader gets the file's name for messages, its bytes, read-only, and their owner
     * @return what the reader made of it
     * @throws MalformedDataException if it is not a regular file, or was cut while it was read
     * @throws IOException if it is not there or cannot be read
     */
    @SuppressWarnings("MustBeClosedChecker") // what the reader makes closes it
    static <T> T read(Path path, Reader<T> reader) throws IOException {
        String name = Quoted.file(path);
        Arena arena = Arena.ofShared();
        try {
            return reader.read(name, map(name, path, arena), arena);
        } catch (InternalError e) {
            arena.close();
            // Missing pages of a mapping say no more than this; nothing else here throws it.
            throw new MalformedDataException(name + " was cut while it was read", e);
        } catch (IOException | RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    private static MemorySegment map(String name, Path path, Arena arena) throws IOException {
        checkRegular(name, path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }
    }

    /** Refuses what is not a regular file. */
    static void checkRegular(String name, Path path) throws IOException {
        if (Files.notExists(path)) {
            throw new NoSuchFileException(name + ": there is no such file");
        }
        if (!Files.isRegularFile(path)) {
            throw new MalformedDataException(name + " is not a regular file");
        }
    }
}
