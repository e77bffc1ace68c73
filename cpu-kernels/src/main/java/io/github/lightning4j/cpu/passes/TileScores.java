package io.github.lightning4j.cpu.passes;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.Matrix;

import java.util.Arrays;

/** What sets the quadratic attentions apart: what becomes of a tile of scores Q Kᵀ. */
interface TileScores {
    /** Begins a tile of queries. */
    void begin(int head, TileWorkspace ws);

    /**
     * Turns P = Q Kᵀ into weights of V, and rescales O so far to match them.
     *
     * @param p the scores of the workspace; {@link Matrix#part} says which of them count
     * @param distance from the first key to the first query
     * @param head the head
     */
    void weigh(Matrix p, long distance, int head, TileWorkspace ws);

    /** Finishes O. */
    void end(TileWorkspace ws);

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
        public void weigh(Matrix p, long distance, int head, TileWorkspace ws) {
            BlockDecay decay = ws.block.decay;
            if (distance == 0) {
                kernels.elements().mask(p, decay.scores, decay.reach());
                return;
            }
            // The nearest of the tile's pairs are distance − reach ≥ 1 apart.
            double nearest = Math.exp(-slopes[head] * (distance - decay.reach()));
            float factor = TileWorkspace.normal(scale * nearest);
            kernels.attending().scaleTile(p, ws.far, decay.reach(), factor);
        }

        @Override
        public void end(TileWorkspace ws) {}
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
        public void weigh(Matrix p, long distance, int head, TileWorkspace ws) {
            float exponents = (float) (scale * LOG2_E);
            if (kernels.attending().softmax(p, exponents, ws.most, ws.sum, ws.factor)) {
                kernels.elements().scaleRows(ws.block.o, ws.factor, 0, ws.block.o);
            }
        }

        @Override
        public void end(TileWorkspace ws) {
            for (int i = 0; i < ws.block.o.rows(); i++) {
                ws.factor[i] = 1 / ws.sum[i];
            }
            kernels.elements().scaleRows(ws.block.o, ws.factor, 0, ws.block.o);
        }
    }
}
