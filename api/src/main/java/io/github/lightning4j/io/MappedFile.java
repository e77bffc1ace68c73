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

    /**
     * Maps a file.
     *
     * @param path a regular file
     * @param arena the owner of the mapping
     * @return its bytes, read-only
     * @throws IOException if it is not there, not a regular file or cannot be read
     */
    static MemorySegment map(Path path, Arena arena) throws IOException {
        if (Files.notExists(path)) {
            throw new NoSuchFileException(path + ": there is no such file");
        }
        if (!Files.isRegularFile(path)) {
            throw new MalformedDataException(path + " is not a regular file");
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        }
    }
}
