package io.github.lightning4j.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

import java.nio.file.Path;

/**
 * Runs every benchmark once, tiny and in this JVM, to see that it runs and its check works; not how
 * fast it is.
 */
class SmokeTest {
    @TempDir private Path folder;

    private ChainedOptionsBuilder tiny(Class<?> benchmark) {
        return new OptionsBuilder()
                .include(benchmark.getName() + "\\.")
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .measurementTime(TimeValue.milliseconds(20))
                .shouldFailOnError(true)
                .output(folder.resolve("log").toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "ForwardBenchmark shape 2x3x100x16 3",
                "BackwardBenchmark shape 2x3x100x16 3",
                "StatesBenchmark shape 2x3x100x16 18",
                "DecodeBenchmark shape 2x3x16 3",
                "MultiplyAddPeak none none 2",
                "MemoryBandwidth mebibytes 1 6",
                "FileLoading mebibytes 1 4",
            })
    void theBenchmarkRunsAndItsResultsAreRight(
            String name, String parameter, String value, int results) throws Exception {
        Class<?> benchmark = Class.forName(getClass().getPackageName() + "." + name);
        ChainedOptionsBuilder options = tiny(benchmark).param(parameter, value);
        assertEquals(results, new Runner(options.build()).run().size());
    }

    @Test
    void aWrongElementFailsTheCheck() {
        ForwardBenchmark forward = new ForwardBenchmark();
        forward.shape = "1x2x100x16";
        forward.dtype = DType.F32;
        forward.prepare();
        spoil(forward.forward());
        assertThrows(IllegalStateException.class, forward::check);

        BackwardBenchmark backward = new BackwardBenchmark();
        backward.shape = "1x2x100x16";
        backward.dtype = DType.BF16;
        backward.prepare();
        spoil(backward.forwardBackward().dk());
        assertThrows(IllegalStateException.class, backward::check);

        StatesBenchmark states = new StatesBenchmark();
        states.shape = "1x2x100x16";
        states.dtype = DType.F32;
        states.decay = "none";
        states.prepare();
        spoil(states.initialStateGradient());
        assertThrows(IllegalStateException.class, states::check);

        DecodeBenchmark decode = new DecodeBenchmark();
        decode.shape = "2x2x16";
        decode.dtype = DType.F16;
        decode.prepare();
        for (int i = 0; i < 200; i++) {
            decode.decode();
        }
        spoil(decode.decode());
        assertThrows(IllegalStateException.class, decode::check);
    }

    private static void spoil(Tensor tensor) {
        long last = tensor.size() - 1;
        tensor.setDouble(last, tensor.getDouble(last) + 1e4);
    }

    @Test
    void nanIsNeverWithinAGate() {
        Expected.within("x", 1e-6, 1e-5);
        assertThrows(IllegalStateException.class, () -> Expected.within("x", Double.NaN, 1e-5));
        assertThrows(IllegalStateException.class, () -> Expected.within("x", 1e-4, 1e-5));
        assertThrows(IllegalStateException.class, () -> Expected.same("x", Double.NaN, Double.NaN));
    }
}
