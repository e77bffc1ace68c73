package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lightning4j.AttentionConfig;

import org.junit.jupiter.api.Test;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.Random;

/** Sequences of composed tasks have the states that slots say. Run like {@link ComposedLayer}. */
class ComposedSlots {
    /**
     * Two sequences in states 2 and 0 of three, a prefill and then steps: as in states 0 and 1, and
     * nothing else changes.
     */
    @Test
    void statesAreWhereTheSlotsSay() throws Exception {
        AttentionConfig config = AttentionConfig.builder(2, 8).build();
        int state = 2 * 8 * 8;
        float[][] plain = prefillAndSteps(config, new int[] {0, 1}, new int[] {0, 1});
        float[][] placed = prefillAndSteps(config, new int[] {2, 0}, new int[] {2, -1, 0});
        float[] rows = plain[0];
        int row = 2 * 8;
        for (int i = 0; i < row; i++) {
            assertEquals(rows[i], placed[0][i], "the first row");
            assertEquals(0, placed[0][row + i], "a row without a state");
        }
        for (int i = 0; i < state; i++) {
            assertEquals(plain[1][i], placed[1][2 * state + i], "state 2");
            assertEquals(7, placed[1][state + i], "a state that nobody named");
            assertEquals(7, plain[1][2 * state + i], "a state that nobody named");
        }
        for (int i = 0; i < state; i++) {
            assertEquals(plain[1][state + i], placed[1][i], "state 0");
        }
        for (int i = 0; i < row; i++) {
            assertEquals(rows[row + i], placed[0][2 * row + i], "the last row");
        }
    }

    /** o of a step and the states after it; states that are not in the prefill's slots are 7. */
    private static float[][] prefillAndSteps(AttentionConfig config, int[] slots, int[] rows)
            throws Exception {
        int row = config.heads() * config.keyDim();
        int size = row * config.keyDim();
        FloatArray q = FloatArray.fromArray(ComposedLayer.random(new Random(3), 140 * row));
        FloatArray k = FloatArray.fromArray(ComposedLayer.random(new Random(4), 140 * row));
        FloatArray v = FloatArray.fromArray(ComposedLayer.random(new Random(5), 140 * row));
        FloatArray o = new FloatArray(140 * row);
        FloatArray qkv = FloatArray.fromArray(stepOf(rows, row));
        FloatArray stepped = new FloatArray(3 * row);
        FloatArray state = new FloatArray(3 * size);
        state.init(7);
        for (int slot : slots) {
            for (int i = 0; i < size; i++) {
                state.set(slot * size + i, 0);
            }
        }
        GridScheduler grids = new GridScheduler();
        TaskGraph graph =
                new TaskGraph("slots")
                        .transferToDevice(
                                DataTransferMode.FIRST_EXECUTION, q, k, v, o, qkv, stepped, state);
        try (LightningTasks tasks = ComposedLayer.tasks(config, 3, 140)) {
            tasks.addForward(graph, "slots", grids, q, k, v, o, state);
            tasks.addDecode(graph, "slots", grids, qkv, stepped, state);
            graph.transferToHost(DataTransferMode.EVERY_EXECUTION, stepped, state);
            assertThrows(IllegalArgumentException.class, () -> tasks.batch(2, 70, 0, 3));
            assertThrows(IllegalArgumentException.class, () -> tasks.batch(2, 70, 1, 1));
            assertThrows(IllegalArgumentException.class, () -> tasks.batch(2, 70, 1, -1));
            assertThrows(IllegalArgumentException.class, () -> tasks.decodeSlots(0, -1, -2));
            tasks.batch(2, 70, slots);
            tasks.decodeSlots(rows);
            try (TornadoExecutionPlan plan = new TornadoExecutionPlan(graph.snapshot())) {
                ComposedLayer.run(plan, grids);
                tasks.check();
                tasks.checkDecode();
            }
        }
        return new float[][] {stepped.toHeapArray(), state.toHeapArray()};
    }

    /** q, k and v of three rows, the same for the same sequence whatever row it is. */
    private static float[] stepOf(int[] rows, int row) {
        float[] values = ComposedLayer.random(new Random(6), 2 * row);
        float[] all = new float[9 * row];
        int sequence = 0;
        for (int r = 0; r < rows.length; r++) {
            for (int part = 0; rows[r] >= 0 && part < 3; part++) {
                System.arraycopy(values, sequence * row, all, (3 * part + r) * row, row);
            }
            sequence += rows[r] >= 0 ? 1 : 0;
        }
        return all;
    }
}
