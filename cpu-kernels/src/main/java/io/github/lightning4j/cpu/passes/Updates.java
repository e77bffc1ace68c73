package io.github.lightning4j.cpu.passes;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A matrix for each block of a wave, made when it is first asked for: all at once they may be
 * hundreds of megabytes, and nobody could interrupt their zeroing. Threads may ask for different
 * ones at the same time; for one of them they must take turns.
 *
 * @param <M> how matrices are kept
 */
final class Updates<M> {
    private final List<@Nullable M> made;
    private final Supplier<M> make;

    /** For as many blocks; none is made yet. */
    Updates(int blocks, Supplier<M> make) {
        this.made = new ArrayList<@Nullable M>(blocks);
        for (int i = 0; i < blocks; i++) {
            made.add(null);
        }
        this.make = make;
    }

    /** Blocks of a wave. */
    int blocks() {
        return made.size();
    }

    /** That of block i of the wave; zeros when it is new. */
    M of(int i) {
        M there = made.get(i);
        if (there == null) {
            there = make.get();
            made.set(i, there);
        }
        return there;
    }
}
