package io.github.lightning4j.benchmarks;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.io.Npy;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.io.SafetensorsWriter;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Tensor files: mapping alone, and mapping and reading every element. The files were just written,
 * so they come from the page cache, not from a disk.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 2,
        jvmArgs = {"--add-modules=jdk.incubator.vector", "--sun-misc-unsafe-memory-access=allow"})
@SuppressWarnings("NullAway.Init") // JMH calls prepare() before anything else
public class FileLoading {
    private static final String NAME = "x";

    /** MiB of the tensor in the file. */
    @Param("64")
    public int mebibytes;

    private Path folder;
    private Path safetensors;
    private Path npy;
    private double expected;
    private double sum;
    private long size;

    /** For JMH. */
    public FileLoading() {}

    /**
     * Writes the files.
     *
     * @throws IOException if they cannot be written
     */
    @Setup
    public void prepare() throws IOException {
        folder = Files.createTempDirectory("lightning4j");
        safetensors = folder.resolve("x.safetensors");
        npy = folder.resolve("x.npy");
        try (Arena arena = Arena.ofConfined()) {
            Tensor x = Tensor.allocate(arena, DType.F32, ((long) mebibytes << 20) / Float.BYTES);
            MemoryLoops.fill(x.segment());
            SafetensorsWriter.write(safetensors, Map.of(NAME, x), Map.of());
            Npy.write(npy, x);
            expected = MemoryLoops.filledSum(x.segment());
            size = x.size();
        }
        sum = expected;
    }

    /**
     * Checks the last sum and deletes the files.
     *
     * @throws IOException if they cannot be deleted
     */
    @TearDown
    public void check() throws IOException {
        Files.delete(safetensors);
        Files.delete(npy);
        Files.delete(folder);
        Expected.same("the sum of the file's elements", sum, expected);
    }

    /**
     * Maps a safetensors file and finds the tensor.
     *
     * @return its size
     * @throws IOException if it cannot be read
     */
    @Benchmark
    public long mapSafetensors() throws IOException {
        try (Safetensors file = Safetensors.open(safetensors)) {
            return mapped(file.tensor(NAME));
        }
    }

    /**
     * Maps a safetensors file and reads the tensor.
     *
     * @return its sum
     * @throws IOException if it cannot be read
     */
    @Benchmark
    public double readSafetensors() throws IOException {
        try (Safetensors file = Safetensors.open(safetensors)) {
            return read(file.tensor(NAME));
        }
    }

    /**
     * Maps an npy file.
     *
     * @return its size
     * @throws IOException if it cannot be read
     */
    @Benchmark
    public long mapNpy() throws IOException {
        try (Npy file = Npy.open(npy)) {
            return mapped(file.tensor());
        }
    }

    /**
     * Maps an npy file and reads the tensor.
     *
     * @return its sum
     * @throws IOException if it cannot be read
     */
    @Benchmark
    public double readNpy() throws IOException {
        try (Npy file = Npy.open(npy)) {
            return read(file.tensor());
        }
    }

    private long mapped(Tensor x) {
        Expected.same("the size", (double) x.size(), (double) size);
        return x.size();
    }

    private double read(Tensor x) {
        sum = MemoryLoops.sum(x.segment());
        return sum;
    }
}
