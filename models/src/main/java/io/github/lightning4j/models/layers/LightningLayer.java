package io.github.lightning4j.models.layers;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.models.layers.AroundAttention.HeadNorms;
import io.github.lightning4j.models.layers.AroundAttention.Input;
import io.github.lightning4j.models.layers.HeadParts.Order;

/**
 * A layer of lightning attention as models have it: queries, keys and values are projected from the
 * hidden rows, attended, normalised, weighed by a gate and projected back.
 *
 * <p>Models differ in the order of q, k and v in the projection, in what is applied to them, in the
 * decay, and in where the gate comes from. Immutable.
 */
public final class LightningLayer implements AttentionLayer {
    /** Of MiniMax and TransNormerLLM, whatever their configurations say elsewhere. */
    private static final double EPSILON = 1e-6;

    /** Tokens whose keys and values are kept beside S until they are added to it. */
    private static final int ROWS = 32;

    private final AroundAttention around;

    LightningLayer(AroundAttention around) {
        this.around = around;
    }

    /**
     * MiniMax: SiLU on q, k and v, which lie by head; a gate σ(W x); norm over all heads.
     *
     * @param compute what it is computed with
     * @param weights {@code qkv_proj.weight}, {@code output_gate.weight}, {@code norm.weight},
     *     {@code out_proj.weight}
     * @param hidden features of a token
     * @param heads H
     * @param dim D
     * @param decay {@link Decay#transformers} for Hugging Face's checkpoints, {@link
     *     Decay#alibi(int, int)} for MiniMaxAI's
     * @return the layer
     */
    public static LightningLayer miniMax(
            Compute compute, Weights weights, int hidden, int heads, int dim, Decay decay) {
        HeadParts parts = new HeadParts(Order.BY_HEAD, 3, heads, dim);
        int inner = parts.inner();
        Input input =
                new Input(
                        new Projection(compute, weights, "qkv_proj.weight", 3L * inner, hidden),
                        parts,
                        true,
                        true,
                        null,
                        new NoPositions(),
                        new Projection(compute, weights, "output_gate.weight", inner, hidden));
        weights.ignore("slope_rate", "query_decay", "key_decay", "diagonal_decay");
        return of(
                compute,
                input,
                config(parts, input.encoding(), decay, 1),
                RmsNorm.of(compute, weights, "norm.weight", inner, EPSILON),
                new Projection(compute, weights, "out_proj.weight", hidden, inner),
                hidden);
    }

    /**
     * Ring and Ling 2.5: q and k normalised by head and turned by RoPE; a gate σ(W x); norm over
     * groups of heads; scale 1/√D.
     *
     * @param compute what it is computed with
     * @param weights {@code query_key_value.weight}, {@code query_layernorm.weight}, {@code
     *     key_layernorm.weight}, {@code g_proj.weight}, {@code g_norm.weight}, {@code dense.weight}
     * @param hidden features of a token
     * @param heads H
     * @param dim D
     * @param rotaryDim R, the turned part of a head
     * @param theta RoPE's base
     * @param groups of the norm
     * @param epsilon of all norms
     * @param decay {@link #ringDecay}
     * @return the layer
     */
    public static LightningLayer ring(
            Compute compute,
            Weights weights,
            int hidden,
            int heads,
            int dim,
            int rotaryDim,
            double theta,
            int groups,
            double epsilon,
            Decay decay) {
        HeadParts parts = new HeadParts(Order.BY_PART, 3, heads, dim);
        int inner = parts.inner();
        Input input =
                new Input(
                        new Projection(
                                compute, weights, "query_key_value.weight", 3L * inner, hidden),
                        parts,
                        false,
                        false,
                        new HeadNorms(
                                RmsNorm.of(
                                        compute, weights, "query_layernorm.weight", dim, epsilon),
                                RmsNorm.of(compute, weights, "key_layernorm.weight", dim, epsilon)),
                        new Rope(compute, dim, rotaryDim, theta),
                        new Projection(compute, weights, "g_proj.weight", inner, hidden));
        return of(
                compute,
                input,
                config(parts, input.encoding(), decay, 1 / Math.sqrt(dim)),
                RmsNorm.ofGroups(compute, weights, "g_norm.weight", inner, groups, epsilon),
                new Projection(compute, weights, "dense.weight", hidden, inner),
                hidden);
    }

    /**
     * The decay of Ring and Ling 2.5 as their authors compute it: ALiBi's slopes times 1 −
     * (l−1)/(Λ−1) + 1e−5, so that the first layer's factor is above 1. Serving engines use other
     * factors, and 3.5 % of the output differ.
     *
     * @param layer l, from 0
     * @param layers Λ ≥ 2
     * @param heads H
     * @return slopes of the heads
     * @throws IllegalArgumentException if there is no such layer
     */
    public static Decay ringDecay(int layer, int layers, int heads) {
        if (layers < 2 || layer < 0 || layer >= layers) {
            throw new IllegalArgumentException(
                    "layer is "
                            + layer
                            + " of "
                            + layers
                            + "; it must be 0 ... layers-1, of 2 at least");
        }
        float[] slopes = Decay.alibi().slopes(heads);
        double factor = 1 - (layer - 1) / (layers - 1.0) + 1e-5;
        for (int h = 0; h < heads; h++) {
            slopes[h] = (float) (slopes[h] * factor);
        }
        return Decay.ofSlopes(slopes);
    }

    /**
     * TransNormerLLM: SiLU on q and k; the gate u is projected with them and stays as it is; norm
     * over all heads without a weight; LRPE in some layers.
     *
     * @param compute what it is computed with
     * @param weights {@code qkvu_proj.weight}, {@code out_proj.weight} and, with LRPE, {@code
     *     lrpe.theta}
     * @param hidden features of a token
     * @param heads H
     * @param dim D; keys have 2D with LRPE
     * @param lrpe whether positions turn queries and keys
     * @param decay {@link Decay#alibi(int, int)}
     * @return the layer
     */
    public static LightningLayer transNormer(
            Compute compute,
            Weights weights,
            int hidden,
            int heads,
            int dim,
            boolean lrpe,
            Decay decay) {
        HeadParts parts = new HeadParts(Order.BY_PART, 4, heads, dim);
        int inner = parts.inner();
        PositionEncoding encoding =
                lrpe ? new Lrpe(compute, weights, "lrpe.theta", heads, dim) : new NoPositions();
        Input input =
                new Input(
                        new Projection(compute, weights, "qkvu_proj.weight", 4L * inner, hidden),
                        parts,
                        true,
                        false,
                        null,
                        encoding,
                        null);
        return of(
                compute,
                input,
                config(parts, encoding, decay, 1),
                RmsNorm.ofOnes(compute, inner, EPSILON),
                new Projection(compute, weights, "out_proj.weight", hidden, inner),
                hidden);
    }

    private static LightningLayer of(
            Compute compute,
            Input input,
            AttentionConfig config,
            RmsNorm norm,
            Projection output,
            int hidden) {
        return new LightningLayer(
                new AroundAttention(compute, input, config, norm, output, hidden));
    }

    private static AttentionConfig config(
            HeadParts parts, PositionEncoding encoding, Decay decay, double scale) {
        return AttentionConfig.builder(parts.heads(), encoding.dim(parts.dim()), parts.dim())
                .decay(decay)
                .scale(scale)
                .layout(Layout.TOKENS_FIRST)
                .build();
    }

    @Override
    public LayerStates openStates(StateOptions options) {
        return new LightningStates(around, options);
    }

    @Override
    public long bytes(long tokens) {
        AttentionConfig config = around.config();
        long rows = (long) ROWS * (config.keyDim() + config.valueDim());
        return (config.stateElements() + config.heads() * rows) * Float.BYTES;
    }

    @Override
    public int hidden() {
        return around.hidden();
    }

    /**
     * The attention in the middle.
     *
     * @return its heads, dimensions, slopes and scale
     */
    public AttentionConfig config() {
        return around.config();
    }

    AroundAttention around() {
        return around;
    }
}
