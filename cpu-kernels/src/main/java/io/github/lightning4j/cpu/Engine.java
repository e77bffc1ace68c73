package io.github.lightning4j.cpu;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What every call and session of an opened CPU device shares. Thread-safe. */
final class Engine implements AutoCloseable {
    /** Blocks between two meetings of the threads that work on one sequence together. */
    private static final int BLOCKS_PER_THREAD = 32;

    final Kernels kernels;
    final WorkerPool pool;
    private final Map<Blocking, Scratch> scratch = new ConcurrentHashMap<>();

    Engine(Kernels kernels, int threads) {
        this.kernels = kernels;
        this.pool = new WorkerPool(threads);
    }

    /** Pools of scratch for one blocking. */
    record Scratch(ScratchPool<Workspace> workspaces, ScratchPool<float[][]> waves) {}

    /** The pools for one blocking. */
    Scratch scratch(Blocking blocking) {
        return scratch.computeIfAbsent(
                blocking,
                b ->
                        new Scratch(
                                new ScratchPool<>(() -> new Workspace(b)),
                                new ScratchPool<>(() -> new float[waveBlocks()][b.updateSize()])));
    }

    /** Blocks of a wave: what {@link ForwardPass} computes between two meetings of the threads. */
    int waveBlocks() {
        return BLOCKS_PER_THREAD * pool.threads();
    }

    @Override
    public void close() {
        pool.close();
        scratch.clear();
    }
}
