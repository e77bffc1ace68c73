package io.github.lightning4j.serving;

import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.SlotFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files of a {@link PrefixStore}, one for each prefix, which has its hash for a name and in its
 * label the hash, the number of its tokens and the hash of what computed it. One store at a time
 * has a folder, also among processes. Thread-safe.
 */
final class PrefixFolder implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PrefixFolder.class.getName());

    private static final String SUFFIX = ".prefix";

    /** What a process leaves that dies while it writes. */
    private static final Pattern UNFINISHED = Pattern.compile("\\.[0-9a-f-]{36}\\.part");

    private final Path folder;
    private final Writer writer;
    private final FileChannel channel;

    /** Writes a file whole or not at all. */
    interface Writer {
        /** As {@link SlotFile#write}. */
        void write(List<SlotSnapshot> slots, byte[] label, Path target) throws IOException;
    }

    /** Told of each prefix that is there. */
    interface Visitor {
        /** A prefix has a file. */
        void visit(String name, int tokens, long bytes);
    }

    private PrefixFolder(Path folder, Writer writer, FileChannel channel) {
        this.folder = folder;
        this.writer = writer;
        this.channel = channel;
    }

    /**
     * Takes a folder, which is made if it is not there.
     *
     * @throws IOException if it cannot be used, or another store has it
     */
    static PrefixFolder open(Path folder, Writer writer) throws IOException {
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
        return new PrefixFolder(folder, writer, channel);
    }

    private static IOException inUse(Path folder) {
        return new FileSystemException(
                Quoted.name(folder), null, "another store uses this folder; close it first");
    }

    /** Finds what is there, without reading states, and deletes what was not finished. */
    void visit(Visitor visitor) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (UNFINISHED.matcher(name).matches()) {
                    Files.deleteIfExists(file);
                } else if (name.endsWith(SUFFIX)) {
                    visit(file, name.substring(0, name.length() - SUFFIX.length()), visitor);
                }
            }
        }
    }

    private static void visit(Path file, String name, Visitor visitor) {
        try {
            byte[] label = SlotFile.label(file);
            if (!name.equals(name(label))) {
                throw new MalformedDataException(
                        Quoted.name(file) + " has the states of another prefix");
            }
            visitor.visit(name, tokens(label), Files.size(file));
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "a stored prefix is skipped: " + e.getMessage());
        }
    }

    private static byte[] label(PrefixChain chain, int tokens) {
        return ByteBuffer.allocate(2 * PrefixChain.HASH + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(chain.hash(tokens))
                .put(chain.hash(0))
                .putInt(tokens)
                .array();
    }

    private static String name(byte[] label) throws MalformedDataException {
        if (label.length != 2 * PrefixChain.HASH + Integer.BYTES || tokens(label) < 0) {
            throw new MalformedDataException("a file of slots is no stored prefix");
        }
        return HexFormat.of().formatHex(label, 0, PrefixChain.HASH);
    }

    private static int tokens(byte[] label) {
        return ByteBuffer.wrap(label).order(ByteOrder.LITTLE_ENDIAN).getInt(2 * PrefixChain.HASH);
    }

    /** Writes the states of a whole chain; bytes of the file. */
    long write(PrefixChain chain, List<SlotSnapshot> states) throws IOException {
        byte[] label = label(chain, chain.length());
        writer.write(states, label, file(chain.name(chain.length())));
        return SlotFile.size(states, label);
    }

    /**
     * Maps the states of the first tokens of a chain.
     *
     * @throws MalformedDataException if they are those of other tokens or of another model, or
     *     damaged
     */
    List<SlotSnapshot> read(PrefixChain chain, int tokens) throws IOException {
        Path path = file(chain.name(tokens));
        SlotFile file = SlotFile.read(path);
        if (!Arrays.equals(file.label(), label(chain, tokens))) {
            throw new MalformedDataException(
                    Quoted.name(path) + " has the states of other tokens or another model");
        }
        return file.slots();
    }

    /** Deletes the file of a prefix. */
    void delete(String name) {
        try {
            Files.deleteIfExists(file(name));
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "a stored prefix could not be deleted: " + e.getMessage());
        }
    }

    private Path file(String name) {
        return folder.resolve(name + SUFFIX);
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
