package io.github.lightning4j.cli.options;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Npy;
import io.github.lightning4j.io.Safetensors;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Tensors of the user's own: one safetensors file, or a {@code .npy} file each. */
public final class InputOptions {
    private static final String EXPECTED = "expected.";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = {"-i", "--input"},
            paramLabel = "FILE",
            description = {
                "A safetensors file with q, k, v and, if there, slopes, initial_state, cu_seqlens;"
                        + " scale and layout (BHND or BNHD) from its metadata.",
                "With --backward also do and, if there, dfinal_state.",
                "Answers in it (expected.o, expected.final_state, expected.dq, …) are compared"
                        + " with."
            })
    private @Nullable Path input;

    @Option(names = "--q", paramLabel = "FILE", description = "Queries from a .npy file.")
    private @Nullable Path q;

    @Option(names = "--k", paramLabel = "FILE", description = "Keys from a .npy file.")
    private @Nullable Path k;

    @Option(names = "--v", paramLabel = "FILE", description = "Values from a .npy file.")
    private @Nullable Path v;

    @Option(
            names = "--initial-state",
            paramLabel = "FILE",
            description = "The state before, [R,H,D,E] float32, from a .npy file.")
    private @Nullable Path initialState;

    /** For picocli. */
    @SuppressWarnings("NullAway.Init") // picocli sets the spec
    public InputOptions() {}

    /** Whether the user brought tensors. */
    public boolean isGiven() {
        return input != null || q != null || k != null || v != null || initialState != null;
    }

    /** Adds the user's files to those that nothing may be written over. */
    public DistinctFiles addTo(DistinctFiles files) throws IOException {
        return files.and("--input", input)
                .and("--initial-state", initialState)
                .and("--q", q)
                .and("--k", k)
                .and("--v", v);
    }

    /** Files held open while their tensors are read. */
    public interface Opened extends AutoCloseable {
        /** What they hold. */
        Problem problem();

        @Override
        void close();
    }

    /** Opens the files. */
    Opened open(ModelOptions model) throws IOException {
        if (model.heads != null
                || model.keyDim != null
                || model.valueDim != null
                || model.dtype != null) {
            throw usage(
                    "--heads, --key-dim, --value-dim and --dtype come from the input's tensors");
        }
        if (input != null) {
            if (q != null || k != null || v != null || initialState != null) {
                throw usage("--input and --q, --k, --v, --initial-state exclude each other");
            }
            return openSafetensors(input, model);
        }
        if (q == null || k == null || v == null) {
            throw usage("--q, --k and --v belong together");
        }
        return openNpy(q, k, v, model);
    }

    private Opened openSafetensors(Path path, ModelOptions model) throws IOException {
        Safetensors file = Safetensors.open(path);
        try {
            Tensor queries = file.tensor("q");
            Tensor values = file.tensor("v");
            Layout layout = layout(path, file, model);
            AttentionConfig config =
                    config(
                            path,
                            queries,
                            values,
                            layout,
                            decay(path, file, model),
                            scale(path, file, model),
                            model);
            PackedSequences sequences = sequences(path, file.find("cu_seqlens"));
            AttentionInputs inputs =
                    AttentionInputs.of(queries, file.tensor("k"), values).withSequences(sequences);
            int count = sequences == null ? (int) queries.shape(0) : sequences.count();
            Optional<Tensor> state = file.find("initial_state");
            if (state.isPresent()) {
                inputs = inputs.withInitialState(state(path, state.get(), config, count));
            }
            Map<String, Tensor> expected = new LinkedHashMap<>();
            for (String name : file.names()) {
                if (name.startsWith(EXPECTED)) {
                    expected.put(name.substring(EXPECTED.length()), file.tensor(name));
                }
            }
            return opened(
                    new Problem(
                            config,
                            inputs,
                            expected,
                            file.find("do").orElse(null),
                            file.find("dfinal_state").orElse(null)),
                    file::close);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private Opened openNpy(Path qPath, Path kPath, Path vPath, ModelOptions model)
            throws IOException {
        Layout layout = model.layout == null ? Layout.HEADS_FIRST : model.layout;
        // Each file is closed by the one opened before it failing, or by the result.
        java.util.List<Npy> files = new java.util.ArrayList<>();
        Runnable close = () -> files.forEach(Npy::close);
        try {
            for (Path path : new Path[] {qPath, kPath, vPath}) {
                files.add(Npy.open(path));
            }
            Tensor queries = files.get(0).tensor();
            Tensor values = files.get(2).tensor();
            Decay decay = model.decayOrDefault();
            Double scale = model.scale;
            AttentionConfig config = config(qPath, queries, values, layout, decay, scale, model);
            AttentionInputs inputs = AttentionInputs.of(queries, files.get(1).tensor(), values);
            if (initialState != null) {
                Npy file = Npy.open(initialState);
                files.add(file);
                inputs =
                        inputs.withInitialState(
                                state(initialState, file.tensor(), config, (int) queries.shape(0)));
            }
            return opened(new Problem(config, inputs, Map.of()), close);
        } catch (IOException | RuntimeException e) {
            close.run();
            throw e;
        }
    }

    /** A problem and how to let go of its memory. */
    static Opened opened(Problem problem, Runnable close) {
        return new Opened() {
            @Override
            public Problem problem() {
                return problem;
            }

            @Override
            public void close() {
                close.run();
            }
        };
    }

    private static AttentionConfig config(
            Path path,
            Tensor q,
            Tensor v,
            Layout layout,
            Decay decay,
            @Nullable Double scale,
            ModelOptions model)
            throws MalformedDataException {
        if (q.rank() != 4 || v.rank() != 4) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s: q is %s and v is %s; both must have 4 axes",
                            path,
                            q,
                            v));
        }
        try {
            AttentionConfig.Builder builder =
                    AttentionConfig.builder(
                                    q.shape(layout == Layout.HEADS_FIRST ? 1 : 2),
                                    q.shape(3),
                                    v.shape(3))
                            .decay(decay)
                            .layout(layout)
                            .algorithm(model.algorithm)
                            .featureMap(model.featureMap);
            return (scale == null ? builder : builder.scale(scale)).build();
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(path + ": " + e.getMessage());
        }
    }

    private static Layout layout(Path path, Safetensors file, ModelOptions model)
            throws MalformedDataException {
        if (model.layout != null) {
            return model.layout;
        }
        String layout = file.metadata().getOrDefault("layout", "BHND");
        return switch (layout) {
            case "BHND" -> Layout.HEADS_FIRST;
            case "BNHD" -> Layout.TOKENS_FIRST;
            default ->
                    throw new MalformedDataException(
                            path
                                    + ": the metadata's layout is "
                                    + layout
                                    + "; it must be BHND or BNHD, or --layout given");
        };
    }

    private static @Nullable Double scale(Path path, Safetensors file, ModelOptions model)
            throws MalformedDataException {
        if (model.scale != null) {
            return model.scale;
        }
        String scale = file.metadata().get("scale");
        try {
            return scale == null ? null : Double.parseDouble(scale);
        } catch (NumberFormatException e) {
            throw new MalformedDataException(
                    path + ": the metadata's scale is " + scale + "; it must be a number");
        }
    }

    private static Decay decay(Path path, Safetensors file, ModelOptions model)
            throws MalformedDataException {
        if (model.decay != null) {
            return model.decay;
        }
        Optional<Tensor> slopes = file.find("slopes");
        if (slopes.isEmpty() || !model.algorithm.hasDecay()) {
            return model.algorithm.defaultDecay();
        }
        try {
            return new Decay.Slopes(slopes.get().toFloatArray());
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(path + ": " + e.getMessage());
        }
    }

    private static @Nullable PackedSequences sequences(Path path, Optional<Tensor> cuSeqlens)
            throws MalformedDataException {
        if (cuSeqlens.isEmpty()) {
            return null;
        }
        Tensor tensor = cuSeqlens.get();
        if (tensor.rank() != 1 || tensor.dtype().isFloatingPoint()) {
            throw new MalformedDataException(
                    path + ": cu_seqlens is " + tensor + "; it must be I32 or I64 [R+1]");
        }
        long[] cumulative = new long[Math.toIntExact(tensor.size())];
        for (int i = 0; i < cumulative.length; i++) {
            cumulative[i] = tensor.getLong(i);
        }
        try {
            return PackedSequences.ofCumulative(cumulative);
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(path + ": " + e.getMessage());
        }
    }

    private static AttentionState state(
            Path path, Tensor values, AttentionConfig config, int sequences)
            throws MalformedDataException {
        if (values.dtype() != DType.F32) {
            throw new MalformedDataException(
                    path + ": initial_state is " + values + "; it must be F32");
        }
        try {
            return AttentionState.of(values, config.slopes(), new long[sequences]);
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(path + ": initial_state: " + e.getMessage());
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
