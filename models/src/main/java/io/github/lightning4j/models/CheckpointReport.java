package io.github.lightning4j.models;

import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.models.checkpoints.Checkpoint;
import io.github.lightning4j.models.checkpoints.ModelConfig;
import io.github.lightning4j.models.layers.Compute;
import io.github.lightning4j.models.layers.Weights;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a folder of a model is, and what in it does not fit, without computing anything. Immutable.
 *
 * @param folder as messages name it
 * @param config what {@code config.json} says
 * @param convention the decay that the model is run with
 * @param types tensors and bytes of the files by element type
 * @param memory what one conversation takes, for some numbers of tokens
 * @param slopes those that the files hold, which are not used; often of no layer
 * @param misfits a line for everything that is missing, too many or of another shape or type
 */
public record CheckpointReport(
        String folder,
        ModelConfig config,
        DecayConvention convention,
        SortedMap<String, Checkpoint.TypeUse> types,
        List<ConversationMemory> memory,
        List<LayerSlopes> slopes,
        List<String> misfits) {
    private static final long[] TOKENS = {1_000, 100_000};

    /**
     * What one conversation takes at least; devices round sizes up.
     *
     * @param tokens of it
     * @param states bytes of lightning layers, the same for any number of tokens
     * @param caches bytes of softmax layers
     */
    public record ConversationMemory(long tokens, long states, long caches) {}

    /** Copies the lists. */
    public CheckpointReport {
        types = Collections.unmodifiableSortedMap(new TreeMap<>(types));
        memory = List.copyOf(memory);
        slopes = List.copyOf(slopes);
        misfits = List.copyOf(misfits);
    }

    /**
     * Looks at a folder. Weights are mapped, not read, but for norms.
     *
     * @param folder of a model
     * @return what it is
     * @throws io.github.lightning4j.io.MalformedDataException if it is no such folder, or a file in
     *     it is damaged
     * @throws IOException if a file cannot be read
     */
    public static CheckpointReport of(Path folder) throws IOException {
        try (Checkpoint checkpoint = Checkpoint.open(folder);
                Compute compute = Compute.open(1)) {
            ModelConfig config = checkpoint.config();
            Weights weights = checkpoint.weights();
            ModelParts parts = ModelParts.of(compute, weights, config);
            List<String> misfits = new ArrayList<>(weights.misfits());
            return new CheckpointReport(
                    checkpoint.toString(),
                    config,
                    DecayConvention.of(config.decay(0)),
                    checkpoint.types(),
                    memory(config, parts),
                    slopes(config, weights, misfits),
                    misfits);
        }
    }

    private static List<ConversationMemory> memory(ModelConfig config, ModelParts parts) {
        List<ConversationMemory> memory = new ArrayList<>();
        for (long tokens : TOKENS) {
            long[] bytes = new long[2];
            for (int l = 0; l < config.layers(); l++) {
                bytes[config.isSoftmax(l) ? 1 : 0] +=
                        parts.layers().get(l).attention().bytes(tokens);
            }
            memory.add(new ConversationMemory(tokens, bytes[0], bytes[1]));
        }
        return memory;
    }

    /** Buffers that transformers writes beside the weights of a lightning layer. */
    private static List<LayerSlopes> slopes(
            ModelConfig config, Weights weights, List<String> misfits) {
        List<LayerSlopes> slopes = new ArrayList<>();
        for (int l = 0; l < config.layers(); l++) {
            String name = "model.layers." + l + ".self_attn.slope_rate";
            Optional<Tensor> buffer = weights.find(name);
            if (config.isSoftmax(l) || buffer.isEmpty()) {
                continue;
            }
            if (buffer.get().size() == config.heads() && buffer.get().dtype().isFloatingPoint()) {
                slopes.add(LayerSlopes.of(l, config.layers(), buffer.get()));
            } else {
                misfits.add(
                        "of another shape or type: "
                                + Quoted.name(name)
                                + " is "
                                + buffer.get()
                                + ", must be floating-point numbers of "
                                + config.heads()
                                + " heads");
            }
        }
        return slopes;
    }

    /**
     * Whether everything is there, nothing is too many, and the slopes in the files, if any, are
     * those that the model is run with, up to rounding.
     *
     * @return whether nothing is wrong
     */
    public boolean isSound() {
        return misfits.isEmpty() && slopes.stream().allMatch(layer -> layer.fit(convention));
    }

    /**
     * How many layers are softmax attention.
     *
     * @return their number; the others are lightning attention
     */
    public int softmaxLayers() {
        int count = 0;
        for (int l = 0; l < config.layers(); l++) {
            count += config.isSoftmax(l) ? 1 : 0;
        }
        return count;
    }

    /**
     * The layer whose slopes are farthest from those of a convention.
     *
     * @param of any convention
     * @return the layer; nothing where the files hold no slopes
     */
    public Optional<LayerSlopes> farthest(DecayConvention of) {
        return slopes.stream().reduce((a, b) -> b.distance(of) > a.distance(of) ? b : a);
    }
}
