package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.DType;
import io.github.lightning4j.Reach;
import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;
import io.github.lightning4j.spi.AttentionProblem;

/**
 * The states of all sequences and heads of one call without their outputs, or the gradients of the
 * initial states without the others, shared out to threads as by {@link ForwardPass}: whole streams
 * where they divide evenly, and else waves of blocks, whose sums are computed in parallel and then
 * added in order. Results are the same bit for bit however the work is shared.
 *
 * <p>Blocks are larger than those of a forward pass: without scores, more rows cost no more
 * operations for each, and the state is read and written less often. Blocks that are out of a
 * head's {@linkplain Reach reach} are left out.
 */
public final class StatePass {
    private final Engine engine;
    private final Blocking blocking;
    private final AttentionProblem problem;
    private final StateSum sum;
    private final Engine.StateScratch scratch;
    private final Streams streams;
    private final Elements elements;
    private final Products products;
    private final RowTransfer transfer;
    private final StateRows states;
    private final float[] slopes;
    private final long[] reach;
    private final int panels;

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
        products = engine.kernels.products();
        transfer = new RowTransfer(elements, problem);
        states = new StateRows(elements, blocking);
        slopes = problem.config().slopes();
        reach = Reach.of(problem.config(), DType.F32);
        panels = Panels.count(blocking);
    }

    /** Computes everything. */
    public void run() {
        Streams.Shares shares =
                streams.share(
                        engine.pool.threads(), stream -> streams.blocks(stream) - skipped(stream));
        for (int stream : shares.together()) {
            scratch.workspaces().with(ws -> together(stream, ws.state));
        }
        shares.forEachAlone(engine.pool, scratch.workspaces(), this::alone);
    }

    /** A stream on one thread: each sum is added to S as soon as it is complete. */
    private void alone(int stream, StateWorkspace ws) {
        streams.look();
        begin(stream, ws.state);
        long blocks = streams.blocks(stream);
        for (long turn = skipped(stream); turn < blocks; turn++) {
            Rows rows = streams.rows(stream, sum.block(turn, blocks), ws.rows);
            load(rows, ws);
            float fade = BlockDecay.fade(slopes[rows.head()], rows.count());
            float keep = BlockDecay.keep(slopes[rows.head()], rows.count());
            for (int p = 0; p < panels; p++) {
                Matrix s = ws.state.of(p);
                products.multiply(ws.finish.advance(fade, keep, s), ws.x.t(), ws.y.of(p), s);
            }
        }
        end(stream, ws.state);
    }

    /** Blocks of which nothing is left at the end, because λ to their distance is 0. */
    private long skipped(int stream) {
        long reach = this.reach[streams.head(stream)];
        long blocks = streams.blocks(stream);
        long tokens = tokens(stream);
        return sum.isReversed()
                ? Math.max(0, blocks - Math.ceilDiv(reach, blocking.rows()))
                : Math.max(0, tokens - reach) / blocking.rows();
    }

    private long tokens(int stream) {
        return problem.length(stream / problem.config().heads());
    }

    private void begin(int stream, Panels s) {
        boolean isInReach = tokens(stream) < reach[streams.head(stream)];
        for (int p = 0; p < panels; p++) {
            states.read(isInReach ? sum.before() : null, stream, p * Panels.COLUMNS, s.of(p));
        }
    }

    private void end(int stream, Panels s) {
        for (int p = 0; p < panels; p++) {
            states.write(s.of(p), sum.after(), stream, p * Panels.COLUMNS);
        }
    }

    /** Reads X and Y of a block. */
    private void load(Rows rows, StateWorkspace ws) {
        ws.decay.prepare(slopes[rows.head()], problem.config().scale());
        transfer.features(rows, sum.x(), ws.x);
        float[] weights = sum.weights(ws.decay);
        int from = sum.weightsFrom(ws.decay, rows.count());
        for (int p = 0; p < panels; p++) {
            transfer.loadScaled(
                    rows,
                    sum.yType(),
                    sum.y(),
                    blocking.valueDim(),
                    p * Panels.COLUMNS,
                    weights,
                    from,
                    ws.y.of(p));
        }
    }

    private void together(int stream, Panels s) {
        begin(stream, s);
        long blocks = streams.blocks(stream);
        scratch.waves()
                .with(wave -> {
                    for (long turn = skipped(stream); turn < blocks; turn += wave.blocks()) {
                        int size = (int) Math.min(wave.blocks(), blocks - turn);
                        wave(stream, turn, size, s, wave);
                    }
                });
        end(stream, s);
    }

    private void wave(int stream, long first, int size, Panels s, Updates<Panels> u) {
        long blocks = streams.blocks(stream);
        engine.pool.forEach(
                size,
                scratch.workspaces(),
                (i, ws) -> {
                    load(streams.rows(stream, sum.block(first + i, blocks), ws.rows), ws);
                    Panels update = u.of(i);
                    for (int p = 0; p < panels; p++) {
                        products.multiply(Finish.SET, ws.x.t(), ws.y.of(p), update.of(p));
                    }
                });
        double slope = slopes[streams.head(stream)];
        int parts = engine.pool.threads();
        engine.pool.forEach(
                parts,
                part -> {
                    for (int i = 0; i < size; i++) {
                        streams.look();
                        int count = streams.count(stream, sum.block(first + i, blocks));
                        float fade = BlockDecay.fade(slope, count);
                        float keep = BlockDecay.keep(slope, count);
                        for (int p = 0; p < panels; p++) {
                            int from = blocking.part(s.of(p), part, parts);
                            int to = blocking.part(s.of(p), part + 1, parts);
                            elements.advance(s.of(p), u.of(i).of(p), from, to, fade, keep);
                        }
                    }
                });
    }
}
