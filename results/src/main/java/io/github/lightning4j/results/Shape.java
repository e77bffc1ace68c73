package io.github.lightning4j.results;

import io.github.lightning4j.DType;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.Layout;
import io.github.lightning4j.io.MalformedDataException;

import org.jspecify.annotations.Nullable;

/**
 * What all points of a sweep have in common.
 *
 * @param batches B by N
 * @param heads H
 * @param keyDim D
 * @param valueDim E
 * @param dtype of q, k, v and o: f32, f16 or bf16
 * @param layout of q, k, v and o
 * @param model which attention, beside the algorithm
 * @param seed of the synthetic tensors
 */
public record Shape(
        Batches batches,
        int heads,
        int keyDim,
        int valueDim,
        String dtype,
        String layout,
        Model model,
        long seed) {

    /**
     * How the batch follows from the length; one of the two is null.
     *
     * @param batch B at every length
     * @param totalTokens B · N at every length
     */
    public record Batches(@Nullable Long batch, @Nullable Long totalTokens) {
        /** Such as {@code B = 256k / N}; null where B is the same at every length. */
        public @Nullable String inWords() {
            return totalTokens == null ? null : "B = " + Lengths.inWords(totalTokens) + " / N";
        }

        /** The batch where a sequence has so many tokens. */
        public long at(long tokens) {
            return totalTokens != null ? totalTokens / tokens : batch != null ? batch : 1;
        }

        /** Whether a call has whole sequences of so many tokens. */
        boolean isWholeAt(long tokens) {
            return totalTokens == null || totalTokens % tokens == 0;
        }
    }

    /**
     * What the tensors mean.
     *
     * @param decay where the slopes of algorithms with decay come from
     * @param featureMap φ of algorithms that have one
     * @param scale c, or null for each algorithm's own
     */
    public record Model(String decay, String featureMap, @Nullable Double scale) {}

    /** Reads those of a file. */
    static Shape read(Fields fields) throws MalformedDataException {
        Batches batches =
                new Batches(
                        fields.wholeOrNull("batch", 1, Integer.MAX_VALUE),
                        fields.wholeOrNull("totalTokens", 1, Long.MAX_VALUE));
        if (batches.batch == null && batches.totalTokens == null) {
            throw fields.wrong("batch", "a whole number, because there is no totalTokens");
        }
        if (batches.batch != null) {
            fields.none("batch is " + batches.batch, "totalTokens");
        }
        String decay = fields.decay("decay");
        Shape shape =
                new Shape(
                        batches,
                        fields.count("heads"),
                        fields.count("keyDim"),
                        fields.count("valueDim"),
                        fields.oneOf("dtype", Names.of(DType.class)),
                        fields.oneOf("layout", Names.of(Layout.class)),
                        new Model(
                                decay,
                                fields.oneOf("featureMap", Names.of(FeatureMap.class)),
                                fields.numberOrNull("scale", -Double.MAX_VALUE, Double.MAX_VALUE)),
                        fields.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE));
        fields.end();
        return shape;
    }

    /**
     * The shape in a line, such as {@code B 1, H 8, D 64, E 64, f32} or {@code 256k tokens a call:
     * B = 256k / N, H 8, …}.
     */
    public String inWords() {
        String calls =
                batches.totalTokens == null
                        ? "B " + batches.batch
                        : "%s tokens a call: %s"
                                .formatted(Lengths.inWords(batches.totalTokens), batches.inWords());
        return "%s, H %s, D %s, E %s, %s".formatted(calls, heads, keyDim, valueDim, dtype);
    }
}
