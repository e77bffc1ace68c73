package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.spi.AttentionProblem;

/**
 * Linear attention by its right product, token by token: S_t = λ S_{t−1} + k_tᵀ v_t, o_t = c q_t
 * S_t. A thread takes whole streams: within one there is nothing to share out.
 *
 * @param engine the CPU
 * @param blocking rows that are read at a time
 * @param problem the call
 * @param tensors q, k, v and o
 * @param states where S lives
 */
public record RecurrentPass(
        Engine engine,
        Blocking blocking,
        AttentionProblem problem,
        Tensors tensors,
        States states) {

    /** Computes everything. */
    public void run() {
        Streams streams = new Streams(problem, blocking);
        Streams.Shares shares = streams.share(1);
        engine.pool.forEach(
                shares.parts(),
                engine.scratch(blocking).workspaces(),
                (part, ws) -> {
                    for (int i = part; i < shares.alone().size(); i += shares.parts()) {
                        stream(streams, shares.alone().get(i), ws);
                    }
                });
    }

    private void stream(Streams streams, int stream, Workspace ws) {
        AttentionConfig config = problem.config();
        RowTransfer transfer = new RowTransfer(engine.kernels, problem);
        double slope = config.slopes()[stream % config.heads()];
        float fade = BlockDecay.fade(slope, 1);
        float keep = BlockDecay.keep(slope, 1);
        int ldk = blocking.keyStride();
        int ldv = blocking.valueStride();
        float[] s = states.begin(stream, ws.state);
        for (long b = 0; b < streams.blocks(stream); b++) {
            Rows rows = streams.rows(stream, b, ws.rows);
            transfer.load(rows, problem.inputType(), tensors.q(), config.keyDim(), ws.q, ldk);
            transfer.load(rows, problem.inputType(), tensors.k(), config.keyDim(), ws.k, ldk);
            transfer.load(rows, problem.inputType(), tensors.v(), config.valueDim(), ws.v, ldv);
            engine.kernels.apply(config.featureMap(), ws.q, 0, rows.count() * ldk);
            engine.kernels.apply(config.featureMap(), ws.k, 0, rows.count() * ldk);
            for (int i = 0; i < rows.count(); i++) {
                engine.kernels.step(
                        s,
                        ldv,
                        config.keyDim(),
                        config.valueDim(),
                        ws.q,
                        ws.k,
                        i * ldk,
                        ws.v,
                        ws.o,
                        i * ldv,
                        (float) config.scale(),
                        fade,
                        keep);
            }
            transfer.store(rows, problem.outputType(), ws.o, ldv, config.valueDim(), tensors.o());
        }
        states.end(stream, s);
    }
}
