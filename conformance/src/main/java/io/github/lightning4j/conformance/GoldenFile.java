package io.github.lightning4j.conformance;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.Decay;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Safetensors;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.LongStream;

/** Inputs and float64 answers of one case, mapped from a resource. */
final class GoldenFile implements AutoCloseable {
    /** The names of all files. */
    static final List<String> NAMES =
            List.of(
                    "almost_no_decay",
                    "basic",
                    "bf16",
                    "f16",
                    "initial_state",
                    "no_decay",
                    "one_token",
                    "packed_sequences",
                    "ragged_rectangular",
                    "strong_decay");

    /** The names of the files with gradients. */
    static final List<String> WITH_GRADIENTS =
            List.of("basic", "initial_state", "packed_sequences", "ragged_rectangular");

    private final Path copy;
    private final Safetensors file;

    private GoldenFile(Path copy, Safetensors file) {
        this.copy = copy;
        this.file = file;
    }

    /** Opens a file by its name without ending; it may be inside a jar. */
    @SuppressWarnings("MustBeClosedChecker") // close() closes it
    static GoldenFile open(String name) throws IOException {
        String resource = "/golden/" + name + ".safetensors";
        Path copy = Files.createTempFile("golden", ".safetensors");
        try (InputStream in = GoldenFile.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new FileNotFoundException(resource);
            }
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
        }
        return new GoldenFile(copy, Safetensors.open(copy));
    }

    /** What to compute. */
    AttentionConfig config() throws MalformedDataException {
        Tensor q = file.tensor("q");
        return AttentionConfig.builder(q.shape(1), q.shape(3), file.tensor("v").shape(3))
                .decay(new Decay.Slopes(file.tensor("slopes").toFloatArray()))
                .scale(Double.parseDouble(file.metadata().getOrDefault("scale", "1")))
                .build();
    }

    /** What to compute it on. */
    AttentionInputs inputs() throws MalformedDataException {
        AttentionInputs inputs =
                AttentionInputs.of(file.tensor("q"), file.tensor("k"), file.tensor("v"));
        Tensor cuSeqlens = file.find("cu_seqlens").orElse(null);
        if (cuSeqlens != null) {
            inputs =
                    inputs.withSequences(
                            PackedSequences.ofCumulative(
                                    LongStream.range(0, cuSeqlens.size())
                                            .map(cuSeqlens::getLong)
                                            .toArray()));
        }
        Tensor initial = file.find("initial_state").orElse(null);
        if (initial != null) {
            inputs =
                    inputs.withInitialState(
                            AttentionState.of(
                                    initial, config().slopes(), new long[(int) initial.shape(0)]));
        }
        return inputs;
    }

    /** The answer o, in float64. */
    Tensor expectedOutput() throws MalformedDataException {
        return file.tensor("expected.o");
    }

    /** The answer S after the last token, float64 [R, H, D, E]. */
    Tensor expectedState() throws MalformedDataException {
        return file.tensor("expected.final_state");
    }

    /** Any tensor of the file: {@code do}, {@code dfinal_state}, {@code expected.dq} and so on. */
    Tensor tensor(String name) throws MalformedDataException {
        return file.tensor(name);
    }

    @Override
    public void close() throws IOException {
        file.close();
        Files.delete(copy);
    }
}
