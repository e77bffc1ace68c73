package io.github.lightning4j.cli.options;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.checks.Problem;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.results.text.Words;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Reads a problem from a safetensors file, and remembers what of it nobody asked for. */
final class SafetensorsInput {
    private static final String EXPECTED = "expected.";
    private static final String SLOPES = "slopes";

    private final String name;
    private final Safetensors file;
    private final ModelOptions model;
    private final TreeSet<String> unused;
    private final List<String> notices = new ArrayList<>();

    /**
     * Of an open file.
     *
     * @param name of the file, as it may stand in a message
     */
    SafetensorsInput(String name, Safetensors file, ModelOptions model) {
        this.name = name;
        this.file = file;
        this.model = model;
        unused = new TreeSet<>(file.names());
    }

    /** Everything that a command uses. */
    Problem read(InputUse use) throws MalformedDataException {
        Tensor q = needed("q");
        Tensor v = needed("v");
        AttentionConfig config = TensorModel.of(name, q, v, layout(), model, decay(), scale());
        PackedSequences packed = sequences(take("cu_seqlens"));
        AttentionInputs inputs = AttentionInputs.of(q, needed("k"), v).withSequences(packed);
        inputs = TensorModel.complete(name, config, inputs, take("initial_state").orElse(null));
        Problem problem = new Problem(config, inputs);
        if (use.backward()) {
            problem = withGradients(problem);
        }
        return use.answers() ? withAnswers(problem, use.backward()) : problem;
    }

    /** What was not used, after {@link #read}. */
    List<String> notices() {
        List<String> all = new ArrayList<>(notices);
        if (!unused.isEmpty()) {
            all.add(name + " has tensors that are not used here: " + Quoted.names(unused));
        }
        return all;
    }

    private Problem withGradients(Problem problem) throws MalformedDataException {
        Tensor dO = take("do").orElse(null);
        if (dO != null) {
            check("do", dO, problem.inputs().v().shape());
            DType dtype = problem.inputs().v().dtype();
            if (dO.dtype() != dtype && dO.dtype() != DType.F32) {
                throw malformed("do is " + dO + "; it must be F32 or that of q, " + dtype);
            }
        }
        Tensor dState = take("dfinal_state").orElse(null);
        if (dState != null) {
            check("dfinal_state", dState, problem.stateShape());
            if (dState.dtype() != DType.F32) {
                throw malformed("dfinal_state is " + dState + "; it must be F32");
            }
        }
        return problem.withGradients(dO, dState);
    }

    private Problem withAnswers(Problem problem, boolean backward) throws MalformedDataException {
        Map<String, long[]> results = new LinkedHashMap<>();
        results.put("o", problem.inputs().v().shape());
        if (problem.config().algorithm().hasState()) {
            results.put("final_state", problem.stateShape());
        }
        if (backward) {
            results.put("dq", problem.inputs().q().shape());
            results.put("dk", problem.inputs().k().shape());
            results.put("dv", problem.inputs().v().shape());
            results.put("dinitial_state", problem.stateShape());
        }
        Map<String, Tensor> expected = new LinkedHashMap<>();
        for (Map.Entry<String, long[]> result : results.entrySet()) {
            Optional<Tensor> answer = take(EXPECTED + result.getKey());
            if (answer.isPresent()) {
                check(EXPECTED + result.getKey(), answer.get(), result.getValue());
                expected.put(result.getKey(), answer.get());
            }
        }
        return problem.withExpected(expected);
    }

    private void check(String tensor, Tensor is, long[] shape) throws MalformedDataException {
        if (!is.dtype().isFloatingPoint() || !Arrays.equals(is.shape(), shape)) {
            throw malformed(tensor + " is " + is + "; it must be floats " + Arrays.toString(shape));
        }
    }

    private Tensor needed(String tensor) throws MalformedDataException {
        unused.remove(tensor);
        return file.tensor(tensor);
    }

    private Optional<Tensor> take(String tensor) throws MalformedDataException {
        unused.remove(tensor);
        return file.find(tensor);
    }

    private Layout layout() throws MalformedDataException {
        String layout = file.metadata().get("layout");
        if (model.layout != null) {
            noticeGiven("the metadata's layout is", layout, "--layout");
            return model.layout;
        }
        return switch (layout) {
            case null -> Layout.HEADS_FIRST;
            case "BHND" -> Layout.HEADS_FIRST;
            case "BNHD" -> Layout.TOKENS_FIRST;
            default ->
                    throw malformed(
                            "the metadata's layout is "
                                    + Quoted.text(layout)
                                    + "; it must be BHND or BNHD, or --layout given");
        };
    }

    private @Nullable Double scale() throws MalformedDataException {
        String scale = file.metadata().get("scale");
        if (model.scale != null) {
            noticeGiven("the metadata's scale is", scale, "--scale");
            return null;
        }
        try {
            return scale == null ? null : Double.valueOf(scale);
        } catch (NumberFormatException e) {
            throw malformed(
                    "the metadata's scale is " + Quoted.text(scale) + "; it must be a number");
        }
    }

    /** The file's own slopes; null where there are none, or others are wanted. */
    private Decay.@Nullable Slopes decay() throws MalformedDataException {
        boolean there = unused.remove(SLOPES);
        if (model.decay() != null) {
            noticeGiven("slopes are", there ? "" : null, "--decay");
            return null;
        }
        if (there && !model.algorithm.hasDecay()) {
            notices.add(
                    name
                            + ": slopes are not used: "
                            + Words.optionName(model.algorithm)
                            + " has no decay");
            return null;
        }
        try {
            Optional<Tensor> slopes = file.find(SLOPES);
            return slopes.isEmpty() ? null : new Decay.Slopes(slopes.get().toFloatArray());
        } catch (IllegalArgumentException e) {
            throw new MalformedDataException(name + ": slopes: " + e.getMessage(), e);
        }
    }

    private void noticeGiven(String what, @Nullable String value, String option) {
        if (value != null) {
            notices.add(name + ": " + what + " not used: " + option + " is given");
        }
    }

    private @Nullable PackedSequences sequences(Optional<Tensor> cumulative)
            throws MalformedDataException {
        if (cumulative.isEmpty()) {
            return null;
        }
        Tensor tensor = cumulative.get();
        if (tensor.rank() != 1
                || tensor.dtype().isFloatingPoint()
                || tensor.size() > Integer.MAX_VALUE) {
            throw malformed("cu_seqlens is " + tensor + "; it must be I32 or I64 [R+1]");
        }
        long[] starts = new long[(int) tensor.size()];
        Arrays.setAll(starts, tensor::getLong);
        return TensorModel.made(name, () -> PackedSequences.ofCumulative(starts));
    }

    private MalformedDataException malformed(String what) {
        return new MalformedDataException(name + ": " + what);
    }
}
