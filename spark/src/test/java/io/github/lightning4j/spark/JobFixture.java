package io.github.lightning4j.spark;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.distributed.AttentionJob;
import io.github.lightning4j.distributed.Direction;
import io.github.lightning4j.distributed.JobFolder;
import io.github.lightning4j.distributed.JobListener;
import io.github.lightning4j.distributed.LocalRunner;
import io.github.lightning4j.distributed.ResultFile;
import io.github.lightning4j.distributed.TensorFile;
import io.github.lightning4j.io.SafetensorsWriter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A problem whose heads remember across all of its 16 partitions, in a folder. */
final class JobFixture {
    static final int HEADS = 4;
    static final int DIM = 64;
    static final long TOKENS = 1000;
    static final int PARTITIONS = 16;

    static final AttentionConfig CONFIG =
            AttentionConfig.builder(HEADS, DIM)
                    .decay(Decay.ofSlopes(0, 4e-8f, 1e-3f, 0.01f))
                    .layout(Layout.TOKENS_FIRST)
                    .build();

    private final Path folder;
    private final Path input;

    JobFixture(Path folder) throws IOException {
        this.folder = folder;
        input = folder.resolve("input.safetensors");
        write(5);
    }

    /** The file of q, k, v, gradients and states. */
    Path input() {
        return input;
    }

    /** Writes the input, which depends on a seed. */
    void write(long seed) throws IOException {
        Random random = new Random(seed);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String name : List.of("q", "k", "v", "do", "initial_state", "dfinal_state")) {
            Tensor tensor =
                    name.endsWith("state")
                            ? Tensor.allocate(DType.F32, 1, HEADS, DIM, DIM)
                            : Tensor.allocate(DType.BF16, 1, TOKENS, HEADS, DIM);
            for (long i = 0; i < tensor.size(); i++) {
                tensor.setDouble(i, random.nextGaussian());
            }
            tensors.put(name, tensor);
        }
        SafetensorsWriter.write(input, tensors, Map.of());
    }

    /** What is done with a job. */
    interface Use<T> {
        T with(JobFolder job) throws IOException, InterruptedException;
    }

    /** Opens a folder of a job. */
    <T> T in(Path output, Direction direction, Use<T> use)
            throws IOException, InterruptedException {
        try (TensorFile file = TensorFile.map(input);
                JobFolder job =
                        JobFolder.open(
                                output, AttentionJob.of(CONFIG, direction, true, file, 64))) {
            return use.with(job);
        }
    }

    /** Runs a job somehow, and puts its results together. */
    Path results(String name, Direction direction, Use<?> run)
            throws IOException, InterruptedException {
        Path target = folder.resolve(name + ".safetensors");
        return in(
                folder.resolve(name),
                direction,
                job -> {
                    Object _ = run.with(job);
                    ResultFile.assemble(job, target);
                    return target;
                });
    }

    /** The results of this process. */
    Path here(Direction direction) throws IOException, InterruptedException {
        try (LightningAttention attention = LightningAttention.open(CONFIG, "cpu:scalar")) {
            return results(
                    "here-" + direction,
                    direction,
                    job -> LocalRunner.run(job, attention, JobListener.NONE));
        }
    }
}
