package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lightning4j.AttentionConfig;

import org.junit.jupiter.api.Test;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** Several passes of {@link LightningTasks} in one graph. Run like {@link DeviceConformance}. */
class ComposedTogether {
    private static final int TOKENS = 10;
    private static final int DIM = 16;
    private static final AttentionConfig CONFIG = AttentionConfig.builder(1, DIM).build();

    private static FloatArray rows(float value) {
        FloatArray rows = new FloatArray(TOKENS * DIM);
        rows.init(value);
        return rows;
    }

    private static FloatArray states() {
        FloatArray states = new FloatArray(DIM * DIM);
        states.init(0f);
        return states;
    }

    /**
     * Two layers, of which the second has the outputs of the first, and the gradients of the
     * second.
     */
    @Test
    void twoLayersAndABackwardPassShareAGraph() throws Exception {
        TornadoDevice device = DeviceLaws.entry().tornado();
        // No task may have an array twice.
        FloatArray q = rows(0.25f);
        FloatArray k = rows(0.25f);
        FloatArray v = rows(0.25f);
        FloatArray y = rows(0f);
        FloatArray z = rows(0f);
        FloatArray ones = rows(1f);
        FloatArray first = states();
        FloatArray second = states();
        FloatArray before = states();
        FloatArray dq = rows(0f);
        FloatArray dk = rows(0f);
        FloatArray dv = rows(0f);
        FloatArray gradient = states();
        GridScheduler grids = new GridScheduler();
        TaskGraph graph =
                new TaskGraph("layers")
                        .transferToDevice(
                                DataTransferMode.EVERY_EXECUTION,
                                q,
                                k,
                                v,
                                y,
                                z,
                                ones,
                                first,
                                second,
                                before)
                        .transferToDevice(DataTransferMode.EVERY_EXECUTION, dq, dk, dv, gradient);
        try (LightningTasks lower =
                        new LightningTasks(CONFIG, device, 1, TOKENS, DeviceLaws.kernels());
                LightningTasks upper =
                        new LightningTasks(CONFIG, device, 1, TOKENS, DeviceLaws.kernels())) {
            lower.addForward(graph, "layers", grids, q, k, v, y, first);
            upper.addForward(graph, "layers", grids, q, k, y, z, second);
            upper.addBackward(
                    graph,
                    "layers",
                    grids,
                    new LightningTasks.BackwardInputs(q, k, y, ones, before),
                    new LightningTasks.BackwardOutputs(dq, dk, dv, gradient));
            graph.transferToHost(DataTransferMode.EVERY_EXECUTION, y, z, dv);
            lower.batch(1, TOKENS);
            upper.batch(1, TOKENS);
            try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
                LightningTasks.setUp(plan, device, grids);
                plan.execute();
            }
            lower.check();
            upper.check();
            // A query and its own key have this product, and the first token sees no other.
            float score = DIM * 0.25f * 0.25f;
            assertEquals(score * 0.25f, y.get(0), 1e-6f);
            assertEquals(score * score * 0.25f, z.get(0), 1e-6f);
            // The value of the last token is in its own output alone, and each output counts once.
            assertEquals(score, dv.get((TOKENS - 1) * DIM), 1e-6f);
        }
    }
}
