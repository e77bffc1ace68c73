package io.github.lightning4j.models;

import io.github.lightning4j.Tensor;
import io.github.lightning4j.models.checkpoints.MiniMaxConfig;
import io.github.lightning4j.models.checkpoints.ModelConfig;
import io.github.lightning4j.models.checkpoints.Residual;
import io.github.lightning4j.models.checkpoints.TransNormerConfig;
import io.github.lightning4j.models.layers.AttentionLayer;
import io.github.lightning4j.models.layers.Compute;
import io.github.lightning4j.models.layers.Glu;
import io.github.lightning4j.models.layers.LightningLayer;
import io.github.lightning4j.models.layers.Projection;
import io.github.lightning4j.models.layers.RmsNorm;
import io.github.lightning4j.models.layers.Rope;
import io.github.lightning4j.models.layers.SoftmaxLayer;
import io.github.lightning4j.models.layers.SparseMoe;
import io.github.lightning4j.models.layers.Weights;

import java.util.ArrayList;
import java.util.List;

/**
 * What a model computes with, by the names that its family gives to weights. Immutable.
 *
 * @param embeddings [vocabulary, hidden]
 * @param embeddingScale by which their rows are multiplied
 * @param layers in order
 * @param norm after them
 * @param head from hidden rows to logits
 */
record ModelParts(
        Tensor embeddings,
        float embeddingScale,
        List<DecoderLayer> layers,
        RmsNorm norm,
        Projection head) {
    /** What a layer of TransNormerLLM has wherever it normalises. */
    private static final double TRANSNORMER_EPSILON = 1e-6;

    private static final Residual PLAIN = new Residual(1, 1);

    ModelParts {
        layers = List.copyOf(layers);
    }

    /** Takes all weights of a model; the caller checks them. */
    static ModelParts of(Compute compute, Weights weights, ModelConfig config) {
        int hidden = config.hidden();
        Tensor embeddings = weights.take("model.embed_tokens.weight", config.vocabulary(), hidden);
        List<DecoderLayer> layers = new ArrayList<>();
        for (int l = 0; l < config.layers(); l++) {
            Weights ofLayer = weights.at("model.layers." + l + ".");
            layers.add(
                    switch (config) {
                        case MiniMaxConfig miniMax -> layer(compute, ofLayer, miniMax, l);
                        case TransNormerConfig transNormer ->
                                layer(compute, ofLayer, transNormer, l);
                    });
        }
        RmsNorm norm =
                switch (config) {
                    case MiniMaxConfig miniMax ->
                            RmsNorm.of(
                                    compute,
                                    weights,
                                    "model.norm.weight",
                                    hidden,
                                    miniMax.epsilon());
                    case TransNormerConfig _ ->
                            RmsNorm.ofOnes(compute, hidden, TRANSNORMER_EPSILON);
                };
        float scale =
                config instanceof TransNormerConfig transNormer && transNormer.scaledEmbeddings()
                        ? (float) Math.sqrt(hidden)
                        : 1;
        return new ModelParts(
                embeddings, scale, layers, norm, head(compute, weights, config, embeddings));
    }

    private static Projection head(
            Compute compute, Weights weights, ModelConfig config, Tensor embeddings) {
        if (config.tied()) {
            weights.ignore("lm_head.weight");
            return new Projection(compute, embeddings);
        }
        return new Projection(
                compute, weights, "lm_head.weight", config.vocabulary(), config.hidden());
    }

    private static DecoderLayer layer(
            Compute compute, Weights weights, MiniMaxConfig config, int l) {
        int hidden = config.hidden();
        return new DecoderLayer(
                compute,
                RmsNorm.of(compute, weights, "input_layernorm.weight", hidden, config.epsilon()),
                attention(compute, weights.at("self_attn."), config, l),
                config.isSoftmax(l) ? config.softmaxResidual() : config.lightningResidual(),
                RmsNorm.of(
                        compute,
                        weights,
                        "post_attention_layernorm.weight",
                        hidden,
                        config.epsilon()),
                new SparseMoe(
                        compute,
                        weights.at("block_sparse_moe."),
                        hidden,
                        config.inner(),
                        config.experts(),
                        config.expertsPerToken()),
                config.expertsResidual(),
                config.residualAfterNorm());
    }

    private static AttentionLayer attention(
            Compute compute, Weights weights, MiniMaxConfig config, int l) {
        int dim = config.headDim();
        if (!config.isSoftmax(l)) {
            return LightningLayer.miniMax(
                    compute, weights, config.hidden(), config.heads(), dim, config.decay(l));
        }
        weights.ignore("rotary_emb.inv_freq");
        return new SoftmaxLayer(
                compute,
                weights,
                config.hidden(),
                config.heads(),
                config.keyValueHeads(),
                dim,
                new Rope(compute, dim, config.rotaryDim(), config.theta()));
    }

    private static DecoderLayer layer(
            Compute compute, Weights weights, TransNormerConfig config, int l) {
        int hidden = config.hidden();
        RmsNorm norm = RmsNorm.ofOnes(compute, hidden, TRANSNORMER_EPSILON);
        return new DecoderLayer(
                compute,
                norm,
                LightningLayer.transNormer(
                        compute,
                        weights.at("token_mixer."),
                        hidden,
                        config.heads(),
                        config.headDim(),
                        config.lrpe().get(l),
                        config.decay(l)),
                PLAIN,
                norm,
                new Glu(compute, weights.at("channel_mixer."), hidden, config.inner()),
                PLAIN,
                false);
    }
}
