package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.threads.ScratchPool;
import io.github.lightning4j.cpu.threads.WorkerPool;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What every call and session of an opened CPU device shares. Thread-safe. */
public final class Engine implements AutoCloseable {
    /**
     * Blocks, for each thread, between two meetings of the threads that work on one sequence
     * together.
     */
    private static final int BLOCKS_PER_THREAD = 32;

    /**
     * The same for passes without outputs, whose blocks are larger and which keep only the sums of
     * a wave: few enough that these stay in the caches.
     */
    private static final int STATES_PER_THREAD = 8;

    public final Kernels kernels;
    public final WorkerPool pool;
    private final Map<Blocking, Scratch> scratch = new ConcurrentHashMap<>();

    private final Map<Blocking, ScratchPool<TileWorkspace>> tiles = new ConcurrentHashMap<>();
    private final Map<Blocking, BackwardScratch> backwardScratch = new ConcurrentHashMap<>();
    private final Map<Blocking, StateScratch> stateScratch = new ConcurrentHashMap<>();
    private final int backwardWave;

    /**
     * An engine.
     *
     * @param kernels the arithmetic
     * @param threads the number of threads, the caller included
     * @param checkpointBlocks blocks of a wave of the backward pass; 0: the default
     */
    public Engine(Kernels kernels, int threads, int checkpointBlocks) {
        this.kernels = kernels;
        this.pool = new WorkerPool(threads);
        this.backwardWave = checkpointBlocks == 0 ? BackwardWave.DEFAULT_BLOCKS : checkpointBlocks;
    }

    /** Pools of scratch of backward passes. */
    record BackwardScratch(
            ScratchPool<BackwardWorkspace> workspaces, ScratchPool<BackwardWave> waves) {}

    /** The pools of backward passes for one blocking. */
    BackwardScratch backwardScratch(Blocking blocking) {
        return backwardScratch.computeIfAbsent(
                blocking,
                b ->
                        new BackwardScratch(
                                new ScratchPool<>(() -> new BackwardWorkspace(b)),
                                new ScratchPool<>(() -> new BackwardWave(b, backwardWave))));
    }

    /** Blocks of a wave of a backward pass. */
    int backwardWave() {
        return backwardWave;
    }

    /** Pools of scratch of passes without outputs. */
    record StateScratch(
            ScratchPool<StateWorkspace> workspaces, ScratchPool<Updates<Panels>> waves) {}

    /** The pools of passes without outputs for one blocking. */
    StateScratch stateScratch(Blocking blocking) {
        return stateScratch.computeIfAbsent(
                blocking,
                b ->
                        new StateScratch(
                                new ScratchPool<>(() -> new StateWorkspace(b)),
                                new ScratchPool<>(() -> stateWave(b))));
    }

    private Updates<Panels> stateWave(Blocking blocking) {
        int blocks = STATES_PER_THREAD * pool.threads();
        return new Updates<>(blocks, () -> new Panels(blocking, blocking.keyDim()));
    }

    /** Pools of scratch for one blocking. */
    record Scratch(ScratchPool<Workspace> workspaces, ScratchPool<Updates<Matrix>> waves) {}

    /** The pools for one blocking. */
    Scratch scratch(Blocking blocking) {
        Scratch there = scratch.get(blocking);
        return there != null ? there : scratch.computeIfAbsent(blocking, this::makeScratch);
    }

    private Scratch makeScratch(Blocking blocking) {
        return new Scratch(
                new ScratchPool<>(() -> new Workspace(blocking)),
                new ScratchPool<>(() -> new Updates<>(waveBlocks(), blocking::state)));
    }

    /** The pool of tiles of scores for one blocking. */
    ScratchPool<TileWorkspace> tiles(Blocking blocking) {
        return tiles.computeIfAbsent(blocking, b -> new ScratchPool<>(() -> new TileWorkspace(b)));
    }

    /** Blocks of a wave: what {@link ForwardPass} computes between two meetings of the threads. */
    int waveBlocks() {
        return BLOCKS_PER_THREAD * pool.threads();
    }

    @Override
    public void close() {
        pool.close();
        scratch.clear();
        tiles.clear();
        backwardScratch.clear();
        stateScratch.clear();
    }
}
