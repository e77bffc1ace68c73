package io.github.lightning4j.cli.options;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.Layout;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.cli.console.UsageException;
import io.github.lightning4j.io.Npy;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.Safetensors;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Tensors of the user's own: one safetensors file, or a {@code .npy} file each. */
public final class InputOptions {
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

    /** Whether the user brought tensors. */
    public boolean isGiven() {
        return input != null || q != null || k != null || v != null || initialState != null;
    }

    /** Adds the user's files to those that nothing may be written over. */
    public CommandFiles addTo(CommandFiles files) {
        return files.reading("--input", input)
                .reading("--initial-state", initialState)
                .reading("--q", q)
                .reading("--k", k)
                .reading("--v", v);
    }

    /** Opens the files. */
    OpenedInput open(ModelOptions model, InputUse use) throws IOException {
        checkModel(model);
        if (input != null) {
            if (q != null || k != null || v != null || initialState != null) {
                throw new UsageException(
                        "--input and --q, --k, --v, --initial-state exclude each other");
            }
            return openSafetensors(input, model, use);
        }
        if (q == null || k == null || v == null) {
            throw new UsageException("--q, --k and --v belong together");
        }
        return openNpy(List.of(q, k, v), model);
    }

    private static void checkModel(ModelOptions model) {
        if (model.givesShape()) {
            throw new UsageException(
                    "--heads, --key-dim, --value-dim and --dtype come from the input's tensors");
        }
    }

    /** Opens one file, for commands that take no others. */
    public static OpenedInput open(Path path, ModelOptions model, InputUse use) throws IOException {
        checkModel(model);
        return openSafetensors(path, model, use);
    }

    private static OpenedInput openSafetensors(Path path, ModelOptions model, InputUse use)
            throws IOException {
        Safetensors file = Safetensors.open(path);
        try {
            SafetensorsInput read = new SafetensorsInput(Quoted.file(path), file, model);
            Problem problem = read.read(use);
            return new OpenedInput(problem, read.notices(), file::close);
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private OpenedInput openNpy(List<Path> paths, ModelOptions model) throws IOException {
        // All of them are closed when one fails, or with the result.
        List<Npy> files = new ArrayList<>();
        Runnable release = () -> files.forEach(Npy::close);
        try {
            for (Path path : paths) {
                files.add(Npy.open(path));
            }
            if (initialState != null) {
                files.add(Npy.open(initialState));
            }
            String name =
                    paths.stream().distinct().map(Quoted::name).collect(Collectors.joining(", "));
            List<Tensor> tensors = files.stream().map(Npy::tensor).toList();
            Layout layout = model.layout == null ? Layout.HEADS_FIRST : model.layout;
            Tensor values = tensors.get(2);
            AttentionConfig config =
                    TensorModel.of(name, tensors.getFirst(), values, layout, model, null, null);
            AttentionInputs inputs = AttentionInputs.of(tensors.getFirst(), tensors.get(1), values);
            Tensor state = initialState == null ? null : tensors.get(3);
            inputs = TensorModel.complete(name, config, inputs, state);
            return new OpenedInput(new Problem(config, inputs), List.of(), release);
        } catch (IOException | RuntimeException | Error e) {
            release.run();
            throw e;
        }
    }
}
