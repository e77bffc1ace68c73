package io.github.lightning4j.tornado;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.tornado.devices.TornadoDevices;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.plans.ChunkWriter;
import io.github.lightning4j.tornado.plans.ComposedRun;
import io.github.lightning4j.tornado.tasks.BackwardKey;
import io.github.lightning4j.tornado.tasks.BackwardTasks;
import io.github.lightning4j.tornado.tasks.ComposedDecode;
import io.github.lightning4j.tornado.tasks.DecodeTask;
import io.github.lightning4j.tornado.tasks.ForwardTasks;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.TaskChecks;
import io.github.lightning4j.tornado.tasks.TaskGrids;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lightning attention as tasks of a caller's own {@link TaskGraph}, over the caller's arrays, for
 * data that stays on the device. {@link #addForward} goes between the tasks that make q, k and v
 * and those that read o; {@link #setUp} prepares the plan; {@link #check} follows each run.
 *
 * <p>The constructor names how many sequences and tokens there is room for, {@link #batch} or
 * {@link #packed} how many the next run has; nothing is compiled again for that. Arrays are
 * float32, their elements in the order of {@link AttentionConfig#layout()}.
 *
 * <p>The tasks of an object go into one graph and run together; another graph needs another object.
 * A graph may have the tasks of several objects, such as the layers of a model: the names of tasks
 * begin with a number of the object.
 *
 * <p>Not thread-safe. An object owns memory that the graph reads: close it after the plan.
 */
public final class LightningTasks implements AutoCloseable {
    /** The two ways in which the kernels are written. Both compute the same. */
    public enum Kernels {
        /** Plain loops that TornadoVM maps to any device. */
        LOOPS,
        /** Tiles in local memory and registers, with barriers: for GPUs. */
        TILED;

        private static Kernels of(TornadoDevice device) {
            return TornadoDevices.isGpu(device) ? TILED : LOOPS;
        }
    }

    private static final AtomicInteger OBJECTS = new AtomicInteger();

    private final String name = "lightning" + OBJECTS.incrementAndGet();
    private final PlanKey key;
    private final KernelFamily family;
    private final DeviceArrays arrays;
    private final long memory;
    private boolean closed;
    private @Nullable ForwardTasks forward;
    private @Nullable BackwardTasks backward;
    private @Nullable ComposedDecode decoding;
    private int[] table;
    private int ticket;

    /**
     * Tasks with the kernels that suit a device: tiled ones for a GPU, plain loops elsewhere.
     *
     * @param config heads, dimensions, slopes, scale, feature map, layout
     * @param device where the plan will run
     * @param sequences R at most
     * @param tokens tokens of all sequences together at most
     * @throws IllegalArgumentException if {@code sequences} or {@code tokens} is not positive, or
     *     an array would have more elements than an int counts or the device allows
     * @throws BackendException if the JVM was started without flags that keep a failed compilation
     *     from yielding numbers, or the device is too small for the kernels
     */
    public LightningTasks(AttentionConfig config, TornadoDevice device, int sequences, int tokens) {
        this(config, device, sequences, tokens, Kernels.of(device));
    }

    /**
     * Tasks with kernels of the caller's choice.
     *
     * @param config heads, dimensions, slopes, scale, feature map, layout
     * @param device where the plan will run
     * @param sequences R at most
     * @param tokens tokens of all sequences together at most
     * @param kernels how the kernels are written
     * @throws IllegalArgumentException if {@code sequences} or {@code tokens} is not positive, or
     *     an array would have more elements than an int counts or the device allows
     * @throws BackendException if the JVM was started without flags that keep a failed compilation
     *     from yielding numbers, or the device is too small for these kernels
     */
    public LightningTasks(
            AttentionConfig config,
            TornadoDevice device,
            int sequences,
            int tokens,
            Kernels kernels) {
        family =
                switch (kernels) {
                    case LOOPS -> KernelFamily.LOOPS;
                    case TILED -> KernelFamily.TILED;
                };
        key = TaskChecks.key(config, device, sequences, tokens, family);
        memory = TaskChecks.memory(device);
        arrays = new DeviceArrays(device);
        table = new int[key.tableSize()];
        nextRun();
    }

    /**
     * Adds a forward pass, such as a prefill or a piece of one: o is computed from q, k, v and the
     * states, which are updated. With a feature map, q and k are replaced by φ(q) and φ(k).
     *
     * @param graph gets the tasks, and the transfers of their tables; q, k, v, o and the states are
     *     the caller's to transfer or to leave on the device
     * @param name the graph's name
     * @param grids gets an entry for each task that has a grid; the plan needs it: {@link #setUp}
     * @param q queries, [B, H, N, D] or [B, N, H, D]
     * @param k keys, like q
     * @param v values, [B, H, N, E] or [B, N, H, E]
     * @param o outputs, like v
     * @param state [R, H, D, E], zeros or what an earlier run left; the final states afterwards
     * @throws IllegalArgumentException if an array has fewer elements than there is room for
     * @throws BackendException if the pass and its arrays do not fit the device's memory
     */
    public void addForward(
            TaskGraph graph,
            String name,
            GridScheduler grids,
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray o,
            FloatArray state) {
        long keys = (long) key.rows() * key.config().keyDim();
        long values = (long) key.rows() * key.config().valueDim();
        TaskChecks.elements("q", q, keys);
        TaskChecks.elements("k", k, keys);
        TaskChecks.elements("v", v, values);
        TaskChecks.elements("o", o, values);
        TaskChecks.elements("state", state, key.stateElements());
        TaskChecks.first(forward);
        TaskChecks.fits("a forward pass", key, family, memory);
        ForwardTasks tasks = new ForwardTasks(key, family, arrays);
        tasks.addTransfers(graph);
        tasks.addTo(
                graph,
                grids(grids, name, "forward"),
                new ForwardTasks.Arrays(q, k, v, o, state),
                false,
                false);
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, tasks.tables().receipts().left());
        forward = tasks;
        nextRun();
    }

    /**
     * Adds a backward pass: the gradients of a forward pass over the same q, k, v and initial
     * states. Nothing of that pass has to be kept.
     *
     * @param graph gets the tasks, and the transfers of their tables
     * @param name the graph's name
     * @param grids gets an entry for each task that has a grid; the plan needs it
     * @param inputs q, k and v as they were before the feature map, ∂loss/∂o, and the initial
     *     states, which are overwritten
     * @param gradients gets those of q, k and v; its stateGradient is read as ∂loss/∂(final state),
     *     zeros if there is none, and becomes that of the initial state
     * @throws IllegalArgumentException if an array has fewer elements than there is room for
     * @throws BackendException if the pass and its arrays do not fit the device's memory
     */
    public void addBackward(
            TaskGraph graph,
            String name,
            GridScheduler grids,
            BackwardInputs inputs,
            BackwardOutputs gradients) {
        long keys = (long) key.rows() * key.config().keyDim();
        long values = (long) key.rows() * key.config().valueDim();
        TaskChecks.elements("q", inputs.q(), keys);
        TaskChecks.elements("k", inputs.k(), keys);
        TaskChecks.elements("v", inputs.v(), values);
        TaskChecks.elements("outputGradient", inputs.outputGradient(), values);
        TaskChecks.elements("state", inputs.state(), key.stateElements());
        TaskChecks.elements("dq", gradients.dq(), keys);
        TaskChecks.elements("dk", gradients.dk(), keys);
        TaskChecks.elements("dv", gradients.dv(), values);
        TaskChecks.elements("stateGradient", gradients.stateGradient(), key.stateElements());
        TaskChecks.first(backward);
        TaskChecks.fits("a backward pass", new BackwardKey(key, DType.F32), family, memory);
        BackwardTasks tasks = new BackwardTasks(key, family, arrays);
        tasks.addTransfers(graph);
        tasks.addTo(
                graph,
                grids(grids, name, "backward"),
                new BackwardTasks.Inputs(
                        inputs.q(),
                        inputs.k(),
                        inputs.v(),
                        inputs.outputGradient(),
                        inputs.state()),
                new BackwardTasks.Outputs(
                        gradients.dq(), gradients.dk(), gradients.dv(), gradients.stateGradient()));
        graph.transferToHost(DataTransferMode.EVERY_EXECUTION, tasks.tables().receipts().left());
        backward = tasks;
        nextRun();
    }

    /**
     * The inputs of a backward pass.
     *
     * @param q queries, [B, H, N, D] or [B, N, H, D]
     * @param k keys, like q
     * @param v values, [B, H, N, E] or [B, N, H, E]
     * @param outputGradient ∂loss/∂o, like v
     * @param state [R, H, D, E], the initial states; undefined afterwards
     */
    public record BackwardInputs(
            FloatArray q,
            FloatArray k,
            FloatArray v,
            FloatArray outputGradient,
            FloatArray state) {}

    /**
     * The results of a backward pass.
     *
     * @param dq ∂loss/∂q
     * @param dk ∂loss/∂k
     * @param dv ∂loss/∂v
     * @param stateGradient [R, H, D, E], that of the final state; afterwards that of the initial
     *     one
     */
    public record BackwardOutputs(
            FloatArray dq, FloatArray dk, FloatArray dv, FloatArray stateGradient) {}

    /**
     * Adds a decode step: one token for each of the R sequences there is room for, with one read
     * and one write of the states. {@link #batch} and {@link #packed} do not concern it; {@link
     * #checkDecode} tells whether it ran.
     *
     * @param graph gets the task, and the transfers of its tables
     * @param name the graph's name
     * @param grids gets an entry for the task; the plan needs it
     * @param qkv q [R, H, D], k [R, H, D] and v [R, H, E], one after the other
     * @param o outputs, [R, H, E]
     * @param state [R, H, D, E], updated by one token
     * @throws IllegalArgumentException if an array has fewer elements
     */
    public void addDecode(
            TaskGraph graph,
            String name,
            GridScheduler grids,
            FloatArray qkv,
            FloatArray o,
            FloatArray state) {
        DecodeTask decode = new DecodeTask(key, family);
        TaskChecks.elements("qkv", qkv, decode.inputs());
        TaskChecks.elements("o", o, decode.outputs());
        TaskChecks.elements("state", state, key.stateElements());
        if (decoding != null) {
            throw new IllegalStateException("these tasks have a decode step already");
        }
        ComposedDecode added = new ComposedDecode(decode, arrays);
        added.addTo(graph, grids(grids, name, "step"), qkv, o, state);
        decoding = added;
    }

    /**
     * Sets up a plan of graphs with such tasks: gives it the device, and the grids if there are
     * any, because TornadoVM refuses an empty scheduler. On a GPU through OpenCL it leaves the
     * groups of all tasks without a grid to the driver, because groups of TornadoVM's choice are
     * too large for some loops to be launched.
     *
     * @param plan not yet executed
     * @param device where it will run
     * @param grids what the graphs' tasks have filled in
     */
    public static void setUp(TornadoExecutionPlan plan, TornadoDevice device, GridScheduler grids) {
        TaskGrids.apply(grids, plan, device);
    }

    private TaskGrids grids(GridScheduler grids, String graph, String pass) {
        return new TaskGrids(grids, graph, name + pass + "_");
    }

    /**
     * Sets the sequences of the next run: B of N tokens each.
     *
     * @param batch B
     * @param tokens N ≥ 0
     * @param slots [B] the place of each sequence's state in [R, H, D, E], none of them twice; if
     *     there are none, that of its number. States that are not named stay as they are
     * @throws IllegalArgumentException if there is no room for them, or a slot does not exist
     */
    public void batch(int batch, int tokens, int... slots) {
        next(batch, tokens, null, slots);
    }

    /**
     * Sets the sequences of the next run, of different lengths, one after another along the token
     * axis.
     *
     * @param sequences their boundaries
     * @param slots the place of each sequence's state, as in {@link #batch}
     * @throws IllegalArgumentException if there is no room for them, or a slot does not exist
     */
    public void packed(PackedSequences sequences, int... slots) {
        next(1, sequences.totalTokens(), sequences, slots);
    }

    /**
     * Sets which states the decode steps from the next one on advance; until then row r of q, k, v
     * and o has state r.
     *
     * @param slots the place of each row's state in [R, H, D, E], none of them twice; −1, and rows
     *     beyond the list: none, and the row's output is 0
     * @throws IllegalArgumentException if a slot does not exist
     * @throws IllegalStateException if these tasks have no decode step
     */
    public void decodeSlots(int... slots) {
        step().slots(slots);
    }

    private void next(int batch, long tokens, @Nullable PackedSequences packed, int... slots) {
        table = ComposedRun.table(key, batch, tokens, packed, slots);
        nextRun();
    }

    private void nextRun() {
        ticket += ChunkTable.TICKET_STEP;
        if (forward != null) {
            ChunkWriter.write(table, ticket, forward.tables().chunks());
        }
        if (backward != null) {
            ChunkWriter.write(table, ticket, backward.tables().chunks());
        }
    }

    /**
     * Checks that every kernel of the forward and the backward pass ran, in the groups it was
     * written for. TornadoVM prints some failed launches instead of throwing an exception.
     *
     * @throws BackendException if one did not run since the last check
     */
    public void check() {
        if (forward != null) {
            forward.tables().receipts().check(ticket);
        }
        if (backward != null) {
            backward.tables().receipts().check(ticket);
        }
        nextRun();
    }

    /**
     * Checks that a decode step ran, in the groups it was written for.
     *
     * @throws BackendException if none ran since the last check of this kind
     * @throws IllegalStateException if these tasks have no decode step
     */
    public void checkDecode() {
        step().check();
    }

    private ComposedDecode step() {
        ComposedDecode there = decoding;
        if (there == null) {
            throw new IllegalStateException("these tasks have no decode step");
        }
        return there;
    }

    /** Frees the tables. Closing again has no effect. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arrays.close();
        }
    }
}
