package io.github.lightning4j.models.layers;

import io.github.lightning4j.PackedSequences;

import java.util.ArrayList;
import java.util.List;

/** {@link LayerStates} of a softmax layer: a key-value cache for each sequence. */
public final class SoftmaxStates implements LayerStates {
    /** Tokens whose queries pass over the cache together. */
    private static final int TILE = 32;

    private final AroundSoftmax layer;
    private final CacheBudget budget;
    private final KeyValueCache[] caches;

    /** Some tokens of one sequence and one key-value head. */
    private record Tile(KeyValueCache cache, int head, int row, int rows, int firstPosition) {}

    SoftmaxStates(AroundSoftmax layer, StateOptions options) {
        this.layer = layer;
        budget = options.budget();
        caches = new KeyValueCache[options.sequences()];
        for (int i = 0; i < caches.length; i++) {
            caches[i] = new KeyValueCache(layer.keyValueHeads(), layer.dim());
        }
    }

    @Override
    public int sequences() {
        return caches.length;
    }

    @Override
    public void clear(int sequence) {
        truncate(sequence, 0);
    }

    @Override
    public void copy(int from, int to) {
        if (from != to) {
            budget.check(caches[from].bytes() - caches[to].bytes());
            clear(to);
            budget.take(caches[from].bytes());
            caches[to].copyFrom(caches[from]);
        }
    }

    @Override
    public long tokens(int sequence) {
        return caches[sequence].tokens();
    }

    @Override
    public long earliest(int sequence) {
        return 0;
    }

    @Override
    public void truncate(int sequence, long tokens) {
        KeyValueCache cache = caches[sequence];
        if (tokens < 0 || tokens > cache.tokens()) {
            throw new IllegalArgumentException(
                    "tokens is " + tokens + "; it must be 0 ... " + cache.tokens());
        }
        long before = cache.bytes();
        cache.truncate((int) tokens);
        budget.giveBack(before - cache.bytes());
    }

    @Override
    public long bytes() {
        long bytes = 0;
        for (KeyValueCache cache : caches) {
            bytes += cache.bytes();
        }
        return bytes;
    }

    @Override
    public long growth(int sequence, long more) {
        return caches[sequence].growth(more);
    }

    /**
     * Elements of a token's keys, and of its values.
     *
     * @return KV · D
     */
    public int width() {
        return layer.keyValueHeads() * layer.dim();
    }

    /**
     * Copies what is cached of some tokens of a sequence.
     *
     * @param sequence which
     * @param from the first of the tokens
     * @param keys [n, KV · D], written: those of n tokens, turned
     * @param values [n, KV · D], written
     * @throws IllegalArgumentException if the cache has fewer tokens, or the rows another width
     */
    public void read(int sequence, int from, Activations keys, Activations values) {
        checkRows(keys, values);
        KeyValueCache cache = caches[sequence];
        if (from < 0 || from > cache.tokens() - keys.rows()) {
            throw new IllegalArgumentException(
                    "from is "
                            + from
                            + "; it must be 0 ... "
                            + (cache.tokens() - keys.rows())
                            + " for "
                            + keys.rows()
                            + " tokens");
        }
        cache.read(from, keys, values);
    }

    /**
     * Appends keys and values that were read.
     *
     * @param sequence which
     * @param keys [n, KV · D], turned
     * @param values [n, KV · D]
     * @throws IllegalArgumentException if the rows have another width
     * @throws io.github.lightning4j.InsufficientMemoryException if the cache would pass its limit;
     *     nothing was appended
     */
    public void restore(int sequence, Activations keys, Activations values) {
        checkRows(keys, values);
        budget.take(growth(sequence, keys.rows()));
        caches[sequence].append(keys, values, 0, keys.rows());
    }

    private void checkRows(Activations keys, Activations values) {
        if (keys.width() != width() || values.width() != width() || keys.rows() != values.rows()) {
            throw new IllegalArgumentException(
                    "keys are "
                            + keys
                            + ", values "
                            + values
                            + "; both must have the same rows, of "
                            + width());
        }
    }

    /** The cache of a sequence. */
    KeyValueCache cache(int sequence) {
        return caches[sequence];
    }

    @Override
    public Activations append(int[] which, PackedSequences lengths, Activations x) {
        Positions.check(which, lengths, x, layer.hidden());
        long growth = 0;
        for (int r = 0; r < which.length; r++) {
            growth += growth(which[r], lengths.length(r));
        }
        budget.take(growth);
        long[] positions = Positions.of(which, lengths, this::tokens);
        Activations q = layer.queries(x, positions);
        Activations k = layer.keys(x, positions);
        Activations v = layer.values(x);
        List<Tile> tiles = new ArrayList<>();
        for (int r = 0; r < which.length; r++) {
            KeyValueCache cache = caches[which[r]];
            int start = (int) lengths.start(r);
            int count = (int) lengths.length(r);
            int before = cache.tokens();
            cache.append(k, v, start, count);
            for (int row = 0; row < count; row += TILE) {
                int rows = Math.min(TILE, count - row);
                for (int head = 0; head < layer.keyValueHeads(); head++) {
                    tiles.add(new Tile(cache, head, start + row, rows, before + row));
                }
            }
        }
        Activations o = layer.compute().rows(x.rows(), q.width());
        layer.compute()
                .forEach(
                        tiles.size(),
                        i -> {
                            Tile tile = tiles.get(i);
                            new SoftmaxTile(layer, tile.cache(), tile.head(), tile.rows())
                                    .attend(q, o, tile.row(), tile.firstPosition());
                        });
        Activations result = layer.output().apply(o);
        layer.compute().recycle(q, k, v, o);
        return result;
    }

    /** Gives the caches back. */
    @Override
    public void close() {
        for (int i = 0; i < caches.length; i++) {
            clear(i);
        }
    }
}
