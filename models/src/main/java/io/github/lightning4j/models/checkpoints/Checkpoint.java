package io.github.lightning4j.models.checkpoints;

import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.models.layers.Weights;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongConsumer;

/**
 * The folder of a model: {@code config.json} and {@code model.safetensors}, or several such files
 * with {@code model.safetensors.index.json}. Weights are mapped and stay as they are; closing ends
 * the mappings. Thread-safe.
 */
public final class Checkpoint implements AutoCloseable {
    private static final String CONFIG = "config.json";
    private static final String GENERATION = "generation_config.json";
    private static final String WHOLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final String STOP = "eos_token_id";
    private static final int MOST_FILES = 10_000;
    private static final long LOADED_AT_A_TIME = 16 << 20;

    private final String name;
    private final ModelConfig config;
    private final Set<Integer> stopTokens;
    private final List<Safetensors> files = new ArrayList<>();
    private final Map<String, Optional<Tensor>> tensors = new LinkedHashMap<>();

    /**
     * Tensors of one element type.
     *
     * @param tensors how many
     * @param bytes theirs
     */
    public record TypeUse(int tensors, long bytes) {}

    private Checkpoint(String name, ModelConfig config, Set<Integer> stopTokens) {
        this.name = name;
        this.config = config;
        this.stopTokens = stopTokens;
    }

    /**
     * Opens a folder.
     *
     * @param folder as {@code save_pretrained} writes it or MiniMaxAI publishes it
     * @return the checkpoint, to be closed
     * @throws MalformedDataException if it is no such folder or a file in it is damaged
     * @throws IOException if it cannot be read
     */
    public static Checkpoint open(Path folder) throws IOException {
        String name = Quoted.name(folder);
        if (!Files.isDirectory(folder)) {
            throw new MalformedDataException(name + ": there is no such folder");
        }
        List<String> missing = new ArrayList<>();
        if (!Files.exists(folder.resolve(CONFIG))) {
            missing.add(CONFIG);
        }
        boolean whole = Files.exists(folder.resolve(WHOLE));
        if (!whole && !Files.exists(folder.resolve(INDEX))) {
            missing.add(WHOLE + " or " + INDEX);
        }
        if (!missing.isEmpty()) {
            throw new MalformedDataException(
                    name
                            + " is no folder of a model: there is no "
                            + String.join(", no ", missing));
        }
        ModelConfig config = ModelConfig.read(folder.resolve(CONFIG));
        Checkpoint checkpoint =
                new Checkpoint(name, config, stopTokens(folder, config.vocabulary()));
        try {
            if (whole) {
                checkpoint.add(folder.resolve(WHOLE));
            } else {
                checkpoint.addAll(folder);
            }
        } catch (Throwable e) {
            checkpoint.close();
            throw e;
        }
        return checkpoint;
    }

    /** Those of the file for generation, where there is one that names any, or of the other. */
    private static Set<Integer> stopTokens(Path folder, int vocabulary) throws IOException {
        int[] stops = {};
        Path generation = folder.resolve(GENERATION);
        if (Files.exists(generation)) {
            stops = ConfigFields.read(generation).numbers(STOP, 0, vocabulary - 1);
        }
        if (stops.length == 0) {
            stops = ConfigFields.read(folder.resolve(CONFIG)).numbers(STOP, 0, vocabulary - 1);
        }
        Set<Integer> set = new TreeSet<>();
        for (int stop : stops) {
            set.add(stop);
        }
        return Set.copyOf(set);
    }

    private void add(Path file) throws IOException {
        Safetensors opened = Safetensors.open(file);
        files.add(opened);
        for (Map.Entry<String, Optional<Tensor>> tensor : Weights.read(opened).entrySet()) {
            if (tensors.put(tensor.getKey(), tensor.getValue()) != null) {
                throw new MalformedDataException(
                        name
                                + ": tensor "
                                + Quoted.text(tensor.getKey())
                                + " is in two files, the second is "
                                + Quoted.name(file.getFileName()));
            }
        }
    }

    private void addAll(Path folder) throws IOException {
        ConfigFields map = ConfigFields.read(folder.resolve(INDEX)).object("weight_map");
        Set<String> shards = new TreeSet<>();
        for (String tensor : map.all().keySet()) {
            String shard = map.text(tensor, "");
            if (!isPlain(shard)) {
                throw map.wrong(
                        tensor, shard, "the name of a .safetensors file in the same folder");
            }
            shards.add(shard);
        }
        if (shards.isEmpty() || shards.size() > MOST_FILES) {
            throw new MalformedDataException(
                    name
                            + ": weight_map of "
                            + INDEX
                            + " names "
                            + shards.size()
                            + " files; it must name 1 ... "
                            + MOST_FILES);
        }
        List<String> absent =
                shards.stream().filter(shard -> !Files.exists(folder.resolve(shard))).toList();
        if (!absent.isEmpty()) {
            throw new MalformedDataException(
                    name + " lacks files that its index names: " + Quoted.names(absent));
        }
        for (String shard : shards) {
            add(folder.resolve(shard));
        }
    }

    /** Whether a name is that of a file beside the index, whatever the system's separators. */
    private static boolean isPlain(String shard) {
        return shard.matches("[A-Za-z0-9_.-]+\\.safetensors") && !shard.startsWith(".");
    }

    /**
     * What the model is.
     *
     * @return its configuration
     */
    public ModelConfig config() {
        return config;
    }

    /**
     * The ids after which the model has ended.
     *
     * @return those of {@code generation_config.json} or {@code config.json}; often none
     */
    public Set<Integer> stopTokens() {
        return stopTokens;
    }

    /**
     * The weights.
     *
     * @return all of them, none of which is taken yet
     */
    public Weights weights() {
        return Weights.of(tensors);
    }

    /**
     * What the tensors take in their files.
     *
     * @return bytes that are mapped
     */
    public long bytes() {
        return tensors.values().stream()
                .mapToLong(tensor -> tensor.map(t -> t.segment().byteSize()).orElse(0L))
                .sum();
    }

    /**
     * What the files hold, by element type.
     *
     * @return tensors and bytes of each type; {@code unknown} for types that cannot be read, whose
     *     bytes do not count
     */
    public SortedMap<String, TypeUse> types() {
        SortedMap<String, TypeUse> types = new TreeMap<>();
        for (Optional<Tensor> tensor : tensors.values()) {
            types.merge(
                    tensor.map(t -> t.dtype().name()).orElse("unknown"),
                    new TypeUse(1, tensor.map(t -> t.segment().byteSize()).orElse(0L)),
                    (a, b) -> new TypeUse(a.tensors() + b.tensors(), a.bytes() + b.bytes()));
        }
        return types;
    }

    /**
     * Reads all weights once, so that the operating system holds them in memory where it can; what
     * computes first does not wait for the disk then. Nothing else changes.
     *
     * @param progress is told after each part how many of {@link #bytes} were read
     */
    public void load(LongConsumer progress) {
        long done = 0;
        for (Optional<Tensor> tensor : tensors.values()) {
            MemorySegment segment = tensor.map(Tensor::segment).orElse(MemorySegment.NULL);
            for (long at = 0; at < segment.byteSize(); at += LOADED_AT_A_TIME) {
                MemorySegment part =
                        segment.asSlice(at, Math.min(LOADED_AT_A_TIME, segment.byteSize() - at));
                part.load();
                done += part.byteSize();
                progress.accept(done);
            }
        }
    }

    /** The folder, as messages name it. */
    @Override
    public String toString() {
        return name;
    }

    /** Ends the mappings. */
    @Override
    public void close() {
        files.forEach(Safetensors::close);
    }
}
