package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.spi.BlockRing;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.random.RandomGenerator;

class BlockRingTest {
    private static final int GRID = 32;

    private static void assertSame(BlockRing expected, BlockRing actual) {
        assertEquals(expected.tokens(), actual.tokens());
        assertEquals(expected.first(), actual.first());
        assertEquals(expected.rows(), actual.rows());
        assertEquals(expected.current(), actual.current());
        assertEquals(expected.kept(), actual.kept());
        assertEquals(expected.earliest(), actual.earliest());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 32, 33, 100})
    void itDoesNotDependOnHowTokensAreCut(int rollback) {
        RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        for (int i = 0; i < 200; i++) {
            BlockRing whole = new BlockRing(GRID, rollback);
            BlockRing cut = new BlockRing(GRID, rollback);
            long begin = random.nextInt(100);
            whole.restart(begin);
            cut.restart(begin);
            long tokens = random.nextInt(300);
            whole.advance(tokens);
            for (long done = 0; done < tokens; ) {
                long more = Math.min(tokens - done, random.nextInt(50));
                cut.advance(more);
                done += more;
            }
            assertSame(whole, cut);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 32, 33, 100})
    void asManyTokensAsWereAskedForCanBeTakenBackAndComeAgain(int rollback) {
        BlockRing ring = new BlockRing(GRID, rollback);
        BlockRing before = new BlockRing(GRID, rollback);
        for (int tokens = 0; tokens < 300; tokens++) {
            long least = Math.max(0, tokens - rollback);
            assertTrue(ring.earliest() <= least, tokens + " tokens");
            before.set(ring);
            ring.truncate(least);
            assertEquals(least, ring.tokens());
            ring.advance(tokens - least);
            assertSame(before, ring);
            ring.advance(1);
        }
    }

    /** Blocks end at multiples of the grid even where a state in between was written. */
    @Test
    void theFirstBlockAfterARestartEndsAtTheGrid() {
        BlockRing ring = new BlockRing(GRID, 0);
        ring.restart(45);
        assertEquals(19, ring.capacity(ring.first()));
        ring.advance(19);
        assertEquals(64, ring.first());
        assertEquals(0, ring.rows());
        assertEquals(GRID, ring.capacity(ring.first()));
    }
}
