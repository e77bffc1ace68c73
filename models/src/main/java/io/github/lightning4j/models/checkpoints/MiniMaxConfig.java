package io.github.lightning4j.models.checkpoints;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Decay;
import io.github.lightning4j.io.MalformedDataException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The configuration of a MiniMax model, in either dialect: that of Hugging Face ({@code
 * layer_types}, {@code linear_attn_alpha_factor}) or MiniMaxAI's own ({@code attn_type_list},
 * {@code layernorm_linear_attention_alpha}). Immutable.
 *
 * @param dialect who wrote it, which decides the slopes
 * @param hidden features of a token
 * @param heads H
 * @param keyValueHeads KV of softmax layers, a divisor of H
 * @param headDim D
 * @param softmax for each layer, whether it is softmax attention; lightning if not
 * @param experts of each layer
 * @param expertsPerToken how many of them a token has
 * @param inner rows of an expert's projections
 * @param vocabulary how many ids there are
 * @param epsilon of the norms of a layer
 * @param rotaryDim how much of a head RoPE turns
 * @param theta RoPE's base
 * @param lightningResidual around lightning attention
 * @param softmaxResidual around softmax attention
 * @param expertsResidual around the experts
 * @param residualAfterNorm whether what goes past a part is normalised
 * @param tied whether the embeddings are the last projection too
 */
public record MiniMaxConfig(
        Dialect dialect,
        int hidden,
        int heads,
        int keyValueHeads,
        int headDim,
        List<Boolean> softmax,
        int experts,
        int expertsPerToken,
        int inner,
        int vocabulary,
        double epsilon,
        int rotaryDim,
        double theta,
        Residual lightningResidual,
        Residual softmaxResidual,
        Residual expertsResidual,
        boolean residualAfterNorm,
        boolean tied)
        implements ModelConfig {
    private static final String LAYERS = "num_hidden_layers";

    /** Who wrote a configuration. */
    public enum Dialect {
        /** The transformers library. */
        HUGGING_FACE,
        /** The authors. */
        MINIMAX_AI
    }

    /** Copies the layers. */
    public MiniMaxConfig {
        softmax = List.copyOf(softmax);
    }

    @Override
    public String family() {
        return dialect == Dialect.HUGGING_FACE
                ? "MiniMax, in Hugging Face's dialect"
                : "MiniMax, in MiniMaxAI's own dialect";
    }

    @Override
    public int layers() {
        return softmax.size();
    }

    @Override
    public boolean isSoftmax(int layer) {
        return softmax.get(layer);
    }

    @Override
    public Decay decay(int layer) {
        return dialect == Dialect.HUGGING_FACE
                ? Decay.transformers(layer, layers())
                : Decay.alibi(layer, layers());
    }

    static MiniMaxConfig of(ConfigFields fields) throws MalformedDataException {
        String type = fields.text("model_type", "");
        if (!type.toLowerCase(Locale.ROOT).startsWith("minimax")) {
            throw fields.wrong(
                    "model_type",
                    type,
                    "minimax or another MiniMax with lightning attention, or transnormer");
        }
        boolean own = fields.has("attn_type_list");
        if (own == fields.has("layer_types")) {
            throw new MalformedDataException(
                    "config.json has "
                            + (own ? "both" : "neither")
                            + " layer_types and attn_type_list; it must have one of them, because"
                            + " they say which layers are lightning attention");
        }
        checkSupported(fields);
        int layers = fields.number(LAYERS, 1, Limits.LAYERS);
        int hidden = fields.number("hidden_size", 1, Limits.FEATURES);
        int heads = fields.number("num_attention_heads", 1, Limits.HEADS);
        int dim =
                fields.number(
                        "head_dim",
                        1,
                        AttentionConfig.MAX_DIM,
                        Math.clamp(hidden / heads, 1, AttentionConfig.MAX_DIM));
        int kept = fields.number("num_key_value_heads", 1, heads, heads);
        if (heads % kept != 0) {
            throw fields.wrong("num_key_value_heads", kept, "a divisor of the heads, " + heads);
        }
        int experts = fields.number("num_local_experts", 1, Limits.EXPERTS);
        if ((long) experts * layers > Limits.EXPERTS_IN_ALL) {
            throw fields.wrong(
                    "num_local_experts",
                    experts,
                    "at most " + Limits.EXPERTS_IN_ALL / layers + " with " + layers + " layers");
        }
        ConfigFields rope = fields.object("rope_parameters");
        return new MiniMaxConfig(
                own ? Dialect.MINIMAX_AI : Dialect.HUGGING_FACE,
                hidden,
                heads,
                kept,
                dim,
                own ? ownKinds(fields, layers) : kinds(fields, layers),
                experts,
                fields.number("num_experts_per_tok", 1, experts),
                fields.number("intermediate_size", 1, Limits.FEATURES),
                fields.number("vocab_size", 1, Limits.IDS),
                fields.real("rms_norm_eps", 0, 1, 1e-5),
                rotaryDim(fields, rope, dim),
                rope.real("rope_theta", 1e-3, 1e30, fields.real("rope_theta", 1e-3, 1e30, 10_000)),
                residual(
                        fields,
                        own ? "layernorm_linear_attention_alpha" : "linear_attn_alpha_factor",
                        own ? "layernorm_linear_attention_beta" : "linear_attn_beta_factor"),
                residual(
                        fields,
                        own ? "layernorm_full_attention_alpha" : "full_attn_alpha_factor",
                        own ? "layernorm_full_attention_beta" : "full_attn_beta_factor"),
                residual(
                        fields,
                        own ? "layernorm_mlp_alpha" : "mlp_alpha_factor",
                        own ? "layernorm_mlp_beta" : "mlp_beta_factor"),
                // Hugging Face's classes have no other way.
                !own || fields.flag("postnorm", false),
                fields.flag("tie_word_embeddings", false));
    }

    /** Refuses what would be computed wrongly, instead of ignoring it. */
    private static void checkSupported(ConfigFields fields) throws MalformedDataException {
        String activation = fields.text("hidden_act", "silu");
        if (!activation.equals("silu")) {
            throw fields.wrong("hidden_act", activation, "silu");
        }
        if (fields.has("sliding_window")) {
            throw fields.wrong("sliding_window", fields.all().get("sliding_window"), "null");
        }
        int shared = fields.number("shared_intermediate_size", 0, Limits.FEATURES, 0);
        if (shared != 0) {
            throw fields.wrong(
                    "shared_intermediate_size", shared, "0: there is no shared expert here");
        }
        String scaling = fields.object("rope_parameters").text("rope_type", "default");
        if (!scaling.equals("default")) {
            throw fields.wrong("rope_type", scaling, "default");
        }
        if (fields.has("rope_scaling")) {
            throw fields.wrong("rope_scaling", fields.all().get("rope_scaling"), "null");
        }
        if (fields.has("quantization_config")) {
            throw fields.wrong(
                    "quantization_config", "set", "absent: weights are F32, F16 or BF16");
        }
    }

    private static int rotaryDim(ConfigFields fields, ConfigFields rope, int dim)
            throws MalformedDataException {
        double part =
                rope.real(
                        "partial_rotary_factor",
                        0,
                        1,
                        fields.real("partial_rotary_factor", 0, 1, 1));
        int turned = fields.number("rotary_dim", 0, dim, (int) (dim * part));
        if (turned % 2 != 0) {
            throw fields.wrong("rotary_dim", turned, "even");
        }
        return turned;
    }

    private static Residual residual(ConfigFields fields, String alpha, String beta)
            throws MalformedDataException {
        return new Residual(fields.real(alpha, -1e6, 1e6, 1), fields.real(beta, -1e6, 1e6, 1));
    }

    private static List<Boolean> kinds(ConfigFields fields, int layers)
            throws MalformedDataException {
        List<Boolean> softmax = new ArrayList<>();
        for (@Nullable Object kind : fields.entries("layer_types", layers, LAYERS)) {
            if (!"linear_attention".equals(kind) && !"full_attention".equals(kind)) {
                throw fields.wrong("layer_types", kind, "linear_attention or full_attention, each");
            }
            softmax.add("full_attention".equals(kind));
        }
        return softmax;
    }

    private static List<Boolean> ownKinds(ConfigFields fields, int layers)
            throws MalformedDataException {
        fields.entries("attn_type_list", layers, LAYERS);
        List<Boolean> softmax = new ArrayList<>();
        for (int kind : fields.numbers("attn_type_list", 0, 1)) {
            softmax.add(kind == 1);
        }
        return softmax;
    }
}
