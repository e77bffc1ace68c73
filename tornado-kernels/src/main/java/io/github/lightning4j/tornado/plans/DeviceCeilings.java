package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.Ceilings;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.devices.TornadoDevices;
import io.github.lightning4j.tornado.kernels.CeilingKernels;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.Homes;
import io.github.lightning4j.tornado.tasks.TaskGrids;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The most that a device can do in kernels that TornadoVM compiles, by the device's own clock: the
 * best of several runs of {@link CeilingKernels}. Their results are checked, because a kernel that
 * does not run is fast.
 *
 * <p>Used by one thread at a time, and only under {@link DeviceLock}.
 */
public final class DeviceCeilings implements AutoCloseable {
    /** The smallest working set, larger than any cache. */
    private static final long LEAST_BYTES = 256L << 20;

    private static final long MOST_BYTES = 1L << 30;

    /** Enough to fill any GPU several times. */
    private static final int GPU_THREADS = 1 << 18;

    private static final int OTHER_THREADS = 1 << 10;

    /** Operations of a run; a GPU does them in a millisecond, a CPU in some tenths of a second. */
    private static final long OPERATIONS = 1L << 35;

    private static final int PERIOD = 8;
    private static final int MOST_RUNS = 20;
    private static final long MOST_NANOS = 400_000_000L;

    private static final AtomicInteger NAMES = new AtomicInteger();

    private static final int FLOPS = 0;
    private static final int READ = 1;

    private final DeviceArrays arrays;
    private final int threads;
    private final int flopRounds;
    private final int readRounds;
    private final FloatArray chains;
    private final FloatArray sums;
    private final TornadoExecutionPlan plan;

    private DeviceCeilings(TornadoDevice device, long bytes, DeviceArrays arrays) {
        this.arrays = arrays;
        boolean gpu = TornadoDevices.isGpu(device);
        threads = gpu ? GPU_THREADS : OTHER_THREADS;
        flopRounds =
                (int)
                        ((gpu ? OPERATIONS : OPERATIONS >> 4)
                                / (2L * CeilingKernels.CHAINS * threads));
        readRounds = (int) (bytes / Float.BYTES / CeilingKernels.AT_ONCE / threads);
        chains = arrays.floats(threads);
        sums = arrays.floats(threads);
        FloatArray numbers = arrays.floats(numbers());
        fill(numbers);
        String name = "ceilings" + NAMES.incrementAndGet();
        TaskGrids adds = new TaskGrids(new GridScheduler(), name + "Flops");
        TaskGrids reads = adds.of(name + "Read");
        TaskGraph adding =
                new TaskGraph(adds.graph())
                        .transferToDevice(DataTransferMode.EVERY_EXECUTION, chains);
        TaskGraph reading =
                new TaskGraph(reads.graph())
                        .transferToDevice(DataTransferMode.FIRST_EXECUTION, numbers, sums);
        if (gpu) {
            KernelContext context = new KernelContext();
            adding.task("adds", CeilingKernels::multiplyAddsInGroups, context, chains, flopRounds);
            adds.groups("adds", threads / CeilingKernels.THREADS, CeilingKernels.THREADS);
            reading.task(
                    "reads",
                    CeilingKernels::readInGroups,
                    context,
                    numbers,
                    sums,
                    threads,
                    readRounds);
            reads.groups("reads", threads / CeilingKernels.THREADS, CeilingKernels.THREADS);
        } else {
            adding.task("adds", CeilingKernels::multiplyAdds, chains, threads, flopRounds);
            reading.task("reads", CeilingKernels::read, numbers, sums, threads, readRounds);
        }
        adding.transferToHost(DataTransferMode.EVERY_EXECUTION, chains);
        reading.transferToHost(DataTransferMode.EVERY_EXECUTION, sums);
        plan = new TornadoExecutionPlan(adding.snapshot(), reading.snapshot());
        adds.apply(plan, device);
        plan.withProfiler(ProfilerMode.SILENT);
    }

    /** 0 … 7 again and again, by copies that double. */
    private void fill(FloatArray numbers) {
        for (int i = 0; i < PERIOD; i++) {
            numbers.set(i, i);
        }
        MemorySegment all = numbers.getSegment();
        long bytes = (long) numbers() * Float.BYTES;
        for (long done = PERIOD * Float.BYTES; done < bytes; done *= 2) {
            MemorySegment.copy(all, 0, all, done, Math.min(done, bytes - done));
        }
    }

    private int numbers() {
        return CeilingKernels.AT_ONCE * threads * readRounds;
    }

    /** Whether there is room to measure. */
    public static boolean fits(PlanPool pool) {
        return room(pool) >= LEAST_BYTES;
    }

    private static long room(PlanPool pool) {
        return Math.min((pool.memory() - pool.bytes()) / 2, pool.maxElements() * Float.BYTES);
    }

    /** The working set for {@code wantedBytes}, within the bounds. */
    static long size(PlanPool pool, long wantedBytes) {
        return Long.highestOneBit(
                Math.min(room(pool), Math.clamp(wantedBytes, LEAST_BYTES, MOST_BYTES)));
    }

    /**
     * Measures both rates.
     *
     * @param pool counts the memory
     * @param bytes of the working set, a {@link #size}
     */
    static Ceilings measure(PlanPool pool, long bytes) {
        TornadoDevice device = pool.device();
        DeviceCeilings ceilings =
                pool.counted(
                        bytes,
                        "measuring the device",
                        () ->
                                DeviceArrays.fill(
                                        device,
                                        Homes.NONE,
                                        arrays -> new DeviceCeilings(device, bytes, arrays)));
        try (ceilings) {
            return ceilings.measure(bytes);
        } finally {
            pool.release(bytes);
        }
    }

    private Ceilings measure(long bytes) {
        double operations = 2.0 * CeilingKernels.CHAINS * threads * flopRounds;
        double flops = operations / best(FLOPS, this::checkChains);
        double read = (double) Float.BYTES * numbers() / best(READ, this::checkSums);
        return new Ceilings(flops, read, bytes, threads);
    }

    /** Seconds of the shortest run. */
    private double best(int graph, Runnable check) {
        long best = Long.MAX_VALUE;
        long spent = 0;
        for (int i = 0; i < MOST_RUNS && (i < 3 || spent < MOST_NANOS); i++) {
            chains.init(1f);
            sums.init(Float.NaN);
            long nanos = plan.withGraph(graph).execute().getProfilerResult().getDeviceKernelTime();
            check.run();
            best = Math.min(best, nanos);
            spent += nanos;
        }
        if (best <= 0) {
            throw new BackendException("the device's clock says that kernels take no time");
        }
        return best / 1e9;
    }

    /** s ← s/2 + 1 goes to 2 from anywhere, and there are eight of them. */
    private void checkChains() {
        check(chains.get(threads - 1), 2.0 * CeilingKernels.CHAINS);
    }

    private void checkSums() {
        double sum = 0;
        for (int i = 0; i < threads; i++) {
            sum += sums.get(i);
        }
        check(sum, (double) numbers() / PERIOD * (PERIOD * (PERIOD - 1) / 2));
    }

    private static void check(double found, double expected) {
        if (!(Math.abs(found - expected) <= 1e-5 * expected)) {
            throw new BackendException(
                    String.format(
                            Locale.ROOT,
                            "a kernel that measures the device gave %s instead of %s",
                            found,
                            expected));
        }
    }

    @Override
    public void close() {
        arrays.closeAfter(plan);
    }
}
