package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.Gate;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;

import org.junit.jupiter.api.Test;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.Random;

/**
 * Attention in task graphs of others: the sample of docs/composing.md and what it leaves out. Run
 * like {@link DeviceConformance}.
 */
class ComposedLayer {
    private static final double TOLERANCE = Gate.F32.output(1_000);

    private static TornadoDevice device() {
        return DeviceLaws.entry().tornado();
    }

    /** Tasks of the kernels under test. */
    static LightningTasks tasks(AttentionConfig config, int sequences, int tokens) {
        return new LightningTasks(config, device(), sequences, tokens, DeviceLaws.kernels());
    }

    static float[] random(Random random, int size) {
        float[] x = new float[size];
        for (int i = 0; i < size; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    private static float[] scaled(float[] x, float factor) {
        float[] scaled = x.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= factor;
        }
        return scaled;
    }

    /**
     * Two pieces of a sequence through the documented layer, the second shorter, and those of
     * another conversation before each.
     */
    @Test
    void theSampleGoesOnFromPieceToPiece() throws Exception {
        int first = 200;
        int second = 70;
        int dim = 24;
        // One head, so that pieces are slices of the whole.
        AttentionConfig config = AttentionConfig.builder(1, dim).build();
        float[] x = random(new Random(7), (first + second) * dim);
        float[] y = new float[x.length];
        try (AutoCloseable layer =
                (AutoCloseable)
                        Class.forName("Layer")
                                .getConstructor(
                                        AttentionConfig.class,
                                        TornadoDevice.class,
                                        int.class,
                                        int.class)
                                .newInstance(config, device(), 3, first)) {
            int at = 0;
            for (int tokens : new int[] {first, second}) {
                float[] piece = new float[tokens * dim];
                System.arraycopy(x, at * dim, piece, 0, piece.length);
                forward(layer, scaled(piece, 3), tokens, 0);
                float[] part = forward(layer, piece, tokens, 2);
                System.arraycopy(part, 0, y, at * dim, part.length);
                at += tokens;
            }
        }
        float[] o = new float[x.length];
        for (int i = 0; i < o.length; i++) {
            o[i] = y[i] - x[i];
        }
        AttentionInputs inputs =
                new AttentionInputs(
                        Tensor.ofFloats(scaled(x, 0.5f), 1, 1, first + second, dim),
                        Tensor.ofFloats(scaled(x, -1f), 1, 1, first + second, dim),
                        Tensor.ofFloats(scaled(x, 2f), 1, 1, first + second, dim),
                        null,
                        null);
        assertTrue(error(config, inputs, o, 0, 0) <= TOLERANCE);
    }

    private static float[] forward(Object layer, float[] piece, int tokens, int conversation)
            throws ReflectiveOperationException {
        return (float[])
                layer.getClass()
                        .getMethod("forward", float[].class, int.class, int.class)
                        .invoke(layer, piece, tokens, conversation);
    }

    /** Packed sequences in room for more of them, tokens first, with a feature map. */
    @Test
    void packedSequencesInARoomForMore() throws Exception {
        AttentionConfig config =
                AttentionConfig.builder(2, 16, 40)
                        .layout(Layout.TOKENS_FIRST)
                        .featureMap(FeatureMap.ELU_PLUS_ONE)
                        .build();
        PackedSequences sequences = PackedSequences.ofLengths(65, 0, 130);
        int tokens = (int) sequences.totalTokens();
        Random random = new Random(8);
        float[] q = random(random, tokens * 2 * 16);
        float[] k = random(random, tokens * 2 * 16);
        float[] v = random(random, tokens * 2 * 40);
        int room = 300;
        FloatArray o = new FloatArray(room * 2 * 40);
        FloatArray state = new FloatArray(4 * 2 * 16 * 40);
        state.init(0);
        GridScheduler grids = new GridScheduler();
        TaskGraph graph = new TaskGraph("packed");
        FloatArray[] arrays = {
            room(q, room * 2 * 16), room(k, room * 2 * 16), room(v, room * 2 * 40)
        };
        graph.transferToDevice(
                DataTransferMode.EVERY_EXECUTION, arrays[0], arrays[1], arrays[2], o, state);
        try (LightningTasks tasks = tasks(config, 4, room)) {
            tasks.addForward(graph, "packed", grids, arrays[0], arrays[1], arrays[2], o, state);
            graph.transferToHost(DataTransferMode.EVERY_EXECUTION, o, state);
            tasks.packed(sequences);
            try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
                run(plan, grids);
                tasks.check();
                // The receipts are those of the last run: nothing has run since.
                assertThrows(BackendException.class, tasks::check);
            }
        }
        AttentionInputs inputs =
                new AttentionInputs(
                        Tensor.ofFloats(q, 1, tokens, 2, 16),
                        Tensor.ofFloats(k, 1, tokens, 2, 16),
                        Tensor.ofFloats(v, 1, tokens, 2, 40),
                        sequences,
                        null);
        float[] rows = new float[v.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = o.get(i);
        }
        for (int h = 0; h < 2; h++) {
            assertTrue(error(config, inputs, rows, 0, h) <= TOLERANCE, "sequence 0, head " + h);
            assertTrue(error(config, inputs, rows, 2, h) <= TOLERANCE, "sequence 2, head " + h);
        }
    }

    /** Gradients on the device, against those of the float64 definition. */
    @Test
    void backward() throws Exception {
        int tokens = 130;
        AttentionConfig config = AttentionConfig.builder(2, 16, 40).scale(0.5).build();
        Random random = new Random(9);
        float[] q = random(random, 2 * tokens * 16);
        float[] k = random(random, 2 * tokens * 16);
        float[] v = random(random, 2 * tokens * 40);
        float[] outputGradient = random(random, 2 * tokens * 40);
        int room = 150;
        LightningTasks.BackwardInputs in =
                new LightningTasks.BackwardInputs(
                        room(q, room * 2 * 16),
                        room(k, room * 2 * 16),
                        room(v, room * 2 * 40),
                        room(outputGradient, room * 2 * 40),
                        new FloatArray(2 * 16 * 40));
        LightningTasks.BackwardOutputs out =
                new LightningTasks.BackwardOutputs(
                        new FloatArray(room * 2 * 16),
                        new FloatArray(room * 2 * 16),
                        new FloatArray(room * 2 * 40),
                        new FloatArray(2 * 16 * 40));
        in.state().init(0);
        out.stateGradient().init(0);
        GridScheduler grids = new GridScheduler();
        TaskGraph graph =
                new TaskGraph("gradients")
                        .transferToDevice(
                                DataTransferMode.EVERY_EXECUTION,
                                in.q(),
                                in.k(),
                                in.v(),
                                in.outputGradient(),
                                in.state(),
                                out.dq(),
                                out.dk(),
                                out.dv(),
                                out.stateGradient());
        try (LightningTasks tasks = tasks(config, 1, room)) {
            tasks.addBackward(graph, "gradients", grids, in, out);
            graph.transferToHost(
                    DataTransferMode.EVERY_EXECUTION,
                    out.dq(),
                    out.dk(),
                    out.dv(),
                    out.stateGradient());
            tasks.batch(1, tokens);
            try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
                run(plan, grids);
                tasks.check();
            }
        }
        AttentionInputs inputs =
                new AttentionInputs(
                        Tensor.ofFloats(q, 1, 2, tokens, 16),
                        Tensor.ofFloats(k, 1, 2, tokens, 16),
                        Tensor.ofFloats(v, 1, 2, tokens, 40),
                        null,
                        null);
        Tensor given = Tensor.ofFloats(outputGradient, 1, 2, tokens, 40);
        for (int h = 0; h < 2; h++) {
            ReferenceAttention.HeadGradients expected =
                    ReferenceAttention.backward(
                            ReferenceAttention.Head.of(config, inputs, 0, h),
                            ReferenceAttention.rows(config, inputs, given, 0, h, 40),
                            new double[16][40]);
            assertClose(expected.dq(), out.dq(), h * tokens * 16);
            assertClose(expected.dk(), out.dk(), h * tokens * 16);
            assertClose(expected.dv(), out.dv(), h * tokens * 40);
            assertClose(expected.initialState(), out.stateGradient(), h * 16 * 40);
        }
    }

    private static void assertClose(double[][] expected, FloatArray found, int from) {
        double[][] rows = new double[expected.length][];
        int at = from;
        for (int i = 0; i < rows.length; i++) {
            rows[i] = new double[expected[i].length];
            for (int j = 0; j < rows[i].length; j++) {
                rows[i][j] = found.get(at++);
            }
        }
        RelativeError error = new RelativeError();
        error.add(rows, expected);
        assertTrue(error.value() <= Gate.F32.gradients(), () -> "error " + error.value());
    }

    /** A step of one token, twice, for every sequence. */
    @Test
    void decodeSteps() throws Exception {
        int sequences = 3;
        int heads = 2;
        int dim = 20;
        AttentionConfig config = AttentionConfig.builder(heads, dim).build();
        int rows = sequences * heads * dim;
        FloatArray qkv = new FloatArray(3 * rows);
        FloatArray o = new FloatArray(rows);
        FloatArray state = new FloatArray(rows * dim);
        state.init(0);
        GridScheduler grids = new GridScheduler();
        TaskGraph graph =
                new TaskGraph("step")
                        .transferToDevice(DataTransferMode.EVERY_EXECUTION, qkv)
                        .transferToDevice(DataTransferMode.FIRST_EXECUTION, o, state);
        float[][] steps = {random(new Random(1), 3 * rows), random(new Random(2), 3 * rows)};
        float[] last = new float[rows];
        try (LightningTasks tasks = tasks(config, sequences, 16)) {
            tasks.addDecode(graph, "step", grids, qkv, o, state);
            graph.transferToHost(DataTransferMode.EVERY_EXECUTION, o);
            try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
                for (float[] step : steps) {
                    for (int i = 0; i < step.length; i++) {
                        qkv.set(i, step[i]);
                    }
                    run(plan, grids);
                    tasks.checkDecode();
                    assertThrows(BackendException.class, tasks::checkDecode);
                }
            }
        }
        for (int i = 0; i < rows; i++) {
            last[i] = o.get(i);
        }
        AttentionInputs inputs =
                new AttentionInputs(
                        steps(steps, 0, sequences, heads, dim),
                        steps(steps, rows, sequences, heads, dim),
                        steps(steps, 2 * rows, sequences, heads, dim),
                        null,
                        null);
        for (int r = 0; r < sequences; r++) {
            for (int h = 0; h < heads; h++) {
                double[][] expected =
                        ReferenceAttention.tokenByToken(
                                        ReferenceAttention.Head.of(config, inputs, r, h))
                                .output();
                for (int e = 0; e < dim; e++) {
                    assertEquals(expected[1][e], last[(r * heads + h) * dim + e], 1e-4);
                }
            }
        }
    }

    static void run(TornadoExecutionPlan plan, GridScheduler grids) {
        LightningTasks.setUp(plan, device(), grids);
        plan.execute();
    }

    /** [R, H, 2, D] of two steps of [R, H, D]. */
    private static Tensor steps(float[][] steps, int from, int sequences, int heads, int dim) {
        float[] values = new float[2 * sequences * heads * dim];
        for (int row = 0; row < sequences * heads; row++) {
            for (int t = 0; t < 2; t++) {
                System.arraycopy(steps[t], from + row * dim, values, (row * 2 + t) * dim, dim);
            }
        }
        return Tensor.ofFloats(values, sequences, heads, 2, dim);
    }

    /** What does not fit is refused by name. */
    @Test
    void refusals() {
        AttentionConfig config = AttentionConfig.builder(2, 16).build();
        FloatArray small = new FloatArray(10);
        try (LightningTasks tasks = tasks(config, 2, 64)) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class,
                            () ->
                                    tasks.addForward(
                                            new TaskGraph("small"),
                                            "small",
                                            new GridScheduler(),
                                            small,
                                            small,
                                            small,
                                            small,
                                            small));
            assertEquals("q has 10 elements; it must have at least 2,048", e.getMessage());
            e = assertThrows(IllegalArgumentException.class, () -> tasks.batch(1, 65));
            assertEquals(
                    "1 sequences of 65 tokens together; there is room for 2 and 64",
                    e.getMessage());
            assertThrows(IllegalArgumentException.class, () -> tasks.batch(3, 1));
        }
        assertThrows(
                IllegalArgumentException.class, () -> new LightningTasks(config, device(), 0, 64));
    }

    private static FloatArray room(float[] values, int size) {
        FloatArray array = new FloatArray(size);
        // What is beyond is never read.
        array.init(Float.NaN);
        for (int i = 0; i < values.length; i++) {
            array.set(i, values[i]);
        }
        return array;
    }

    private static double error(
            AttentionConfig config, AttentionInputs inputs, float[] o, int sequence, int head) {
        Tensor output = Tensor.ofFloats(o, inputs.v().shape());
        RelativeError error = new RelativeError();
        error.add(
                ReferenceAttention.rows(config, inputs, output, sequence, head, config.valueDim()),
                ReferenceAttention.tokenByToken(
                                ReferenceAttention.Head.of(config, inputs, sequence, head))
                        .output());
        return error.value();
    }
}
