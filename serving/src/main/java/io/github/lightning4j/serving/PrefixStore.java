package io.github.lightning4j.serving;

import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.serving.ServiceMetrics.Tier;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * States of prefixes, so that a prompt that begins as another did need not be computed again: a
 * conversation that begins from a stored prefix goes on as if its tokens had been appended, bit for
 * bit.
 *
 * <p>A prefix is found by the hash of its tokens and of what computed it ({@link PrefixChain}), the
 * longest one that is stored, whatever its length. It is stored with the states of all layers,
 * whole or not at all.
 *
 * <p>It is kept in memory and, where there is a folder, in a file, each within a budget of bytes;
 * the prefixes of least value go first, which is the number of tokens times how recently they were
 * used. Files have checksums, are written beside their place and moved there, so that nothing half
 * written is ever found, and are mapped when they are used. One that is damaged all the same is
 * skipped with a line in the log. If the disk is full, or fails, the prefix stays in memory.
 *
 * <p>Thread-safe. States are immutable: what is continued from them never changes them.
 */
public final class PrefixStore implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PrefixStore.class.getName());

    private final PrefixIndex index;
    private final @Nullable PrefixFolder folder;
    private final Telling metrics;

    private PrefixStore(PrefixIndex index, @Nullable PrefixFolder folder, ServiceMetrics metrics) {
        this.index = index;
        this.folder = folder;
        this.metrics = new Telling(metrics);
    }

    /**
     * Opens a store in memory.
     *
     * @param hostBudget the most bytes of states
     * @param metrics who is told what it does
     * @return an empty store
     */
    public static PrefixStore inMemory(long hostBudget, ServiceMetrics metrics) {
        checkBudget("hostBudget", hostBudget);
        return new PrefixStore(new PrefixIndex(hostBudget, 0), null, metrics);
    }

    /**
     * Opens a store in a folder, with the prefixes that are in it. One store at a time may use a
     * folder.
     *
     * @param folder made if it is not there
     * @param hostBudget the most bytes of states in memory; 0: they are in files alone
     * @param diskBudget the most bytes of files
     * @param metrics who is told what it does
     * @return the store
     * @throws IOException if the folder cannot be used, or another store or service uses it
     */
    public static PrefixStore open(
            Path folder, long hostBudget, long diskBudget, ServiceMetrics metrics)
            throws IOException {
        return open(folder, hostBudget, diskBudget, metrics, StateFolder.Access.MAPPED);
    }

    /** The same with another way to files. */
    static PrefixStore open(
            Path folder,
            long hostBudget,
            long diskBudget,
            ServiceMetrics metrics,
            StateFolder.Access access)
            throws IOException {
        checkBudget("hostBudget", hostBudget);
        checkBudget("diskBudget", diskBudget);
        PrefixFolder files = PrefixFolder.open(folder, access);
        PrefixStore store =
                new PrefixStore(new PrefixIndex(hostBudget, diskBudget), files, metrics);
        try {
            files.visit((name, tokens, bytes) ->
                    store.evict(store.index.put(name, tokens, List.of(), bytes)));
        } catch (IOException | RuntimeException e) {
            files.close();
            throw e;
        }
        return store;
    }

    private static void checkBudget(String name, long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException(name + " is " + bytes + "; it must be >= 0");
        }
    }

    /**
     * Stores the states after all tokens of a chain; when this returns they are in a file, if there
     * is a folder and its disk has room.
     *
     * @param chain the tokens
     * @param states of all layers, of {@link Conversation#snapshot}
     * @throws IllegalArgumentException if the states have another number of tokens
     */
    public void put(PrefixChain chain, List<SlotSnapshot> states) {
        if (states.isEmpty()) {
            throw new IllegalArgumentException("states is empty; there must be one for each layer");
        }
        for (int layer = 0; layer < states.size(); layer++) {
            if (states.get(layer).tokens() != chain.length()) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "the state of layer %d has %d tokens; the chain has %d",
                                layer,
                                states.get(layer).tokens(),
                                chain.length()));
            }
        }
        List<SlotSnapshot> all = List.copyOf(states);
        long bytes = all.stream().mapToLong(SlotSnapshot::bytes).sum();
        long fileBytes = write(chain, all, bytes);
        metrics.tell(told -> told.stored(Tier.HOST, bytes));
        evict(index.put(chain.name(chain.length()), chain.length(), all, fileBytes));
    }

    /** Writes the file; its bytes, or 0 where there is none. */
    private long write(PrefixChain chain, List<SlotSnapshot> states, long bytes) {
        if (folder == null) {
            return 0;
        }
        try {
            long written = folder.write(chain, states);
            metrics.tell(told -> told.stored(Tier.DISK, written));
            return written;
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "a prefix stays in memory alone: " + e.getMessage());
            metrics.tell(told -> told.writeFailed(bytes));
            return 0;
        }
    }

    private void evict(List<PrefixIndex.Evicted> evicted) {
        for (PrefixIndex.Evicted each : evicted) {
            if (each.hostBytes() > 0) {
                metrics.tell(told -> told.evicted(Tier.HOST, each.hostBytes()));
            } else {
                delete(each.name(), each.diskBytes());
            }
        }
    }

    private void delete(String name, long bytes) {
        if (folder != null) {
            folder.delete(name);
        }
        metrics.tell(told -> told.evicted(Tier.DISK, bytes));
    }

    /**
     * Finds the longest stored prefix of some tokens.
     *
     * @param chain the tokens
     * @return the prefix, or empty where none is stored
     */
    public Optional<PrefixHit> longest(PrefixChain chain) {
        int most = chain.length();
        PrefixHit hit = null;
        while (hit == null) {
            PrefixIndex.Found found = index.longest(chain, most);
            if (found == null) {
                break;
            }
            hit = load(chain, found);
            most = found.tokens() - 1;
        }
        int tokens = hit == null ? 0 : hit.tokens();
        metrics.tell(told -> told.looked(tokens, chain.length()));
        return Optional.ofNullable(hit);
    }

    private @Nullable PrefixHit load(PrefixChain chain, PrefixIndex.Found found) {
        if (!found.host().isEmpty() || folder == null) {
            return new PrefixHit(found.tokens(), found.host());
        }
        try {
            return new PrefixHit(found.tokens(), folder.read(chain, found.tokens()));
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "a stored prefix is skipped: " + e.getMessage());
            long bytes = index.dropFile(found.name());
            if (bytes > 0) {
                delete(found.name(), bytes);
            }
            return null;
        }
    }

    /**
     * What it has at the moment.
     *
     * @return counts
     */
    public PrefixUsage usage() {
        return index.usage();
    }

    /** Gives the folder back. What is in memory can be garbage-collected then. */
    @Override
    public void close() {
        if (folder != null) {
            folder.close();
        }
    }
}
