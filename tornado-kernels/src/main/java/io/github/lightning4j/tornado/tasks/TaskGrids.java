package io.github.lightning4j.tornado.tasks;

import io.github.lightning4j.tornado.devices.TornadoDevices;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/**
 * The grids of a graph's tiled tasks, each a multiple of its groups. Loops marked {@code @Parallel}
 * have none, because TornadoVM would replace their bounds by the grid's, in an order of its own.
 *
 * @param scheduler gets the grids
 * @param graph the graph's name
 * @param prefix what the names of tasks begin with, because a graph may have each name only once
 */
public record TaskGrids(GridScheduler scheduler, String graph, String prefix) {
    /** The grids of a graph in which no other tasks have these names. */
    public TaskGrids(GridScheduler scheduler, String graph) {
        this(scheduler, graph, "");
    }

    /** The same for another graph of the plan. */
    public TaskGrids of(String otherGraph) {
        return new TaskGrids(scheduler, otherGraph, prefix);
    }

    /** The name of a task in its graph. */
    String name(String task) {
        return prefix + task;
    }

    /** Sets the grid of a task: {@code groups} groups of {@code threads} threads. */
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
     * <p>On a GPU through OpenCL the driver chooses the groups of loops. TornadoVM would choose up
     * to 961 threads without regard to the registers that a kernel needs, and could not launch
     * some.
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
