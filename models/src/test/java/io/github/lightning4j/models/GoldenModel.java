package io.github.lightning4j.models;

import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.models.layers.Activations;
import io.github.lightning4j.reference.RelativeError;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** A tiny model with its float64 answers. */
public final class GoldenModel implements AutoCloseable {
    /** What float32 arithmetic is held to. */
    static final double GATE = 1e-5;

    private final Safetensors answers;
    private final HybridModel model;

    GoldenModel(String name) {
        this(name, folder(name));
    }

    /** The same answers, of a checkpoint that was written otherwise. */
    GoldenModel(String name, Path folder) {
        try {
            answers = Safetensors.open(folder(name).resolve("golden.safetensors"));
            model = HybridModel.open(folder, 2);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its folder among the resources. */
    public static Path folder(String name) {
        try {
            return Path.of(
                    Objects.requireNonNull(GoldenModel.class.getResource("/" + name)).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    HybridModel model() {
        return model;
    }

    Conversations open(int conversations) {
        return Conversations.open(
                model,
                ConversationOptions.of(conversations)
                        .withDevice("cpu")
                        .withThreads(1)
                        .withPool(PoolOptions.DEFAULT.withRollback(64)));
    }

    Tensor answer(String name) {
        try {
            return answers.tensor(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The prompts, all of the same length. */
    List<int[]> prompts() {
        return rows("input_ids");
    }

    /** What greedy generation continues them with. */
    List<int[]> generated() {
        return rows("expected.generated");
    }

    private List<int[]> rows(String name) {
        Tensor ids = answer(name);
        List<int[]> rows = new ArrayList<>();
        int n = (int) ids.shape(1);
        for (int b = 0; b < ids.shape(0); b++) {
            int[] row = new int[n];
            int from = b * n;
            Arrays.setAll(row, i -> (int) ids.getLong(from + i));
            rows.add(row);
        }
        return rows;
    }

    /** The error of logits of some tokens of a prompt. */
    double error(float[] logits, String name, int row, int from, int tokens) {
        Tensor expected = answer(name);
        int vocabulary = (int) expected.shape(2);
        RelativeError error = new RelativeError();
        for (int i = 0; i < tokens * vocabulary; i++) {
            error.add(
                    logits[i],
                    expected.getDouble((row * expected.shape(1) + from) * vocabulary + i));
        }
        return error.value();
    }

    /** The error of the logits of whole prompts. */
    double promptError() {
        try (Conversations conversations = open(2)) {
            Activations logits =
                    conversations.score(
                            List.of(conversations.acquire(), conversations.acquire()), prompts());
            return RelativeError.of(
                    logits.tensor(answer("expected.logits").shape()), answer("expected.logits"));
        }
    }

    @Override
    public void close() {
        model.close();
        answers.close();
    }
}
