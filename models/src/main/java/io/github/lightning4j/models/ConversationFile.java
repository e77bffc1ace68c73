package io.github.lightning4j.models;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.io.SafetensorsHeader;
import io.github.lightning4j.io.SafetensorsPieces;
import io.github.lightning4j.models.layers.Activations;
import io.github.lightning4j.models.layers.LayerStates;
import io.github.lightning4j.models.layers.LightningStates;
import io.github.lightning4j.models.layers.SoftmaxStates;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * Conversations as safetensors files, version 1:
 *
 * <pre>
 *   metadata           format   "lightning4j conversation"
 *                      version  "1"
 *                      model    what tells models apart
 *                      crc32c   checksum of all data; see SafetensorsPieces
 *   tokens             I64 [1]            n
 *   layer.L.state      F32 [1, H, D, E]   S of a lightning layer
 *   layer.L.keys       F32 [H, r, D]      φ(k) of r tokens that are not in S
 *   layer.L.values     F32 [H, r, E]      v of these tokens
 *   layer.L.cache.keys    F32 [n, KV · D] turned keys of a softmax layer
 *   layer.L.cache.values  F32 [n, KV · D]
 *   pending            I32 [p]            ids that the next call begins with
 * </pre>
 *
 * <p>Not thread-safe.
 */
final class ConversationFile {
    private static final String FORMAT = "lightning4j conversation";
    private static final String VERSION = "1";
    private static final String PENDING = "pending";
    private static final String TOKENS = "tokens";
    private static final List<String> CACHE = List.of("cache.keys", "cache.values");

    /** Rows of a cache that are written or read together. */
    private static final int ROWS = 1024;

    private final HybridModel model;
    private final List<LayerStates> states;

    ConversationFile(HybridModel model, List<LayerStates> states) {
        this.model = model;
        this.states = states;
    }

    /** Writes one of the conversations. */
    void write(int place, long tokens, int[] pending, Path target) throws IOException {
        Tensor count = Tensor.allocate(DType.I64, 1);
        count.setDouble(0, (double) tokens); // exact below 2^53
        SafetensorsPieces.Builder builder =
                SafetensorsPieces.builder()
                        .metadata(
                                Map.of(
                                        "format",
                                        FORMAT,
                                        "version",
                                        VERSION,
                                        "model",
                                        model.fingerprint()))
                        .checksum();
        add(builder, TOKENS, count);
        List<SlotSnapshot> snapshots = new ArrayList<>();
        for (int l = 0; l < states.size(); l++) {
            String name = name(l);
            switch (states.get(l)) {
                case LightningStates lightning -> {
                    SlotSnapshot snapshot = lightning.snapshot(place);
                    snapshots.add(snapshot);
                    add(builder, name + "state", snapshot.folded().values());
                    add(builder, name + "keys", snapshot.keys());
                    add(builder, name + "values", snapshot.values());
                }
                case SoftmaxStates softmax -> {
                    for (String part : CACHE) {
                        builder.tensor(name + part, DType.F32, tokens, softmax.width());
                    }
                }
            }
        }
        builder.tensor(PENDING, DType.I32, pending.length);
        try (SafetensorsPieces file = builder.open(target)) {
            put(file, TOKENS, count);
            for (int l = 0; l < states.size(); l++) {
                switch (states.get(l)) {
                    case LightningStates _ -> {
                        SlotSnapshot snapshot = snapshots.removeFirst();
                        put(file, name(l) + "state", snapshot.folded().values());
                        put(file, name(l) + "keys", snapshot.keys());
                        put(file, name(l) + "values", snapshot.values());
                    }
                    case SoftmaxStates softmax -> put(file, name(l), softmax, place, tokens);
                }
            }
            put(file, PENDING, ids(pending));
            file.finish();
        }
    }

    private static String name(int layer) {
        return "layer." + layer + ".";
    }

    private static void add(SafetensorsPieces.Builder to, String name, Tensor tensor) {
        to.tensor(name, tensor.dtype(), tensor.shape());
    }

    private static Tensor ids(int... ids) {
        Tensor tensor = Tensor.allocate(DType.I32, ids.length);
        for (int i = 0; i < ids.length; i++) {
            tensor.setDouble(i, ids[i]);
        }
        return tensor;
    }

    private static void put(SafetensorsPieces file, String name, Tensor tensor) throws IOException {
        file.write(name, tensor, new long[tensor.rank()]);
    }

    /** Writes a cache, some rows at a time. */
    private static void put(
            SafetensorsPieces file, String layer, SoftmaxStates states, int place, long tokens)
            throws IOException {
        for (int from = 0; from < tokens; from += ROWS) {
            int rows = (int) Math.min(ROWS, tokens - from);
            Activations keys = new Activations(rows, states.width());
            Activations values = new Activations(rows, states.width());
            states.read(place, from, keys, values);
            for (String part : CACHE) {
                Activations wanted = part.equals(CACHE.getFirst()) ? keys : values;
                Tensor piece = Tensor.ofFloats(wanted.values(), rows, states.width());
                file.write(layer + part, piece, from, 0);
            }
        }
    }

    /** A file that is open. */
    private record Opened(String name, Safetensors file, long tokens) {
        MalformedDataException damaged(String why) {
            return new MalformedDataException(name + " is damaged: " + why);
        }

        /** A tensor of a shape, in which −1 is any extent. */
        Tensor tensor(String tensorName, DType dtype, long... shape) throws MalformedDataException {
            Tensor tensor = file.tensor(tensorName);
            boolean fits = tensor.dtype() == dtype && tensor.rank() == shape.length;
            for (int axis = 0; fits && axis < shape.length; axis++) {
                fits = shape[axis] == -1 || shape[axis] == tensor.shape(axis);
            }
            if (!fits) {
                throw damaged(
                        tensorName
                                + " is "
                                + tensor
                                + ", must be "
                                + dtype
                                + Arrays.toString(shape));
            }
            return tensor;
        }
    }

    /**
     * Puts what is in a file into one of the places, which is empty.
     *
     * @param admits is told the number of tokens before anything is changed, and may refuse it
     * @return ids that the next call begins with
     */
    int[] read(Path path, int place, LongConsumer admits) throws IOException {
        String name = Quoted.file(path);
        try (Safetensors file = Safetensors.open(path)) {
            check(name, file.metadata());
            checkIntact(name, path);
            Opened opened = new Opened(name, file, tokens(name, file));
            admits.accept(opened.tokens);
            for (int l = 0; l < states.size(); l++) {
                restore(opened, l, place);
            }
            Tensor pending = opened.tensor(PENDING, DType.I32, -1);
            int[] ids = new int[(int) pending.size()];
            Arrays.setAll(ids, i -> (int) pending.getLong(i));
            if (ids.length > 0) {
                model.check(ids);
            }
            return ids;
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(name + " cannot go on here: " + e.getMessage(), e);
        } catch (InternalError e) {
            // Missing pages of a mapping say no more than this; nothing else here throws it.
            throw new MalformedDataException(name + " was cut while it was read", e);
        }
    }

    private void check(String name, Map<String, String> metadata) throws MalformedDataException {
        if (!FORMAT.equals(metadata.get("format"))) {
            throw new MalformedDataException(name + " is no saved conversation");
        }
        String version = metadata.getOrDefault("version", "");
        if (!version.equals(VERSION)) {
            throw new MalformedDataException(
                    name
                            + " has version "
                            + Quoted.text(version)
                            + "; version "
                            + VERSION
                            + " can be read");
        }
        if (!model.fingerprint().equals(metadata.get("model"))) {
            throw new MalformedDataException(
                    name + " was saved with another model: its configuration or weights differ");
        }
    }

    /** Refuses what was changed since it was written. */
    private static void checkIntact(String name, Path path) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            if (!SafetensorsHeader.read(name, channel).isIntact(channel)) {
                throw new MalformedDataException(name + " is damaged: its checksum differs");
            }
        }
    }

    private static long tokens(String name, Safetensors file) throws MalformedDataException {
        Tensor tensor = file.tensor(TOKENS);
        long tokens = tensor.dtype() == DType.I64 && tensor.size() == 1 ? tensor.getLong(0) : -1;
        if (tokens < 0) {
            throw new MalformedDataException(name + " is damaged: it has no number of tokens");
        }
        return tokens;
    }

    private void restore(Opened opened, int l, int place) throws MalformedDataException {
        switch (states.get(l)) {
            case LightningStates lightning -> {
                AttentionConfig config = lightning.config();
                int heads = config.heads();
                Tensor state =
                        opened.tensor(
                                name(l) + "state",
                                DType.F32,
                                1,
                                heads,
                                config.keyDim(),
                                config.valueDim());
                Tensor keys =
                        opened.tensor(name(l) + "keys", DType.F32, heads, -1, config.keyDim());
                long rows = keys.shape(1);
                Tensor values =
                        opened.tensor(
                                name(l) + "values", DType.F32, heads, rows, config.valueDim());
                lightning.restore(
                        place,
                        SlotSnapshot.of(
                                AttentionState.of(
                                        state,
                                        config.slopes(),
                                        new long[] {opened.tokens - rows},
                                        AttentionState.Origin.of(config)),
                                keys,
                                values));
            }
            case SoftmaxStates softmax -> {
                long[] shape = {opened.tokens, softmax.width()};
                Tensor keys = opened.tensor(name(l) + CACHE.getFirst(), DType.F32, shape);
                Tensor values = opened.tensor(name(l) + CACHE.getLast(), DType.F32, shape);
                for (long from = 0; from < opened.tokens; from += ROWS) {
                    long to = Math.min(opened.tokens, from + ROWS);
                    softmax.restore(
                            place,
                            Activations.of(keys.slice(0, from, to)),
                            Activations.of(values.slice(0, from, to)));
                }
            }
        }
    }
}
