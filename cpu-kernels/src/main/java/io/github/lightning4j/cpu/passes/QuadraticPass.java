package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cpu.arithmetic.Finish;
import io.github.lightning4j.cpu.arithmetic.Products.Band;
import io.github.lightning4j.spi.AttentionProblem;

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
    /** Multiply-adds below which waking another thread costs more than it gains. */
    private static final double WORTH_WAKING = 2e6;

    private final Engine engine;
    private final Blocking blocking;
    private final AttentionProblem problem;
    private final AttentionConfig config;
    private final Tensors tensors;
    private final @Nullable States states;
    private final RowTransfer transfer;
    private final TileScores scores;
    private final Streams streams;

    /** A tile of queries. */
    private record Tile(int stream, long index) {}

    /**
     * A pass.
     *
     * @param states where the state lives; null: there is none, as with softmax
     */
    public QuadraticPass(
            Engine engine, AttentionProblem problem, Tensors tensors, @Nullable States states) {
        this.engine = engine;
        this.problem = problem;
        this.config = problem.config();
        this.blocking = Blocking.tiles(config.keyDim(), config.valueDim(), engine.kernels);
        this.tensors = tensors;
        this.states = states;
        this.transfer = new RowTransfer(engine.kernels, problem);
        this.scores =
                states == null
                        ? new TileScores.Softmax(engine.kernels, config.scale())
                        : new TileScores.Decayed(engine.kernels, config);
        this.streams = new Streams(problem, blocking);
    }

    /** Computes everything. */
    public void run() {
        List<Tile> tiles = tiles();
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
    private List<Tile> tiles() {
        List<Tile> tiles = new ArrayList<>();
        for (int stream = 0; stream < problem.sequences() * config.heads(); stream++) {
            for (long i = 0; i < streams.blocks(stream); i++) {
                tiles.add(new Tile(stream, i));
            }
        }
        tiles.sort(Comparator.comparingLong(Tile::index).reversed());
        return tiles;
    }

    private interface Task {
        void run(int index, TileWorkspace ws);
    }

    /** Runs tasks; {@code work} times E multiply-adds are what they cost at least. */
    private void forEach(int tasks, double work, Task task) {
        int parts = work * config.valueDim() < WORTH_WAKING ? Math.min(1, tasks) : tasks;
        engine.pool.forEach(
                parts,
                engine.tiles(blocking),
                (part, ws) -> {
                    for (int i = part; i < tasks; i += parts) {
                        task.run(i, ws);
                    }
                });
    }

    private void outputs(Tile tile, TileWorkspace tileSpace) {
        Workspace ws = tileSpace.block;
        Rows queries = streams.rows(tile.stream, tile.index, tileSpace.queries);
        int l = queries.count();
        int ldk = blocking.keyStride();
        int ldv = blocking.valueStride();
        transfer.load(queries, problem.inputType(), tensors.q(), config.keyDim(), ws.q, ldk);
        engine.kernels.apply(config.featureMap(), ws.q, 0, l * ldk);
        scores.begin(queries.head(), tileSpace);
        for (long j = 0; j <= tile.index; j++) {
            Rows keys = streams.rows(tile.stream, j, ws.rows);
            boolean diagonal = j == tile.index;
            loadKeys(keys, ws);
            transfer.load(keys, problem.inputType(), tensors.v(), config.valueDim(), ws.v, ldv);
            product(queries, keys, diagonal, ws);
            scores.weigh(queries, keys, tileSpace);
            engine.kernels.multiply(
                    diagonal ? Band.LOWER_LEFT : Band.FULL,
                    j == 0 ? Finish.SET : Finish.ADD,
                    ws.p,
                    blocking.scoreStride(),
                    1,
                    ws.v,
                    ldv,
                    ws.o,
                    ldv,
                    l,
                    config.valueDim(),
                    keys.count());
        }
        if (states != null && !states.startEmpty()) {
            initialState(queries, states.begin(tile.stream, ws.state), ws);
        }
        scores.end(queries, tileSpace);
        transfer.store(queries, problem.outputType(), ws.o, ldv, config.valueDim(), tensors.o());
    }

    private void loadKeys(Rows keys, Workspace ws) {
        int ldk = blocking.keyStride();
        transfer.load(keys, problem.inputType(), tensors.k(), config.keyDim(), ws.k, ldk);
        engine.kernels.apply(config.featureMap(), ws.k, 0, keys.count() * ldk);
    }

    /** P = Q Kᵀ. */
    private void product(Rows queries, Rows keys, boolean diagonal, Workspace ws) {
        int ldk = blocking.keyStride();
        int ldp = blocking.scoreStride();
        engine.kernels.transpose(ws.k, ldk, keys.count(), config.keyDim(), ws.kT, ldp);
        if (diagonal) {
            engine.kernels.scores(
                    ws.q, ldk, ws.kT, ldp, ws.p, ldp, queries.count(), config.keyDim());
            return;
        }
        engine.kernels.multiply(
                Band.FULL,
                Finish.SET,
                ws.q,
                ldk,
                1,
                ws.kT,
                ldp,
                ws.p,
                ldp,
                queries.count(),
                keys.count(),
                config.keyDim());
    }

    /** O += c diag(λ^(i+1)) Q S, with i counted from the sequence's first token; Q is consumed. */
    private void initialState(Rows queries, float[] s, Workspace ws) {
        double slope = config.slopes()[queries.head()];
        float[] weights = new float[queries.count()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (config.scale() * Math.exp(-slope * (queries.first() + i + 1)));
        }
        int ldk = blocking.keyStride();
        engine.kernels.scaleRows(ws.q, ldk, weights.length, config.keyDim(), weights, 0, ws.q);
        engine.kernels.multiply(
                Band.FULL,
                Finish.ADD,
                ws.q,
                ldk,
                1,
                s,
                blocking.valueStride(),
                ws.o,
                blocking.valueStride(),
                weights.length,
                config.valueDim(),
                config.keyDim());
    }

    /** S = λ^N S + (diag(λ^(N−1−j)) K)ᵀ V over all N rows at once. */
    private void finalState(int stream, States kept, Workspace ws) {
        double slope = config.slopes()[stream % config.heads()];
        long n = problem.length(stream / config.heads());
        int ldk = blocking.keyStride();
        int ldv = blocking.valueStride();
        float[] weights = new float[blocking.rows()];
        float[] s = kept.begin(stream, ws.state);
        Arrays.fill(ws.update, 0);
        for (long j = 0; j < streams.blocks(stream); j++) {
            Rows keys = streams.rows(stream, j, ws.rows);
            loadKeys(keys, ws);
            transfer.load(keys, problem.inputType(), tensors.v(), config.valueDim(), ws.v, ldv);
            for (int i = 0; i < keys.count(); i++) {
                weights[i] = (float) Math.exp(-slope * (n - 1 - keys.first() - i));
            }
            engine.kernels.scaleRows(ws.k, ldk, keys.count(), config.keyDim(), weights, 0, ws.k);
            engine.kernels.multiply(
                    Band.FULL,
                    Finish.ADD,
                    ws.k,
                    1,
                    ldk,
                    ws.v,
                    ldv,
                    ws.update,
                    ldv,
                    config.keyDim(),
                    config.valueDim(),
                    keys.count());
        }
        engine.kernels.advance(
                s, ws.update, 0, s.length, BlockDecay.fade(slope, n), BlockDecay.keep(slope, n));
        kept.end(stream, s);
    }
}
