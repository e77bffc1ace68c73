package io.github.lightning4j.models;

import io.github.lightning4j.models.checkpoints.Residual;
import io.github.lightning4j.models.layers.Activations;
import io.github.lightning4j.models.layers.AttentionLayer;
import io.github.lightning4j.models.layers.Compute;
import io.github.lightning4j.models.layers.FeedForward;
import io.github.lightning4j.models.layers.RmsNorm;

import java.util.function.UnaryOperator;

/**
 * A layer of a model: attention, then what sees each token alone, each with a norm before it and a
 * way past it. Immutable.
 *
 * @param compute what it is computed with
 * @param attentionNorm before attention
 * @param attention lightning or softmax
 * @param attentionResidual the way past it
 * @param feedForwardNorm before the second part
 * @param feedForward the second part
 * @param feedForwardResidual the way past it
 * @param residualAfterNorm whether what goes past a part was normalised as what goes in
 */
record DecoderLayer(
        Compute compute,
        RmsNorm attentionNorm,
        AttentionLayer attention,
        Residual attentionResidual,
        RmsNorm feedForwardNorm,
        FeedForward feedForward,
        Residual feedForwardResidual,
        boolean residualAfterNorm) {
    /**
     * The layer for some rows.
     *
     * @param x [n, hidden]
     * @param attend attention with what the layer's states hold
     * @return [n, hidden], new
     */
    Activations apply(Activations x, UnaryOperator<Activations> attend) {
        Activations attended = past(x, attentionNorm, attentionResidual, attend);
        Activations y = past(attended, feedForwardNorm, feedForwardResidual, feedForward::apply);
        compute.recycle(attended);
        return y;
    }

    private Activations past(
            Activations x, RmsNorm norm, Residual residual, UnaryOperator<Activations> part) {
        Activations normalised = norm.apply(x);
        Activations y = part.apply(normalised);
        compute.add(
                (float) residual.alpha(),
                residualAfterNorm ? normalised : x,
                (float) residual.beta(),
                y);
        compute.recycle(normalised);
        return y;
    }
}
