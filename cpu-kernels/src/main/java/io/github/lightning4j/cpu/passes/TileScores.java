package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cpu.arithmetic.Kernels;

import java.util.Arrays;

/** What sets the quadratic attentions apart: what becomes of a tile of scores Q Kᵀ. */
interface TileScores {
    /** Begins a tile of queries. */
    void begin(int head, TileWorkspace ws);

    /**
     * Turns P = Q Kᵀ into weights of V, and brings O so far to the same footing.
     *
     * @param queries rows of Q
     * @param keys rows of K
     */
    void weigh(Rows queries, Rows keys, TileWorkspace ws);

    /** Finishes O. */
    void end(Rows queries, TileWorkspace ws);

    /** The left product: P ⊙ A with A[i, j] = c λ^(i−j), in powers of exponents ≥ 0. */
    final class Decayed implements TileScores {
        private final Kernels kernels;
        private final float[] slopes;
        private final double scale;

        Decayed(Kernels kernels, AttentionConfig config) {
            this.kernels = kernels;
            slopes = config.slopes();
            scale = config.scale();
        }

        @Override
        public void begin(int head, TileWorkspace ws) {
            ws.block.decay.prepare(slopes[head], scale);
            ws.prepareFar(slopes[head]);
        }

        @Override
        public void weigh(Rows queries, Rows keys, TileWorkspace ws) {
            BlockDecay decay = ws.block.decay;
            int ld = ws.block.blocking.scoreStride();
            long distance = queries.first() - keys.first();
            if (distance == 0) {
                kernels.scaleLower(ws.block.p, ld, queries.count(), decay.scores, decay.reach());
                return;
            }
            // The nearest of the tile's pairs are distance − reach ≥ 1 apart.
            double nearest = Math.exp(-slopes[queries.head()] * (distance - decay.reach()));
            kernels.scaleTile(
                    ws.block.p,
                    ld,
                    queries.count(),
                    keys.count(),
                    ws.far,
                    decay.reach(),
                    TileWorkspace.normal(scale * nearest));
        }

        @Override
        public void end(Rows queries, TileWorkspace ws) {}
    }

    /** Softmax: P = exp(c P − m), with m and the sum l of each row carried along; O / l. */
    record Softmax(Kernels kernels, double scale) implements TileScores {
        private static final double LOG2_E = 1 / Math.log(2);

        @Override
        public void begin(int head, TileWorkspace ws) {
            Arrays.fill(ws.most, Float.NEGATIVE_INFINITY);
            Arrays.fill(ws.sum, 0);
        }

        @Override
        public void weigh(Rows queries, Rows keys, TileWorkspace ws) {
            Blocking b = ws.block.blocking;
            boolean changed =
                    kernels.softmax(
                            ws.block.p,
                            b.scoreStride(),
                            queries.count(),
                            keys.count(),
                            queries.first() == keys.first(),
                            (float) (scale * LOG2_E),
                            ws.most,
                            ws.sum,
                            ws.factor);
            if (changed) {
                scale(queries, ws);
            }
        }

        @Override
        public void end(Rows queries, TileWorkspace ws) {
            for (int i = 0; i < queries.count(); i++) {
                ws.factor[i] = 1 / ws.sum[i];
            }
            scale(queries, ws);
        }

        private void scale(Rows queries, TileWorkspace ws) {
            Blocking b = ws.block.blocking;
            kernels.scaleRows(
                    ws.block.o,
                    b.valueStride(),
                    queries.count(),
                    b.valueDim(),
                    ws.factor,
                    0,
                    ws.block.o);
        }
    }
}
