package io.github.lightning4j.models.layers;

import java.util.ArrayList;
import java.util.List;

/**
 * Keys and values of one sequence, in pages of {@value #PAGE} tokens. Keys lie as rows and values
 * as columns: so both products of attention read rows, and no page is ever copied to grow. Not
 * thread-safe; reading by many threads is.
 */
final class KeyValueCache {
    /** Tokens of a page. */
    static final int PAGE = 64;

    private final int heads;
    private final int dim;

    /** [KV, PAGE, D] each. */
    private final List<float[]> keys = new ArrayList<>();

    /** [KV, D, PAGE] each. */
    private final List<float[]> values = new ArrayList<>();

    private int tokens;

    KeyValueCache(int heads, int dim) {
        this.heads = heads;
        this.dim = dim;
    }

    int tokens() {
        return tokens;
    }

    /** Memory of the pages. */
    long bytes() {
        return keys.size() * pageBytes();
    }

    private long pageBytes() {
        return 2L * heads * dim * PAGE * Float.BYTES;
    }

    /** How much more memory some more tokens need. */
    long growth(long more) {
        return (Math.ceilDiv(tokens + more, (long) PAGE) - keys.size()) * pageBytes();
    }

    /** A page of keys, [KV, PAGE, D]. */
    float[] keys(int page) {
        return keys.get(page);
    }

    /** A page of values, [KV, D, PAGE]. */
    float[] values(int page) {
        return values.get(page);
    }

    /** Appends some rows [KV · D] of k and v. */
    void append(Activations k, Activations v, int from, int count) {
        for (int row = from; row < from + count; row++) {
            int page = tokens / PAGE;
            int at = tokens % PAGE;
            if (page == keys.size()) {
                keys.add(new float[heads * PAGE * dim]);
                values.add(new float[heads * PAGE * dim]);
            }
            float[] rows = keys.get(page);
            float[] columns = values.get(page);
            for (int h = 0; h < heads; h++) {
                int source = row * k.width() + h * dim;
                System.arraycopy(k.values(), source, rows, (h * PAGE + at) * dim, dim);
                for (int d = 0; d < dim; d++) {
                    columns[(h * dim + d) * PAGE + at] = v.values()[source + d];
                }
            }
            tokens++;
        }
    }

    /** Copies tokens from one on to all rows [KV · D] of k and v. */
    void read(int from, Activations k, Activations v) {
        for (int row = 0; row < k.rows(); row++) {
            int page = (from + row) / PAGE;
            int at = (from + row) % PAGE;
            float[] rows = keys.get(page);
            float[] columns = values.get(page);
            for (int h = 0; h < heads; h++) {
                int target = row * k.width() + h * dim;
                System.arraycopy(rows, (h * PAGE + at) * dim, k.values(), target, dim);
                for (int d = 0; d < dim; d++) {
                    v.values()[target + d] = columns[(h * dim + d) * PAGE + at];
                }
            }
        }
    }

    /** Forgets the last tokens, and gives their pages back. */
    void truncate(int remaining) {
        tokens = remaining;
        int pages = Math.ceilDiv(remaining, PAGE);
        while (keys.size() > pages) {
            keys.removeLast();
            values.removeLast();
        }
    }

    /** Becomes the same as another. */
    void copyFrom(KeyValueCache other) {
        truncate(0);
        other.keys.forEach(page -> keys.add(page.clone()));
        other.values.forEach(page -> values.add(page.clone()));
        tokens = other.tokens;
    }
}
