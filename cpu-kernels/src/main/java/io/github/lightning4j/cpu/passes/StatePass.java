package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.spi.AttentionProblem;

/**
 * The states of all sequences and heads of one call without their outputs, or the gradients of the
 * initial states without the others, shared out to threads as by {@link ForwardPass}: whole streams
 * where they divide evenly, and else waves of blocks, whose sums are computed in parallel and then
 * added in order. Results are the same bit for bit however the work is shared.
 *
 * <p>Blocks are larger than those of a forward pass: without scores, more rows cost no more
 * operations for each, and the state is read and written less often.
 */
public final class StatePass {
    private final Engine engine;
    private final Blocking blocking;
    private final AttentionProblem problem;
    private final StateSum sum;
    private final Engine.StateScratch scratch;
    private final Streams streams;
    private final Elements elements;
    private final RowTransfer transfer;
    private final StateRows states;
    private final float[] slopes;

    /**
     * A pass.
     *
     * @param engine the CPU
     * @param problem the call
     * @param sum what is summed
     */
    public StatePass(Engine engine, AttentionProblem problem, StateSum sum) {
        this.engine = engine;
        this.problem = problem;
        this.sum = sum;
        blocking =
                Blocking.states(
                        problem.config().keyDim(), problem.config().valueDim(), engine.kernels);
        scratch = engine.stateScratch(blocking);
        streams = new Streams(problem, blocking);
        elements = engine.kernels.elements();
        transfer = new RowTransfer(elements, problem);
        states = new StateRows(elements, blocking);
        slopes = problem.config().slopes();
    }

    /** Computes everything. */
    public void run() {
        Streams.Shares shares = streams.share(engine.pool.threads());
        for (int stream : shares.together()) {
            scratch.workspaces().with(ws -> together(stream, ws.state));
        }
        engine.pool.forEach(
                shares.parts(),
                scratch.workspaces(),
                (part, ws) -> {
                    for (int i = part; i < shares.alone().size(); i += shares.parts()) {
                        alone(shares.alone().get(i), ws);
                    }
                });
    }

    /** A stream on one thread: each sum is added to S as soon as it is complete. */
    private void alone(int stream, StateWorkspace ws) {
        streams.look();
        Matrix s = ws.state;
        states.read(sum.before(), stream, s);
        long blocks = streams.blocks(stream);
        for (long turn = 0; turn < blocks; turn++) {
            Rows rows = streams.rows(stream, sum.block(turn, blocks), ws.rows);
            double slope = slopes[rows.head()];
            float fade = BlockDecay.fade(slope, rows.count());
            float keep = BlockDecay.keep(slope, rows.count());
            update(rows, ws, ws.finish.advance(fade, keep, s), s);
        }
        states.write(s, sum.after(), stream);
    }

    private void together(int stream, Matrix s) {
        states.read(sum.before(), stream, s);
        long blocks = streams.blocks(stream);
        scratch.waves()
                .with(wave -> {
                    for (long turn = 0; turn < blocks; turn += wave.blocks()) {
                        int size = (int) Math.min(wave.blocks(), blocks - turn);
                        wave(stream, turn, size, s, wave);
                    }
                });
        states.write(s, sum.after(), stream);
    }

    private void wave(int stream, long first, int size, Matrix s, Updates u) {
        long blocks = streams.blocks(stream);
        engine.pool.forEach(
                size,
                scratch.workspaces(),
                (i, ws) -> {
                    Rows rows = streams.rows(stream, sum.block(first + i, blocks), ws.rows);
                    update(rows, ws, Finish.SET, u.of(i));
                });
        double slope = slopes[streams.head(stream)];
        int parts = engine.pool.threads();
        engine.pool.forEach(
                parts,
                part -> {
                    int from = blocking.part(s, part, parts);
                    int to = blocking.part(s, part + 1, parts);
                    for (int i = 0; i < size; i++) {
                        streams.look();
                        int count = streams.count(stream, sum.block(first + i, blocks));
                        float fade = BlockDecay.fade(slope, count);
                        float keep = BlockDecay.keep(slope, count);
                        elements.advance(s, u.of(i), from, to, fade, keep);
                    }
                });
    }

    /** Finishes U with (diag(weights) X)ᵀ Y of a block. */
    private void update(Rows rows, StateWorkspace ws, Finish finish, Matrix u) {
        ws.decay.prepare(slopes[rows.head()], problem.config().scale());
        transfer.features(rows, sum.x(), ws.x);
        transfer.load(rows, sum.yType(), sum.y(), ws.y);
        int from = sum.weightsFrom(ws.decay, rows.count());
        elements.scaleRows(ws.x, sum.weights(ws.decay), from, ws.x);
        engine.kernels.products().multiply(finish, ws.x.t(), ws.y, u);
    }
}
