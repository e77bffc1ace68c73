package io.github.lightning4j.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;

/**
 * The memory ceiling: reading, copying and a = b + s c over off-heap arrays much larger than the
 * caches. The score {@code bytes} is in bytes a nanosecond, which is GB/s; each array that is read
 * or written counts once, as in STREAM, though writing usually reads the line first.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgs = {
            "-Xmx4g",
            "--add-modules=jdk.incubator.vector",
            "--sun-misc-unsafe-memory-access=allow"
        })
public class MemoryBandwidth {
    private static final float FACTOR = 3;

    /** For JMH. */
    public MemoryBandwidth() {}

    /** Three arrays, of which each thread has a share. */
    @State(Scope.Benchmark)
    @SuppressWarnings("NullAway.Init") // JMH calls prepare() before anything else
    public static class Arrays {
        /** MiB of an array. */
        @Param("512")
        public int mebibytes;

        // The shares are checked after this state's end, so the garbage collector frees it.
        private final Arena arena = Arena.ofAuto();

        private MemorySegment a;
        private MemorySegment b;
        private MemorySegment c;

        /** For JMH. */
        public Arrays() {}

        /** Allocates and fills them. */
        @Setup
        public void prepare() {
            long bytes = (long) mebibytes << 20;
            a = arena.allocate(bytes, 64);
            b = arena.allocate(bytes, 64);
            c = arena.allocate(bytes, 64);
            MemoryLoops.fill(b);
            MemoryLoops.fill(c);
        }
    }

    /** A thread's share of the arrays. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // JMH calls prepare() before anything else
    public static class Share {
        private MemorySegment a;
        private MemorySegment b;
        private MemorySegment c;
        private double sum;
        private boolean summed;
        private float factor = Float.NaN;

        /** For JMH. */
        public Share() {}

        /**
         * Cuts the share out.
         *
         * @param arrays what is shared out
         * @param threads how many there are
         */
        @Setup
        public void prepare(Arrays arrays, ThreadParams threads) {
            long pieces = arrays.a.byteSize() / MemoryLoops.PIECE;
            long from = pieces * threads.getThreadIndex() / threads.getThreadCount();
            long to = pieces * (threads.getThreadIndex() + 1) / threads.getThreadCount();
            long at = from * MemoryLoops.PIECE;
            long bytes = (to - from) * MemoryLoops.PIECE;
            a = arrays.a.asSlice(at, bytes);
            b = arrays.b.asSlice(at, bytes);
            c = arrays.c.asSlice(at, bytes);
        }

        /** Checks the last sum, copy or triad: element i is i mod 8 in b and c. */
        @TearDown
        public void check() {
            if (summed) {
                Expected.same("the sum", sum, MemoryLoops.filledSum(b));
                return;
            }
            for (long i = 0; i < a.byteSize() / Float.BYTES; i++) {
                float expected = i % 8 * (1 + factor);
                if (MemoryLoops.get(a, i) != expected) {
                    Expected.same("element " + i, MemoryLoops.get(a, i), expected);
                }
            }
        }

        private void read(Bytes moved) {
            sum = MemoryLoops.sum(b);
            summed = true;
            moved.bytes += b.byteSize();
        }

        private void copy(Bytes moved) {
            a.copyFrom(b);
            factor = 0;
            moved.bytes += 2 * b.byteSize();
        }

        private void triad(Bytes moved) {
            MemoryLoops.triad(a, b, c, FACTOR);
            factor = FACTOR;
            moved.bytes += 3 * b.byteSize();
        }
    }

    /** Bytes that all threads move. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Bytes {
        /** Bytes read and written. */
        public long bytes;

        /** For JMH. */
        public Bytes() {}
    }

    /**
     * Reads an array, one core.
     *
     * @param share the thread's part
     * @param moved counted here
     */
    @Benchmark
    @Threads(1)
    public void readOneCore(Share share, Bytes moved) {
        share.read(moved);
    }

    /**
     * Copies an array, one core.
     *
     * @param share the thread's part
     * @param moved counted here
     */
    @Benchmark
    @Threads(1)
    public void copyOneCore(Share share, Bytes moved) {
        share.copy(moved);
    }

    /**
     * a = b + s c, one core.
     *
     * @param share the thread's part
     * @param moved counted here
     */
    @Benchmark
    @Threads(1)
    public void triadOneCore(Share share, Bytes moved) {
        share.triad(moved);
    }

    /**
     * Reads an array, all cores at once.
     *
     * @param share the thread's part
     * @param moved counted here
     */
    @Benchmark
    @Threads(Threads.MAX)
    public void readAllCores(Share share, Bytes moved) {
        share.read(moved);
    }

    /**
     * Copies an array, all cores at once.
     *
     * @param share the thread's part
     * @param moved counted here
     */
    @Benchmark
    @Threads(Threads.MAX)
    public void copyAllCores(Share share, Bytes moved) {
        share.copy(moved);
    }

    /**
     * a = b + s c, all cores at once.
     *
     * @param share the thread's part
     * @param moved counted here
     */
    @Benchmark
    @Threads(Threads.MAX)
    public void triadAllCores(Share share, Bytes moved) {
        share.triad(moved);
    }
}
