package io.github.lightning4j.models;

import io.github.lightning4j.Decay;
import io.github.lightning4j.models.layers.LightningLayer;

/**
 * How models derive the slopes of a layer's heads. They differ by a few percent or less, so a wrong
 * one does not fail: it answers a little worse.
 */
public enum DecayConvention {
    /** {@link Decay#alibi(int, int)}. */
    ALIBI_LAYER("alibi:l/N", "MiniMaxAI's checkpoints, serving engines, TransNormerLLM"),
    /** {@link Decay#transformers}. */
    TRANSFORMERS("transformers:l/N", "MiniMax as Hugging Face computes it"),
    /** {@link Decay#alibi()}. */
    ALIBI("alibi", "MiniCPM-SALA, the same in all layers"),
    /** {@link LightningLayer#ringDecay}. */
    RING("ring:l/N", "Ring and Ling 2.5 as their authors compute it, with l-1"),
    /** Ring's with max(0, l − 1). */
    RING_CLAMPED("ring-clamped:l/N", "Ring and Ling 2.5 in mlx-lm, with max(0, l-1)"),
    /** {@link Decay#paper}. */
    PAPER("paper:l/N", "equation 10 of the paper");

    private final String text;
    private final String use;

    DecayConvention(String text, String use) {
        this.text = text;
        this.use = use;
    }

    /**
     * A short name.
     *
     * @return as {@link io.github.lightning4j.io.DecayText} writes it where it knows it
     */
    public String text() {
        return text;
    }

    /**
     * Whose it is.
     *
     * @return in words
     */
    public String use() {
        return use;
    }

    /**
     * The slopes of a layer. Ring's divide by Λ − 1, so a model of one layer is taken for one of
     * two.
     *
     * @param layer l, from 0
     * @param layers Λ
     * @param heads H
     * @return [H], new
     */
    public float[] slopes(int layer, int layers, int heads) {
        int two = Math.max(2, layers);
        return switch (this) {
            case ALIBI_LAYER -> Decay.alibi(layer, layers).slopes(heads);
            case TRANSFORMERS -> Decay.transformers(layer, layers).slopes(heads);
            case ALIBI -> Decay.alibi().slopes(heads);
            case RING -> LightningLayer.ringDecay(layer, two, heads).slopes(heads);
            case RING_CLAMPED ->
                    LightningLayer.ringDecay(Math.max(1, layer), two, heads).slopes(heads);
            case PAPER -> Decay.paper(layer, layers).slopes(heads);
        };
    }

    /** That of a preset by layer. */
    static DecayConvention of(Decay decay) {
        return switch (decay) {
            case Decay.AlibiLayer _ -> ALIBI_LAYER;
            case Decay.Transformers _ -> TRANSFORMERS;
            case Decay.Alibi _ -> ALIBI;
            case Decay.Paper _ -> PAPER;
            case Decay.None _, Decay.Retention _, Decay.Slopes _ ->
                    throw new IllegalArgumentException("no model has " + decay);
        };
    }
}
