package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.devices.TornadoDevices;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/**
 * The grids of a graph's tiled tasks, all of groups that divide them. Loops marked
 * {@code @Parallel} have none: TornadoVM replaces their bounds by the grid's, in an order of its
 * own.
 *
 * @param scheduler gets the grids
 * @param graph the graph's name
 * @param prefix before the names of tasks, which a graph has but once each
 */
public record TaskGrids(GridScheduler scheduler, String graph, String prefix) {
    /** Of a graph in which no other tasks have these names. */
    public TaskGrids(GridScheduler scheduler, String graph) {
        this(scheduler, graph, "");
    }

    /** Another graph of the same plan. */
    public TaskGrids of(String otherGraph) {
        return new TaskGrids(scheduler, otherGraph, prefix);
    }

    /** What a task is called in its graph. */
    String name(String task) {
        return prefix + task;
    }

    /** So many groups of so many threads. */
    public void groups(String task, int groups, int threads) {
        WorkerGrid1D grid = new WorkerGrid1D(Math.multiplyExact(groups, threads));
        grid.setLocalWork(threads, 1, 1);
        scheduler.addWorkerGrid(graph + "." + name(task), grid);
    }

    /** Sets up a plan of graphs that have these grids. */
    public void apply(TornadoExecutionPlan plan, TornadoDevice device) {
        apply(scheduler, plan, device);
    }

    /**
     * Sets up a plan of graphs that have such grids.
     *
     * <p>On a GPU through OpenCL the driver chooses groups for loops. TornadoVM's own choice, up to
     * 961 threads, knows nothing of the registers that a kernel needs, and some are then not
     * launched.
     */
    public static void apply(GridScheduler grids, TornadoExecutionPlan plan, TornadoDevice device) {
        plan.withDevice(device);
        if (TornadoDevices.isGpu(device) && device.getTornadoVMBackend().name().equals("OPENCL")) {
            plan.withDefaultScheduler();
        }
        if (!grids.keySet().isEmpty()) {
            plan.withGridScheduler(grids);
        }
    }
}
