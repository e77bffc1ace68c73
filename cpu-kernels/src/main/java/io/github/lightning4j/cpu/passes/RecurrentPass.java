package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Attending.Recurrence;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;

/**
 * Linear attention by its right product, token by token: S_t = λ S_{t−1} + k_tᵀ v_t, o_t = c q_t
 * S_t. A thread takes whole streams, because within one there is nothing to share out.
 *
 * @param engine the CPU
 * @param blocking how many rows are read at a time
 * @param problem the call
 * @param buffers q, k, v and o
 * @param states where S is kept
 */
public record RecurrentPass(
        Engine engine,
        Blocking blocking,
        AttentionProblem problem,
        ForwardBuffers buffers,
        States states) {

    /** Computes everything. */
    public void run() {
        Streams streams = new Streams(problem, blocking);
        Streams.Shares shares = streams.share(1);
        shares.forEachAlone(
                engine.pool,
                engine.scratch(blocking).workspaces(),
                (stream, ws) -> stream(streams, stream, ws));
    }

    private void stream(Streams streams, int stream, Workspace ws) {
        streams.look();
        RowTransfer transfer = new RowTransfer(engine.kernels.elements(), problem);
        double slope = problem.config().slopes()[streams.head(stream)];
        Recurrence recurrence =
                new Recurrence(
                        (float) problem.config().scale(),
                        BlockDecay.fade(slope, 1),
                        BlockDecay.keep(slope, 1));
        Matrix s = states.begin(stream, ws.state);
        for (long b = 0; b < streams.blocks(stream); b++) {
            Rows rows = streams.rows(stream, b, ws.rows);
            transfer.features(rows, buffers.q(), ws.q);
            transfer.features(rows, buffers.k(), ws.k);
            transfer.load(rows, buffers.v(), ws.v);
            engine.kernels.attending().recur(recurrence, s, ws.q, ws.k, ws.v, ws.o);
            transfer.store(rows, ws.o, buffers.output());
        }
        states.end(stream, s);
    }
}
