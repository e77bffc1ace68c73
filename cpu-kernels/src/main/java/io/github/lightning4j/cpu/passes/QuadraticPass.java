package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Attention that looks at every pair of tokens, softmax or the left product, in tiles of L × L
 * scores, so that memory does not grow with N²:
 *
 * <pre>
 *   every tile of queries I, in parallel:
 *     every tile of keys J ≤ I:  P = Q_I K_Jᵀ,  weights of P,  O_I += P V_J
 * </pre>
 *
 * <p>A tile of queries is one task, computed in the same order on any thread: results are the same
 * bit for bit however the work is shared.
 */
public final class QuadraticPass {
    private final Engine engine;
    private final Products products;
    private final Elements elements;
    private final Blocking blocking;
    private final AttentionProblem problem;
    private final AttentionConfig config;
    private final ForwardBuffers buffers;
    private final @Nullable States states;
    private final RowTransfer transfer;
    private final TileScores scores;
    private final Streams streams;

    /** A tile of queries. */
    private record QueryTile(int stream, long index) {}

    /**
     * A pass.
     *
     * @param states where the state is kept; null for softmax, which has none
     */
    public QuadraticPass(
            Engine engine,
            AttentionProblem problem,
            ForwardBuffers buffers,
            @Nullable States states) {
        this.engine = engine;
        this.products = engine.kernels.products();
        this.elements = engine.kernels.elements();
        this.problem = problem;
        this.config = problem.config();
        this.blocking = Blocking.tiles(config.keyDim(), config.valueDim(), engine.kernels);
        this.buffers = buffers;
        this.states = states;
        this.transfer = new RowTransfer(elements, problem);
        this.scores =
                states == null
                        ? new TileScores.Softmax(engine.kernels, config.scale())
                        : new TileScores.Decayed(engine.kernels, config);
        this.streams = new Streams(problem, blocking);
    }

    /** Computes everything. */
    public void run() {
        List<QueryTile> tiles = tiles();
        forEach(
                tiles.size(),
                tiles.size() * (double) blocking.rows() * blocking.rows(),
                (i, ws) -> outputs(tiles.get(i), ws));
        int count = problem.sequences() * config.heads();
        States kept = states;
        if (kept != null && kept.areWanted()) {
            forEach(
                    count,
                    tiles.size() * (double) blocking.rows() * config.keyDim(),
                    (stream, ws) -> finalState(stream, kept, ws.block));
        }
    }

    /** All tiles, those with the most keys first. */
    private List<QueryTile> tiles() {
        List<QueryTile> tiles = new ArrayList<>();
        for (int stream = 0; stream < problem.sequences() * config.heads(); stream++) {
            for (long i = 0; i < streams.blocks(stream); i++) {
                tiles.add(new QueryTile(stream, i));
            }
        }
        tiles.sort(Comparator.comparingLong(QueryTile::index).reversed());
        return tiles;
    }

    private interface Task {
        void run(int index, TileWorkspace ws);
    }

    /** Runs tasks, which together cost at least {@code work} times E multiply-adds. */
    private void forEach(int tasks, double work, Task task) {
        int parts = work * config.valueDim() < Streams.WORTH_WAKING ? Math.min(1, tasks) : tasks;
        engine.pool.forEach(
                parts,
                engine.tiles(blocking),
                (part, ws) -> {
                    for (int i = part; i < tasks; i += parts) {
                        task.run(i, ws);
                    }
                });
    }

    private void outputs(QueryTile tile, TileWorkspace tileSpace) {
        Workspace ws = tileSpace.block;
        Rows queries = streams.rows(tile.stream, tile.index, tileSpace.queries);
        transfer.features(queries, buffers.q(), ws.q);
        scores.begin(queries.head(), tileSpace);
        for (long j = 0; j <= tile.index; j++) {
            Rows keys = streams.rows(tile.stream, j, ws.rows);
            transfer.features(keys, buffers.k(), ws.k);
            transfer.load(keys, buffers.v(), ws.v);
            Matrix p = product(j == tile.index, ws);
            streams.look();
            scores.weigh(p, queries.first() - keys.first(), queries.head(), tileSpace);
            products.multiply(j == 0 ? Finish.SET : Finish.ADD, p, ws.v, ws.o);
        }
        if (states != null && !states.startEmpty()) {
            streams.look();
            initialState(queries, states.begin(tile.stream, ws.state), ws);
        }
        scores.end(tileSpace);
        transfer.store(queries, ws.o, buffers.output());
    }

    /** P = Q Kᵀ; on the diagonal its lower triangle. */
    private Matrix product(boolean diagonal, Workspace ws) {
        elements.transpose(ws.k, ws.kT);
        if (diagonal) {
            products.scores(ws.q, ws.kT, ws.p);
            return ws.p;
        }
        products.multiply(Finish.SET, ws.q, ws.kT, ws.scores);
        return ws.scores;
    }

    /** O += c diag(λ^(i+1)) Q S, with i counted from the sequence's first token; Q is consumed. */
    private void initialState(Rows queries, Matrix s, Workspace ws) {
        double slope = config.slopes()[queries.head()];
        float[] weights = new float[queries.count()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (config.scale() * Math.exp(-slope * (queries.first() + i + 1)));
        }
        elements.scaleRows(ws.q, weights, 0, ws.q);
        products.multiply(Finish.ADD, ws.q, s, ws.o);
    }

    /** S = λ^N S + (diag(λ^(N−1−j)) K)ᵀ V over all N rows at once. */
    private void finalState(int stream, States kept, Workspace ws) {
        double slope = config.slopes()[streams.head(stream)];
        long n = problem.length(stream / config.heads());
        float[] weights = new float[blocking.rows()];
        streams.look();
        Matrix s = kept.begin(stream, ws.state);
        Arrays.fill(ws.update.floats(), 0);
        for (long j = 0; j < streams.blocks(stream); j++) {
            Rows keys = streams.rows(stream, j, ws.rows);
            transfer.features(keys, buffers.k(), ws.k);
            transfer.load(keys, buffers.v(), ws.v);
            for (int i = 0; i < keys.count(); i++) {
                weights[i] = (float) Math.exp(-slope * (n - 1 - keys.first() - i));
            }
            elements.scaleRows(ws.k, weights, 0, ws.k);
            products.multiply(Finish.ADD, ws.k.t(), ws.v, ws.update);
        }
        elements.advance(
                s, ws.update, 0, s.size(), BlockDecay.fade(slope, n), BlockDecay.keep(slope, n));
        kept.end(stream, s);
    }
}
