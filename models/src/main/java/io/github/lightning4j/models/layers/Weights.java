package io.github.lightning4j.models.layers;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.Safetensors;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Tensors by name, as layers take them. What is missing or has another shape is noted, and {@link
 * #check} tells all of it at once; until then an empty tensor stands in its place, so layers must
 * not compute before. Not thread-safe.
 */
public final class Weights {
    /** More than these are counted, not listed: the message is for people. */
    private static final int MOST_LISTED = 500;

    /** Bytes of a tensor that go into a fingerprint, three times. */
    private static final long SAMPLE = 64;

    private static final Tensor NOTHING =
            Tensor.of(DType.F32, MemorySegment.ofArray(new float[0]), 0, 0);

    /** Nothing stands for a tensor whose element type is not known. */
    private final Map<String, Optional<Tensor>> tensors;

    private final String prefix;
    private final Taken taken;

    /** What was asked for so far, of all prefixes. */
    private static final class Taken {
        final Set<String> names = new LinkedHashSet<>();
        final Set<String> ignored = new LinkedHashSet<>();
        final Set<String> missing = new LinkedHashSet<>();
        final List<String> misshapen = new ArrayList<>();
    }

    private Weights(Map<String, Optional<Tensor>> tensors, String prefix, Taken taken) {
        this.tensors = tensors;
        this.prefix = prefix;
        this.taken = taken;
    }

    /**
     * Weights of a checkpoint, or of one layer.
     *
     * @param tensors by name; nothing for one whose element type cannot be read
     * @return them, none of which is taken yet
     */
    public static Weights of(Map<String, Optional<Tensor>> tensors) {
        return new Weights(Map.copyOf(tensors), "", new Taken());
    }

    /**
     * All tensors of a file.
     *
     * @param file open for as long as they are used
     * @return them, none of which is taken yet
     */
    public static Weights of(Safetensors file) {
        return of(read(file));
    }

    /**
     * All tensors of a file by name, to be put together with those of other files.
     *
     * @param file open for as long as they are used
     * @return its tensors; nothing for one whose element type cannot be read
     */
    public static Map<String, Optional<Tensor>> read(Safetensors file) {
        Map<String, Optional<Tensor>> tensors = new LinkedHashMap<>();
        for (String name : file.names()) {
            try {
                tensors.put(
                        name, file.dtypeOf(name).isEmpty() ? Optional.empty() : file.find(name));
            } catch (MalformedDataException e) {
                throw new IllegalStateException("its element type is known", e);
            }
        }
        return tensors;
    }

    /**
     * The weights of a part.
     *
     * @param part how its names begin, such as {@code model.layers.3.}
     * @return a view whose names are without it
     */
    public Weights at(String part) {
        return new Weights(tensors, prefix + part, taken);
    }

    /**
     * Takes a tensor.
     *
     * @param name its name in this part
     * @param shape what it must have
     * @return the tensor, of F32, F16 or BF16; an empty one where it is not there or does not fit
     */
    public Tensor take(String name, long... shape) {
        String full = prefix + name;
        taken.names.add(full);
        Optional<Tensor> found = tensors.get(full);
        if (found == null) {
            taken.missing.add(full);
            return NOTHING;
        }
        Optional<Tensor> tensor = found.filter(t -> t.dtype().isAttentionType());
        if (tensor.isEmpty() || !Arrays.equals(tensor.get().shape(), shape)) {
            taken.misshapen.add(
                    Quoted.name(full)
                            + " is "
                            + found.map(Tensor::toString).orElse("of an unknown element type")
                            + ", must be "
                            + (tensor.isEmpty() ? "F32, F16 or BF16 " : "")
                            + Arrays.toString(shape));
            return NOTHING;
        }
        return tensor.get();
    }

    /**
     * Looks at a tensor, which is not taken by that.
     *
     * @param name its name in this part
     * @return the tensor, of any type and shape; nothing where it is not there or its element type
     *     is not known
     */
    public Optional<Tensor> find(String name) {
        Optional<Tensor> found = tensors.get(prefix + name);
        return found == null ? Optional.empty() : found;
    }

    /** The floats of a vector. */
    float[] vector(String name, long length) {
        return take(name, length).toFloatArray();
    }

    /**
     * Says that some tensors may be there and are not needed.
     *
     * @param names theirs in this part
     */
    public void ignore(String... names) {
        for (String name : names) {
            taken.names.add(prefix + name);
            taken.ignored.add(prefix + name);
        }
    }

    /**
     * Tells models apart without reading all of their weights: a hash of names, types, shapes and a
     * few elements of all tensors that were taken.
     *
     * @param about what else is to go into the hash, such as a configuration
     * @return 32 bytes, the same for the same weights however they are put into files
     */
    public byte[] fingerprint(String about) {
        try {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            hash.update((about + "\n").getBytes(StandardCharsets.UTF_8));
            for (String name : new TreeSet<>(taken.names)) {
                Optional<Tensor> tensor = tensors.get(name);
                if (tensor != null && !taken.ignored.contains(name)) {
                    tensor.ifPresent(t -> add(hash, name, t));
                }
            }
            return hash.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    private static void add(MessageDigest hash, String name, Tensor tensor) {
        hash.update((name + " " + tensor + "\n").getBytes(StandardCharsets.UTF_8));
        MemorySegment bytes = tensor.segment();
        long size = Math.min(SAMPLE, bytes.byteSize());
        for (long at : new long[] {0, (bytes.byteSize() - size) / 2, bytes.byteSize() - size}) {
            hash.update(bytes.asSlice(at, size).asByteBuffer());
        }
    }

    /**
     * Refuses weights of which some are missing, have another shape or element type, or were not
     * asked for.
     *
     * @param name what they are, for the message
     * @throws MalformedDataException listing all that is wrong
     */
    public void check(String name) throws MalformedDataException {
        List<String> wrong = new ArrayList<>();
        list(wrong, "missing", taken.missing);
        list(wrong, "of another shape or type", taken.misshapen);
        list(wrong, "not of this model", extra());
        if (!wrong.isEmpty()) {
            throw new MalformedDataException(name + " does not fit: " + String.join("; ", wrong));
        }
    }

    /**
     * What {@link #check} would refuse them for.
     *
     * @return a line for each tensor that is missing, has another shape or element type, or was not
     *     asked for; beyond 500 of a kind, one that counts the rest
     */
    public List<String> misfits() {
        List<String> misfits = new ArrayList<>();
        each(misfits, "missing: ", taken.missing);
        each(misfits, "of another shape or type: ", taken.misshapen);
        each(misfits, "not of this model: ", extra());
        return misfits;
    }

    private List<String> extra() {
        return tensors.keySet().stream()
                .filter(tensor -> !taken.names.contains(tensor))
                .sorted()
                .toList();
    }

    private static void each(List<String> to, String what, Collection<String> names) {
        names.stream().limit(MOST_LISTED).forEach(name -> to.add(what + Quoted.name(name)));
        if (names.size() > MOST_LISTED) {
            to.add(what + (names.size() - MOST_LISTED) + " more");
        }
    }

    private static void list(List<String> to, String what, Collection<String> names) {
        if (names.isEmpty()) {
            return;
        }
        String listed =
                names.stream()
                        .limit(MOST_LISTED)
                        .map(Quoted::name)
                        .collect(Collectors.joining(", "));
        int more = names.size() - MOST_LISTED;
        to.add(what + ": " + listed + (more > 0 ? " and " + more + " more" : ""));
    }
}
