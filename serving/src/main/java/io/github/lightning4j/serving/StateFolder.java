package io.github.lightning4j.serving;

import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.SlotFile;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Files of states in a folder, each with a name and, so that it is not taken for another, a label.
 * They are written beside their place and moved there. One store or service at a time has a folder,
 * also among processes. Thread-safe.
 */
final class StateFolder implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StateFolder.class.getName());

    /** What a process leaves that dies while it writes. */
    private static final Pattern UNFINISHED = Pattern.compile("\\.[0-9a-f-]{36}\\.part");

    private final Path folder;
    private final String suffix;
    private final Access access;
    private final FileChannel channel;

    /** Writes a file whole or not at all. */
    interface Writer {
        /** As {@link SlotFile#write}. */
        void write(List<SlotSnapshot> slots, byte[] label, Path target) throws IOException;
    }

    /** Reads a file and checks all of it. */
    interface Reader {
        /** As {@link SlotFile#read}. */
        SlotFile read(Path path) throws IOException;
    }

    /** How files are written and read. */
    record Access(Writer writer, Reader reader) {
        /** Mapped when they are read. */
        static final Access MAPPED = new Access(SlotFile::write, SlotFile::read);

        /** Copied into memory when they are read. */
        static final Access COPIED = new Access(SlotFile::write, SlotFile::load);
    }

    private StateFolder(Path folder, String suffix, Access access, FileChannel channel) {
        this.folder = folder;
        this.suffix = suffix;
        this.access = access;
        this.channel = channel;
    }

    /**
     * Takes a folder, which is made if it is not there.
     *
     * @param suffix of the names of files
     * @throws IOException if it cannot be used, or another store or service has it
     */
    static StateFolder open(Path folder, String suffix, Access access) throws IOException {
        Files.createDirectories(folder);
        FileChannel channel =
                FileChannel.open(
                        folder.resolve("lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw inUse(folder);
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            throw inUse(folder);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return new StateFolder(folder, suffix, access, channel);
    }

    private static IOException inUse(Path folder) {
        return new FileSystemException(
                Quoted.name(folder),
                null,
                "another store or service uses this folder; close it first");
    }

    /**
     * Finds what is there, without a look into it, and deletes what was not finished.
     *
     * @return names, in their order
     */
    List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> all = files.sorted().toList();
            for (Path file : all) {
                if (UNFINISHED.matcher(file.getFileName().toString()).matches()) {
                    Files.deleteIfExists(file);
                }
            }
            return all.stream()
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix))
                    .map(name -> name.substring(0, name.length() - suffix.length()))
                    .toList();
        }
    }

    /** Where the file of a name is. */
    Path file(String name) {
        return folder.resolve(name + suffix);
    }

    /** Writes states; bytes of the file. */
    long write(String name, List<SlotSnapshot> states, byte[] label) throws IOException {
        access.writer.write(states, label, file(name));
        return SlotFile.size(states, label);
    }

    /**
     * Reads states.
     *
     * @param label that they must have been written with
     * @param what the states of a file with another label are of
     * @throws MalformedDataException if they have another label, or are damaged
     */
    List<SlotSnapshot> read(String name, byte[] label, String what) throws IOException {
        Path path = file(name);
        SlotFile file = access.reader.read(path);
        if (!Arrays.equals(file.label(), label)) {
            throw new MalformedDataException(Quoted.name(path) + " has the states of " + what);
        }
        return file.slots();
    }

    /** Deletes a file, if it is there. */
    void delete(String name) {
        try {
            Files.deleteIfExists(file(name));
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "a file of states could not be deleted: " + e.getMessage());
        }
    }

    /** Gives the folder back. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "the lock of " + Quoted.name(folder) + ": " + e.getMessage());
        }
    }
}
