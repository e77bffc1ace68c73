package io.github.lightning4j.serving;

import io.github.lightning4j.SlotSnapshot;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * Which prefixes are stored where, within the budgets of memory and disk. Thread-safe; it touches
 * no files itself.
 */
final class PrefixIndex {
    private final long hostBudget;
    private final long diskBudget;
    private final Map<String, PrefixEntry> entries = new HashMap<>();

    /** How many prefixes there are of each length: only these lengths are looked up. */
    private final TreeMap<Integer, Integer> lengths = new TreeMap<>();

    private long hostBytes;
    private long diskBytes;
    private long tick;

    /** An empty index with two budgets in bytes. */
    PrefixIndex(long hostBudget, long diskBudget) {
        this.hostBudget = hostBudget;
        this.diskBudget = diskBudget;
    }

    /**
     * What was taken out to make room.
     *
     * @param name hash of the prefix
     * @param hostBytes in memory; 0: it stays there, or was not there
     * @param diskBytes in its file, which is to be deleted; 0: it stays, or there is none
     */
    record Evicted(String name, long hostBytes, long diskBytes) {}

    /**
     * What is known of a prefix.
     *
     * @param name its hash
     * @param tokens how many it has
     * @param host states in memory; empty: they are in its file
     */
    record Found(String name, int tokens, List<SlotSnapshot> host) {}

    /** The longest stored prefix of a chain that is no longer than so many tokens. */
    synchronized @Nullable Found longest(PrefixChain chain, int most) {
        for (int length : lengths.headMap(most, true).descendingKeySet()) {
            PrefixEntry entry = entries.get(chain.name(length));
            if (entry != null) {
                tick++;
                entry.use(tick);
                return new Found(entry.name(), entry.tokens(), entry.host());
            }
        }
        return null;
    }

    /**
     * Takes a prefix in, or other places of one that is there.
     *
     * @param states to be kept in memory; empty: they are not
     * @param fileBytes of its file; 0: it has none
     */
    synchronized List<Evicted> put(
            String name, int tokens, List<SlotSnapshot> states, long fileBytes) {
        PrefixEntry entry = entries.get(name);
        if (entry == null) {
            entry = new PrefixEntry(name, tokens);
            entries.put(name, entry);
            lengths.merge(tokens, 1, Integer::sum);
        }
        tick++;
        entry.use(tick);
        if (!states.isEmpty()) {
            hostBytes -= entry.hostBytes();
            entry.setHost(states);
            hostBytes += entry.hostBytes();
        }
        if (fileBytes > 0) {
            diskBytes += fileBytes - entry.diskBytes();
            entry.setDisk(fileBytes);
        }
        List<Evicted> evicted = new ArrayList<>();
        while (hostBytes > hostBudget) {
            PrefixEntry least = least(PrefixEntry::hostBytes);
            evicted.add(new Evicted(least.name(), least.hostBytes(), 0));
            dropHost(least);
        }
        while (diskBytes > diskBudget) {
            PrefixEntry least = least(PrefixEntry::diskBytes);
            evicted.add(new Evicted(least.name(), 0, least.diskBytes()));
            dropDisk(least);
        }
        return evicted;
    }

    private PrefixEntry least(ToLongFunction<PrefixEntry> bytes) {
        return entries.values().stream()
                .filter(entry -> bytes.applyAsLong(entry) > 0)
                .min(
                        Comparator.comparingDouble((PrefixEntry entry) -> entry.value(tick))
                                .thenComparing(PrefixEntry::name))
                .orElseThrow();
    }

    private void dropHost(PrefixEntry entry) {
        hostBytes -= entry.hostBytes();
        entry.setHost(List.of());
        forgetIfNowhere(entry);
    }

    private void dropDisk(PrefixEntry entry) {
        diskBytes -= entry.diskBytes();
        entry.setDisk(0);
        forgetIfNowhere(entry);
    }

    private void forgetIfNowhere(PrefixEntry entry) {
        if (entry.isNowhere()) {
            entries.remove(entry.name());
            lengths.computeIfPresent(entry.tokens(), (n, count) -> count == 1 ? null : count - 1);
        }
    }

    /** The file of a prefix cannot be used; its bytes, or 0 where that is known already. */
    synchronized long dropFile(String name) {
        PrefixEntry entry = entries.get(name);
        long bytes = entry == null ? 0 : entry.diskBytes();
        if (entry != null && bytes > 0) {
            dropDisk(entry);
        }
        return bytes;
    }

    /** Prefixes, and the bytes of them. */
    synchronized PrefixUsage usage() {
        return new PrefixUsage(entries.size(), hostBytes, diskBytes);
    }
}
