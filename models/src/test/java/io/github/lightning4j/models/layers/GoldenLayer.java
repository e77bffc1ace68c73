package io.github.lightning4j.models.layers;

import io.github.lightning4j.Decay;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.PoolOptions;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.reference.RelativeError;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.IntStream;

/** A file of a layer's weights, inputs and float64 answers. */
final class GoldenLayer implements AutoCloseable {
    /** What float32 arithmetic is held to. */
    static final double GATE = 1e-5;

    private final Safetensors file;
    private final Compute compute = Compute.open(2);

    GoldenLayer(String name) {
        try {
            file =
                    Safetensors.open(
                            Path.of(
                                    Objects.requireNonNull(
                                                    GoldenLayer.class.getResource(
                                                            "/golden-layers/"
                                                                    + name
                                                                    + ".safetensors"))
                                            .toURI()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    Compute compute() {
        return compute;
    }

    Tensor tensor(String name) {
        try {
            return file.tensor(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Weights weights() {
        return Weights.of(file);
    }

    int number(String key) {
        return Integer.parseInt(Objects.requireNonNull(file.metadata().get(key)));
    }

    double real(String key) {
        return Double.parseDouble(Objects.requireNonNull(file.metadata().get(key)));
    }

    int hidden() {
        return (int) tensor("hidden").shape(2);
    }

    PaddedBatch batch() {
        Tensor hidden = tensor("hidden");
        return file.names().contains("attention_mask")
                ? PaddedBatch.of(tensor("attention_mask"))
                : PaddedBatch.of((int) hidden.shape(0), (int) hidden.shape(1));
    }

    int sequences() {
        return batch().sequences().count();
    }

    int[] all() {
        return IntStream.range(0, sequences()).toArray();
    }

    LayerStates open(AttentionLayer layer) {
        return layer.openStates(
                new StateOptions(
                        sequences(),
                        "cpu",
                        1,
                        PoolOptions.DEFAULT.withRollback(64),
                        new CacheBudget(1 << 24)));
    }

    /** The layer's output for the whole input. */
    Tensor forward(LayerStates states) {
        PaddedBatch batch = batch();
        return batch.unpack(states.append(all(), batch.sequences(), batch.pack(tensor("hidden"))));
    }

    /** The output for the three more tokens. */
    Tensor decode(LayerStates states) {
        PaddedBatch batch = PaddedBatch.of(sequences(), 3);
        return batch.unpack(
                states.append(all(), batch.sequences(), batch.pack(tensor("decode.hidden"))));
    }

    double outputError(LayerStates states) {
        return error(forward(states), "expected.output");
    }

    double stateError(LayerStates states, String expected) {
        RelativeError error = new RelativeError();
        Tensor answers = tensor(expected);
        long size = answers.size() / sequences();
        for (int r = 0; r < sequences(); r++) {
            Tensor state = ((LightningStates) states).state(r).values();
            for (long i = 0; i < size; i++) {
                error.add(state.getDouble(i), answers.getDouble(r * size + i));
            }
        }
        return error.value();
    }

    double error(Tensor actual, String expected) {
        return RelativeError.of(actual, tensor(expected));
    }

    /** One token of each sequence at a time. */
    static PackedSequences each(int sequences, long tokens) {
        long[] lengths = new long[sequences];
        Arrays.fill(lengths, tokens);
        return PackedSequences.ofLengths(lengths);
    }

    /** The layer that the file is of. */
    AttentionLayer layer(String kind) {
        Weights weights = weights();
        int heads = number("heads");
        int dim = number("head_dim");
        return switch (kind) {
            case "lightning" ->
                    LightningLayer.miniMax(
                            compute,
                            weights,
                            hidden(),
                            heads,
                            dim,
                            Decay.transformers(number("layer_index"), number("layers")));
            case "ring" ->
                    LightningLayer.ring(
                            compute,
                            weights,
                            hidden(),
                            heads,
                            dim,
                            number("rotary_dim"),
                            real("rope_theta"),
                            number("group_norm_size"),
                            real("rms_norm_eps"),
                            LightningLayer.ringDecay(
                                    number("layer_index"), number("layers"), heads));
            case "transnormer" ->
                    LightningLayer.transNormer(
                            compute,
                            weights,
                            hidden(),
                            heads,
                            dim,
                            true,
                            Decay.alibi(number("layer_index"), number("layers")));
            case "softmax" ->
                    new SoftmaxLayer(
                            compute,
                            weights,
                            hidden(),
                            heads,
                            number("key_value_heads"),
                            dim,
                            new Rope(compute, dim, number("rotary_dim"), real("rope_theta")));
            default -> throw new IllegalArgumentException(kind);
        };
    }

    @Override
    public void close() {
        compute.close();
        file.close();
    }
}
