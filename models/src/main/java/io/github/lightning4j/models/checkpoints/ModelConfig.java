package io.github.lightning4j.models.checkpoints;

import io.github.lightning4j.Decay;

import java.io.IOException;
import java.nio.file.Path;

/** What {@code config.json} says of a model that can be run. Immutable. */
public sealed interface ModelConfig permits MiniMaxConfig, TransNormerConfig {
    /**
     * Reads a configuration of any of the families.
     *
     * @param file {@code config.json}
     * @return what it says
     * @throws io.github.lightning4j.io.MalformedDataException if it is not that of such a model,
     *     naming the field
     * @throws IOException if it cannot be read
     */
    static ModelConfig read(Path file) throws IOException {
        ConfigFields fields = ConfigFields.read(file);
        return TransNormerConfig.isOf(fields)
                ? TransNormerConfig.of(fields)
                : MiniMaxConfig.of(fields);
    }

    /**
     * The kind of model and who wrote its configuration.
     *
     * @return such as {@code MiniMax, in Hugging Face's dialect}
     */
    String family();

    /**
     * Features of a token.
     *
     * @return the width of the rows between layers
     */
    int hidden();

    /**
     * How many ids there are.
     *
     * @return the size of the vocabulary
     */
    int vocabulary();

    /**
     * How many layers there are.
     *
     * @return Λ
     */
    int layers();

    /**
     * Heads of a layer.
     *
     * @return H
     */
    int heads();

    /**
     * Whether a layer is softmax attention.
     *
     * @param layer l, from 0
     * @return true for softmax attention, false for lightning attention
     */
    boolean isSoftmax(int layer);

    /**
     * The decay of a lightning layer.
     *
     * @param layer l, counted with softmax layers
     * @return that of the family and dialect
     */
    Decay decay(int layer);

    /**
     * Whether the embeddings are the last projection too.
     *
     * @return whether there need be no {@code lm_head.weight}
     */
    boolean tied();
}
