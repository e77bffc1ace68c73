package io.github.lightning4j.models.checkpoints;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.Decay;
import io.github.lightning4j.io.MalformedDataException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The configuration of a TransNormerLLM model, as OpenNLPLab's {@code TransnormerConfig} has it.
 * All layers are lightning attention. Immutable.
 *
 * @param hidden features of a token
 * @param heads H
 * @param headDim D
 * @param lrpe for each layer, whether positions turn its queries and keys
 * @param inner rows of the first two projections of a gated linear unit
 * @param vocabulary how many ids there are
 * @param scaledEmbeddings whether embeddings are multiplied by √hidden
 * @param tied whether the embeddings are the last projection too
 */
public record TransNormerConfig(
        int hidden,
        int heads,
        int headDim,
        List<Boolean> lrpe,
        int inner,
        int vocabulary,
        boolean scaledEmbeddings,
        boolean tied)
        implements ModelConfig {
    private static final String TYPE = "model_type";
    private static final String LRPE = "linear_use_lrpe_list";

    /** Copies the layers. */
    public TransNormerConfig {
        lrpe = List.copyOf(lrpe);
    }

    @Override
    public String family() {
        return "TransNormerLLM";
    }

    @Override
    public int layers() {
        return lrpe.size();
    }

    @Override
    public boolean isSoftmax(int layer) {
        return false;
    }

    @Override
    public Decay decay(int layer) {
        return Decay.alibi(layer, layers());
    }

    /** Published ones name their class and no type. */
    static boolean isOf(ConfigFields fields) throws MalformedDataException {
        if (fields.has(TYPE)) {
            return isNamed(fields.text(TYPE, ""));
        }
        return fields.list("architectures").stream()
                .anyMatch(name -> name instanceof String text && isNamed(text));
    }

    private static boolean isNamed(String text) {
        return text.toLowerCase(Locale.ROOT).startsWith("transnormer");
    }

    static TransNormerConfig of(ConfigFields fields) throws MalformedDataException {
        checkSupported(fields);
        int layers = fields.number("decoder_layers", 1, Limits.LAYERS);
        int hidden = fields.number("decoder_embed_dim", 1, Limits.FEATURES);
        int heads = fields.number("decoder_attention_heads", 1, Limits.HEADS);
        int inner = fields.number("hidden_dim", 1, Limits.FEATURES);
        List<Boolean> lrpe = lrpe(fields, layers);
        // With LRPE keys are twice as wide.
        int most = lrpe.contains(true) ? AttentionConfig.MAX_DIM / 2 : AttentionConfig.MAX_DIM;
        if (inner % heads != 0 || inner / heads > most) {
            throw fields.wrong(
                    "hidden_dim",
                    inner,
                    "a multiple of the heads, " + heads + ", of at most " + most + " each");
        }
        int glu = fields.number("glu_dim", -1, Limits.FEATURES);
        if (glu == 0) {
            throw fields.wrong("glu_dim", glu, "-1 or above 0");
        }
        return new TransNormerConfig(
                hidden,
                heads,
                inner / heads,
                lrpe,
                glu == -1 ? hidden : glu,
                fields.number("vocab_size", 1, Limits.IDS),
                !fields.flag("no_scale_embedding", false),
                // Where it is not said, transformers of that time tied them.
                fields.flag("tie_word_embeddings", true));
    }

    /** Refuses what would be computed wrongly, instead of ignoring it. */
    private static void checkSupported(ConfigFields fields) throws MalformedDataException {
        String norm = fields.text("norm_type", "simplermsnorm");
        if (!norm.equals("simplermsnorm")) {
            throw fields.wrong("norm_type", norm, "simplermsnorm");
        }
        String activation = fields.text("linear_act_fun", "silu");
        if (!activation.equals("silu") && !activation.equals("swish")) {
            throw fields.wrong("linear_act_fun", activation, "silu, or swish, which is the same");
        }
        if (fields.flag("bias", false)) {
            throw fields.wrong("bias", true, "false");
        }
        for (String other : List.of("decoder_attention_types", "quantization_config")) {
            if (fields.has(other)) {
                throw fields.wrong(other, fields.all().get(other), "absent");
            }
        }
    }

    private static List<Boolean> lrpe(ConfigFields fields, int layers)
            throws MalformedDataException {
        List<?> list = fields.entries(LRPE, layers, "decoder_layers");
        List<Boolean> lrpe = new ArrayList<>();
        for (@Nullable Object has : list) {
            if (has instanceof Boolean flag) {
                lrpe.add(flag);
            } else if (has instanceof Integer number && (number == 0 || number == 1)) {
                lrpe.add(number == 1);
            } else {
                throw fields.wrong(LRPE, has, "0 or 1, each");
            }
        }
        return lrpe;
    }
}
