package io.github.lightning4j.cpu.ceilings;

import io.github.lightning4j.Ceilings;
import io.github.lightning4j.cpu.threads.WorkerPool;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures {@link Ceilings} on the threads of a pool: trials of {@link CeilingLoops}, of which the
 * best counts. What the loops compute is checked.
 */
public final class CeilingMeasurement {
    private static final double SECONDS = 0.4;
    private static final double TRIAL_SECONDS = 0.01;

    /** Rounds of a call, few enough that the sums stay exact. */
    private static final int ROUNDS = 1 << 14;

    /** The largest working set: larger than caches are, and small enough to allocate. */
    private static final long MOST_BYTES = 256 << 20;

    /** Bytes between two looks at the clock, enough that these take no time in comparison. */
    private static final long BYTES_BETWEEN_CLOCKS = 1 << 20;

    /** Bytes of a call: many short ones are compiled sooner and better than one long one. */
    private static final long PIECE_BYTES = 1 << 16;

    /** The fewest trials, so that some are of compiled loops. */
    private static final int TRIALS = 10;

    private final WorkerPool pool;

    /** In memory, because the compiler makes a new vector of a constant for each multiply-add. */
    private final float[] factors = {0.5f, 2};

    private CeilingMeasurement(WorkerPool pool) {
        this.pool = pool;
    }

    /** Measures for about a second. */
    public static Ceilings of(WorkerPool pool, long workingSetBytes) {
        CeilingMeasurement measurement = new CeilingMeasurement(pool);
        int threads = pool.threads();
        long step = CeilingLoops.READ_BYTES;
        long share = Math.min(workingSetBytes, MOST_BYTES) / threads / step * step;
        long bytes = Math.max(step, share);
        try (Arena arena = Arena.ofShared()) {
            MemorySegment[] shares = new MemorySegment[threads];
            for (int i = 0; i < threads; i++) {
                shares[i] = arena.allocate(bytes, 64);
            }
            // Pages that were never written may all be the same page.
            pool.forEach(threads, i -> shares[i].fill((byte) 0));
            return new Ceilings(
                    measurement.best(i -> measurement.multiplyAdds()),
                    measurement.best(i -> read(shares[i])),
                    threads * bytes,
                    threads);
        }
    }

    /** Does some work on the share of thread i, and says how much. */
    private interface Work {
        long run(int i);
    }

    private long multiplyAdds() {
        float[] sums = new float[CeilingLoops.sums()];
        CeilingLoops.multiplyAdds(ROUNDS, factors[0], factors[1], sums);
        for (float sum : sums) {
            check(sum, ROUNDS);
        }
        return CeilingLoops.operations(ROUNDS);
    }

    private static long read(MemorySegment share) {
        long read = 0;
        do {
            for (long at = 0; at < share.byteSize(); at += PIECE_BYTES) {
                int bytes = (int) Math.min(PIECE_BYTES, share.byteSize() - at);
                check(CeilingLoops.sum(share, at, bytes), 0);
            }
            read += share.byteSize();
        } while (read < BYTES_BETWEEN_CLOCKS);
        return read;
    }

    private static void check(float actual, float expected) {
        if (actual != expected) {
            throw new IllegalStateException(
                    "a loop computed " + actual + "; it must be " + expected);
        }
    }

    /** The best rate of all trials, all threads together. */
    private double best(Work work) {
        double best = 0;
        long end = System.nanoTime() + (long) (SECONDS * 1e9);
        for (int trials = 0; trials < TRIALS || System.nanoTime() < end; trials++) {
            best = Math.max(best, trial(work));
        }
        return best;
    }

    private double trial(Work work) {
        LongAdder done = new LongAdder();
        long start = System.nanoTime();
        long end = start + (long) (TRIAL_SECONDS * 1e9);
        pool.forEach(
                pool.threads(),
                i -> {
                    long sum = 0;
                    do {
                        sum += work.run(i);
                    } while (System.nanoTime() < end);
                    done.add(sum);
                });
        return done.sum() / ((System.nanoTime() - start) / 1e9);
    }
}
