package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.Ceilings;
import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.kernels.Tile;
import io.github.lightning4j.tornado.tasks.PairKey;

import org.junit.jupiter.api.Test;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.stream.IntStream;

/**
 * What goes wrong on a device is reported, and plans are made, used again and closed as they should
 * be. Run like {@link DeviceConformance}.
 */
class DeviceFailures {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(2, 16).build();

    private static final int TOKENS = 100;

    /**
     * Groups of another size than the kernels are written for, as TornadoVM may choose them; so few
     * that each finds its chunk in the tables. Beyond them a group would read arbitrary numbers as
     * places, and an address that does not exist would break every later test of the process.
     */
    @Test
    void aReplacedGridYieldsNoNumbers() throws Exception {
        int rows = TOKENS * 2 * 16;
        FloatArray q = new FloatArray(rows);
        FloatArray k = new FloatArray(rows);
        FloatArray v = new FloatArray(rows);
        FloatArray o = new FloatArray(rows);
        FloatArray state = new FloatArray(2 * 16 * 16);
        GridScheduler grids = new GridScheduler();
        TaskGraph graph =
                new TaskGraph("replaced")
                        .transferToDevice(DataTransferMode.EVERY_EXECUTION, q, k, v, o, state);
        try (LightningTasks tasks =
                new LightningTasks(
                        CONFIG,
                        DeviceLaws.entry().tornado(),
                        1,
                        TOKENS,
                        LightningTasks.Kernels.TILED)) {
            tasks.addForward(graph, "replaced", grids, q, k, v, o, state);
            graph.transferToHost(DataTransferMode.EVERY_EXECUTION, o);
            WorkerGrid1D other = new WorkerGrid1D(Tile.THREADS);
            other.setLocalWork(Tile.THREADS / 4, 1, 1);
            String outputs =
                    grids.keySet().stream()
                            .filter(name -> name.endsWith("_outputs"))
                            .findFirst()
                            .orElseThrow();
            grids.addWorkerGrid(outputs, other);
            tasks.batch(1, TOKENS);
            try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
                plan.withDevice(DeviceLaws.entry().tornado());
                plan.withGridScheduler(grids);
                plan.execute();
                BackendException e = assertThrows(BackendException.class, tasks::check);
                assertTrue(
                        String.valueOf(e.getMessage()).startsWith("kernel outputs did not happen"),
                        e.getMessage());
            }
        }
    }

    /** A kernel that no device can run. */
    static void clock(FloatArray x, int size, int offset) {
        for (@Parallel int i = 0; i < size; i++) {
            x.set(i, System.nanoTime() - offset);
        }
    }

    /** With the flags that {@link LightningTasks} insists on, Java does not step in. */
    @Test
    void aKernelThatDoesNotCompileYieldsNoNumbers() {
        assertThrows(RuntimeException.class, DeviceFailures::runTheImpossible);
    }

    private static void runTheImpossible() throws Exception {
        FloatArray x = new FloatArray(16);
        TaskGraph graph =
                new TaskGraph("impossible")
                        .task("clock", DeviceFailures::clock, x, 16, 0)
                        .transferToHost(DataTransferMode.EVERY_EXECUTION, x);
        try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
            plan.withDevice(DeviceLaws.entry().tornado());
            plan.execute();
        }
    }

    /** A plan serves lengths near its own; what is not used any more is freed. */
    @Test
    void plansAreUsedAgainAndFreed() {
        long bytes = DeviceLaws.key(CONFIG, 1, 1024).bytes(KernelFamily.LOOPS);
        DeviceLaws.withMemory(
                8 * bytes,
                backend -> {
                    forward(backend, 1000);
                    long one = backend.deviceMemory().orElseThrow();
                    assertTrue(one > 0);
                    for (int tokens : new int[] {1024, 990, 900, 700}) {
                        forward(backend, tokens);
                        assertEquals(one, backend.deviceMemory().orElseThrow(), "N = " + tokens);
                    }
                    forward(backend, 100);
                    assertTrue(backend.deviceMemory().orElseThrow() > one);
                    // Room for this one is made by closing others.
                    forward(backend, 3000);
                    assertTrue(backend.deviceMemory().orElseThrow() <= 8 * bytes);
                    backend.close();
                    assertEquals(0, backend.deviceMemory().orElseThrow());
                });
    }

    private static void forward(DeviceBackend backend, int tokens) {
        forward(backend, CONFIG, 1, tokens);
    }

    private static void forward(
            DeviceBackend backend, AttentionConfig config, int batch, int tokens) {
        long[] shape = {batch, config.heads(), tokens, config.keyDim()};
        Tensor x = Tensor.allocate(DType.F32, shape);
        Tensor o = Tensor.allocate(DType.F32, shape);
        backend.forward(
                new AttentionProblem(config, DType.F32, DType.F32, batch, tokens, null),
                new ForwardBuffers(x.memory(), x.memory(), x.memory(), null, o.memory(), null));
    }

    /** A call without a session holds nothing once another has its turn. */
    @Test
    void callsOfManyThreadsNeedRoomForOne() {
        long bytes = DeviceLaws.key(CONFIG, 1, 1024).bytes(KernelFamily.LOOPS);
        DeviceLaws.withMemory(
                2 * bytes + 4096,
                backend -> IntStream.range(0, 24).parallel().forEach(i -> forward(backend, 1024)));
    }

    /** What is kept for one algorithm does not get in the way of another. */
    @Test
    void theLastPlanOfSoftmaxIsGivenUpWhereItsMemoryIsWanted() {
        AttentionConfig softmax =
                AttentionConfig.builder(2, 16).algorithm(Algorithm.SOFTMAX).build();
        long bytes = new PairKey(DeviceLaws.key(softmax, 1, 8192)).bytes(DeviceLaws.family());
        DeviceLaws.withMemory(
                bytes,
                backend -> {
                    forward(backend, softmax, 1, 8192);
                    assertEquals(bytes, backend.deviceMemory().orElseThrow());
                    forward(backend, 3000);
                });
    }

    /** The scores of a chunk count, however small the states are. */
    @Test
    void manyShortSequencesOfSmallStatesRunInParts() {
        AttentionConfig config = AttentionConfig.builder(2, 4).build();
        DeviceLaws.withMemory(4L << 20, backend -> forward(backend, config, 512, 4));
    }

    /** A feature map does not turn NaN into a number either. */
    @Test
    void whatIsNoNumberDoesNotBecomeOne() {
        AttentionConfig config = AttentionConfig.builder(1, 2).featureMap(FeatureMap.RELU).build();
        Tensor x = Tensor.ofFloats(new float[] {1, 2, 3, 4}, 1, 1, 2, 2);
        Tensor k = Tensor.ofFloats(new float[] {1, 2, Float.NaN, 4}, 1, 1, 2, 2);
        try (LightningAttention attention =
                LightningAttention.open(config, DeviceLaws.entry().device().id())) {
            Tensor o = attention.forward(x, k, x);
            assertTrue(Double.isFinite(o.getDouble(0)));
            assertTrue(Double.isNaN(o.getDouble(2)) && Double.isNaN(o.getDouble(3)));
        }
    }

    @Test
    void ceilingsAreMeasuredAndFreed() {
        DeviceLaws.withMemory(
                1L << 30,
                backend -> {
                    Ceilings ceilings = backend.measureCeilings(0).orElseThrow();
                    assertTrue(ceilings.flops() > 1e8, ceilings::toString);
                    assertTrue(ceilings.readBytesPerSecond() > 1e8, ceilings::toString);
                    assertEquals(0, backend.deviceMemory().orElseThrow());
                });
        DeviceLaws.withMemory(
                1L << 20, backend -> assertTrue(backend.measureCeilings(0).isEmpty()));
    }
}
