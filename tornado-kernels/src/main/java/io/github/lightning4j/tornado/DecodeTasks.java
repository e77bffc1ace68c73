package io.github.lightning4j.tornado;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.spi.AttentionProblem;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** One token for every sequence of a plan: its arrays and its task. */
final class DecodeTasks {
    private final PlanKey key;
    private final Family family;
    private final FloatArray decay;
    private final FloatArray in;
    private final FloatArray out;

    /**
     * Allocates what goes in and out.
     *
     * @param decay the {@link DecayTable}
     */
    DecodeTasks(PlanKey key, Family family, DeviceArrays arrays, FloatArray decay) {
        this.key = key;
        this.family = family;
        this.decay = decay;
        AttentionConfig config = key.config();
        in = arrays.floats(streams() * (2 * config.keyDim() + config.valueDim()) + 1);
        out = arrays.floats(outputs() + 2);
    }

    private int streams() {
        return key.sequences() * key.config().heads();
    }

    private int outputs() {
        return streams() * key.config().valueDim();
    }

    /** The graph: consumes the states of another and moves them a token on. */
    TaskGraph graph(String name, String producer, GridScheduler grids, FloatArray state) {
        AttentionConfig config = key.config();
        TaskGraph graph =
                new TaskGraph(name)
                        .consumeFromDevice(producer, state)
                        .transferToDevice(DataTransferMode.FIRST_EXECUTION, decay)
                        .transferToDevice(DataTransferMode.EVERY_EXECUTION, in);
        int featureMap = number(config.featureMap());
        float scale = (float) config.scale();
        if (family == Family.TILED) {
            graph.task(
                    "decode",
                    DecodeKernels::tiled,
                    new KernelContext(),
                    in,
                    decay,
                    state,
                    out,
                    streams(),
                    config.heads(),
                    config.keyDim(),
                    config.valueDim(),
                    featureMap,
                    scale);
            int tiles = (config.valueDim() + DecodeKernels.COLUMNS - 1) / DecodeKernels.COLUMNS;
            ForwardTasks.grid(grids, name, "decode", streams() * tiles, DecodeKernels.THREADS);
        } else {
            graph.task(
                    "decode",
                    DecodeKernels::loops,
                    in,
                    decay,
                    state,
                    out,
                    streams(),
                    config.heads(),
                    config.keyDim(),
                    config.valueDim(),
                    featureMap,
                    scale);
        }
        return graph.transferToHost(DataTransferMode.EVERY_EXECUTION, out)
                .transferToHost(DataTransferMode.UNDER_DEMAND, state)
                .persistOnDevice(state);
    }

    /** The number of a feature map in kernels. */
    static int number(FeatureMap map) {
        return switch (map) {
            case IDENTITY -> DecodeKernels.IDENTITY;
            case SILU -> DecodeKernels.SILU;
            case ELU_PLUS_ONE -> DecodeKernels.ELU_PLUS_ONE;
            case RELU -> DecodeKernels.RELU;
        };
    }

    /**
     * Copies a token of each sequence to where it leaves for the device from.
     *
     * @param sequences how many
     * @param seal the number of this run
     */
    void stage(
            DType type,
            int sequences,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int seal) {
        AttentionConfig config = key.config();
        int keys = streams() * config.keyDim();
        int rows = sequences * config.heads();
        MemorySegment target = in.getSegment();
        HostRows.widen(q, type, target, 0, (long) rows * config.keyDim());
        HostRows.widen(k, type, target, keys, (long) rows * config.keyDim());
        HostRows.widen(v, type, target, 2L * keys, (long) rows * config.valueDim());
        target.setAtIndex(ValueLayout.JAVA_FLOAT, 2L * keys + outputs(), seal);
    }

    /** Checks that the step happened, and copies o out. */
    void collect(AttentionProblem problem, MemorySegment output, int seal) {
        int dim = key.config().valueDim();
        Receipts.check("the decode step", (int) out.get(outputs()), seal);
        if (family == Family.TILED) {
            Receipts.check(
                    "the decode step in groups",
                    (int) out.get(outputs() + 1),
                    DecodeKernels.THREADS);
        }
        long rows = (long) problem.sequences() * key.config().heads();
        HostRows.out(
                List.of(new Window.Run(0, 0, rows)),
                out.getSegment(),
                output,
                dim,
                problem.outputType());
    }
}
