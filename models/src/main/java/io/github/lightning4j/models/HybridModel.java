package io.github.lightning4j.models;

import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.models.checkpoints.Checkpoint;
import io.github.lightning4j.models.checkpoints.ModelConfig;
import io.github.lightning4j.models.layers.Activations;
import io.github.lightning4j.models.layers.Compute;
import io.github.lightning4j.models.layers.Weights;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;

/**
 * A language model of lightning and softmax layers with its weights: from ids to logits.
 *
 * <p>What it has seen of conversations is not here but in {@code Conversations}, of which there may
 * be several. Immutable and thread-safe; calls of several threads share the threads of the model.
 * Close the conversations first, then the model.
 */
public final class HybridModel implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final Compute compute;
    private final Weights weights;
    private final ModelParts parts;

    private HybridModel(Checkpoint checkpoint, Compute compute) throws MalformedDataException {
        this.checkpoint = checkpoint;
        this.compute = compute;
        weights = checkpoint.weights();
        parts = ModelParts.of(compute, weights, checkpoint.config());
        weights.check(checkpoint.toString());
        compute.warmUp(parts.embeddings());
    }

    /**
     * Opens a folder with {@code config.json} and safetensors files. Weights are mapped, not read.
     *
     * @param folder of a MiniMax or TransNormerLLM model
     * @param threads for all but attention, the calling one included; 0 for one for each processor
     * @return the model, to be closed
     * @throws MalformedDataException if it is no such folder; what is missing, too many or of
     *     another shape is all in one message
     * @throws IOException if a file cannot be read
     */
    public static HybridModel open(Path folder, int threads) throws IOException {
        Compute compute = Compute.open(threads);
        try {
            Checkpoint checkpoint = Checkpoint.open(folder);
            try {
                return new HybridModel(checkpoint, compute);
            } catch (Throwable e) {
                checkpoint.close();
                throw e;
            }
        } catch (Throwable e) {
            compute.close();
            throw e;
        }
    }

    /**
     * What the model is.
     *
     * @return its configuration
     */
    public ModelConfig config() {
        return checkpoint.config();
    }

    /**
     * Refuses tokens that cannot be appended to a conversation.
     *
     * @param ids of them
     * @throws IllegalArgumentException if there are none, or one is not of the vocabulary
     */
    public void check(int... ids) {
        if (ids.length == 0) {
            throw new IllegalArgumentException("there are no ids; each conversation needs one");
        }
        int vocabulary = config().vocabulary();
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw new IllegalArgumentException(
                        "id is " + id + "; it must be 0 ... " + (vocabulary - 1));
            }
        }
    }

    /**
     * The ids after which the model has ended.
     *
     * @return often none
     */
    public Set<Integer> stopTokens() {
        return checkpoint.stopTokens();
    }

    /**
     * What the weights take.
     *
     * @return bytes that are mapped
     */
    public long weightBytes() {
        return checkpoint.bytes();
    }

    /**
     * Reads all weights once, so that the first tokens do not wait for the disk. It is for weights
     * that fit into memory beside everything else; others are better read as they are needed.
     *
     * @param progress is told after each part how many of {@link #weightBytes} were read
     */
    public void load(LongConsumer progress) {
        checkpoint.load(progress);
    }

    /**
     * How all but attention is computed.
     *
     * @return such as {@code 512-bit vectors, 2 threads}
     */
    public String computing() {
        return compute.description();
    }

    /** Tells models apart: a hash of the configuration and of some elements of the weights. */
    String fingerprint() {
        // All that a configuration means is in its text.
        return HexFormat.of().formatHex(weights.fingerprint(config().toString()));
    }

    List<DecoderLayer> layers() {
        return parts.layers();
    }

    /** The rows of some ids. */
    Activations embed(int[] ids) {
        int hidden = config().hidden();
        Activations x = new Activations(ids.length, hidden);
        for (int i = 0; i < ids.length; i++) {
            Tensor row = parts.embeddings().slice(0, ids[i], ids[i] + 1L);
            System.arraycopy(row.toFloatArray(), 0, x.values(), i * hidden, hidden);
        }
        if (parts.embeddingScale() != 1) {
            for (int i = 0; i < x.values().length; i++) {
                x.values()[i] *= parts.embeddingScale();
            }
        }
        return x;
    }

    /** Takes rows back that nobody reads any more. */
    void recycle(Activations rows) {
        compute.recycle(rows);
    }

    /** Logits of rows that all layers have passed. */
    Activations logits(Activations x) {
        return parts.head().apply(parts.norm().apply(x));
    }

    /** Ends the mappings and the threads. */
    @Override
    public void close() {
        checkpoint.close();
        compute.close();
    }
}
