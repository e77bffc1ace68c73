package io.github.lightning4j.serving;

import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.SlotFile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/**
 * The files of a {@link PrefixStore}, one for each prefix, which has its hash for a name and in its
 * label the hash, the number of its tokens and the hash of what computed it. One store at a time
 * has a folder, also among processes. Thread-safe.
 */
final class PrefixFolder implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PrefixFolder.class.getName());

    private final StateFolder files;

    /** Told of each prefix that is there. */
    interface Visitor {
        /** A prefix has a file. */
        void visit(String name, int tokens, long bytes);
    }

    private PrefixFolder(StateFolder files) {
        this.files = files;
    }

    /**
     * Takes a folder, which is made if it is not there.
     *
     * @throws IOException if it cannot be used, or another store or service has it
     */
    static PrefixFolder open(Path folder, StateFolder.Access access) throws IOException {
        return new PrefixFolder(StateFolder.open(folder, ".prefix", access));
    }

    /** Finds what is there, without reading states, and deletes what was not finished. */
    void visit(Visitor visitor) throws IOException {
        for (String name : files.names()) {
            visit(files.file(name), name, visitor);
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
        return files.write(chain.name(chain.length()), states, label(chain, chain.length()));
    }

    /**
     * Maps the states of the first tokens of a chain.
     *
     * @throws MalformedDataException if they are those of other tokens or of another model, or
     *     damaged
     */
    List<SlotSnapshot> read(PrefixChain chain, int tokens) throws IOException {
        return files.read(
                chain.name(tokens), label(chain, tokens), "other tokens or another model");
    }

    /** Deletes the file of a prefix. */
    void delete(String name) {
        files.delete(name);
    }

    /** Gives the folder back. */
    @Override
    public void close() {
        files.close();
    }
}
