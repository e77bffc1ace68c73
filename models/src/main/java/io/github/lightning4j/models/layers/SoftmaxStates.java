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
