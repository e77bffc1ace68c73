package io.github.lightning4j.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Device;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cpu.arithmetic.Attending;
import io.github.lightning4j.cpu.arithmetic.Elements;
import io.github.lightning4j.cpu.arithmetic.KernelLookup;
import io.github.lightning4j.cpu.arithmetic.Kernels;
import io.github.lightning4j.cpu.arithmetic.Matrix;
import io.github.lightning4j.cpu.arithmetic.Products;
import io.github.lightning4j.cpu.arithmetic.StoredMatrix;
import io.github.lightning4j.cpu.arithmetic.StoredScaledMatrix;
import io.github.lightning4j.cpu.passes.Engine;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.Backend;
import io.github.lightning4j.spi.BackendSession;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.spi.StateBuffers;
import io.github.lightning4j.spi.StateGradientBuffers;
import io.github.lightning4j.spi.TensorMemory;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a thread does between two looks whether its call was interrupted, at the largest usual
 * dimensions: counted, because clocks of shared machines tell nothing.
 */
class WorkBetweenLooksTest {
    private static final int DIM = 256;

    /** Multiply-adds, of which plain loops make one or two thousand million a second. */
    private static final long MOST_WORK = 16_000_000;

    /** Of the heap, which the JVM zeroes: some milliseconds. */
    private static final long MOST_BYTES = 4 << 20;

    /** What moving or scaling an element costs, in multiply-adds. */
    private static final long ELEMENT = 4;

    /** And an exponential. */
    private static final long EXPONENTIAL = 32;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final AtomicLong mostWork = new AtomicLong();
    private final AtomicLong mostBytes = new AtomicLong();
    private final AtomicInteger looks = new AtomicInteger();
    private final ThreadLocal<Stretch> stretch = ThreadLocal.withInitial(Stretch::new);

    /** What the current thread has done since it looked. */
    private final class Stretch {
        private long work;
        private long bytes = threads.getCurrentThreadAllocatedBytes();

        void begin() {
            work = 0;
            bytes = threads.getCurrentThreadAllocatedBytes();
        }

        void end() {
            mostWork.accumulateAndGet(work, Math::max);
            mostBytes.accumulateAndGet(threads.getCurrentThreadAllocatedBytes() - bytes, Math::max);
            begin();
        }
    }

    /** Whose interrupt flag is seen to be looked at. */
    private final class Watched extends Thread {
        Watched(Runnable call) {
            super(call);
        }

        @Override
        public boolean isInterrupted() {
            stretch.get().end();
            looks.incrementAndGet();
            return super.isInterrupted();
        }
    }

    private Kernels counted() {
        Kernels kernels = KernelLookup.instance().named("scalar").orElseThrow();
        return new Kernels(
                kernels.name(),
                kernels.lanes(),
                counted(Products.class, kernels.products()),
                counted(Elements.class, kernels.elements()),
                counted(Attending.class, kernels.attending()));
    }

    private <T> T counted(Class<T> type, T kernels) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (_, method, arguments) -> {
                            try {
                                return method.invoke(kernels, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            } finally {
                                stretch.get().work += work(method.getName(), arguments);
                            }
                        }));
    }

    /** Multiply-adds of a kernel, or what costs as much. */
    private static long work(String kernel, Object... x) {
        return switch (kernel) {
            case "multiply" -> product(x[1], x[2]);
            case "sum" -> product(x[1], x[2]) + product(x[3], x[4]);
            case "scores" -> product(x[0], x[1]);
            case "multiplyRows" -> ((Matrix) x[2]).rows() * size(x[3]);
            case "addRow" -> size(x[1]);
            case "dots" -> size(x[0]);
            case "load" -> ELEMENT * (int) x[5];
            case "loadScaled" -> 2 * ELEMENT * size(x[6]);
            case "store" -> ELEMENT * (int) x[2];
            case "apply" -> EXPONENTIAL * size(x[1]);
            case "chain" -> EXPONENTIAL * size(x[2]);
            case "scaleRows", "mask", "transpose", "scaleTile" -> ELEMENT * size(x[0]);
            case "advance", "advanceExchanging" -> ELEMENT * ((int) x[3] - (int) x[2]);
            case "softmax" -> EXPONENTIAL * size(x[0]);
            case "recur" -> 2 * size(x[1]) * ((Matrix) x[2]).rows();
            default -> throw new AssertionError(kernel);
        };
    }

    private static long product(Object a, Object b) {
        return size(a) * ((Matrix) b).columns();
    }

    private static long size(Object matrix) {
        return switch (matrix) {
            case Matrix m -> (long) m.rows() * m.columns();
            case StoredMatrix m -> (long) m.rows() * m.columns();
            case StoredScaledMatrix m -> (long) m.rows() * m.columns();
            default -> throw new AssertionError(matrix);
        };
    }

    private interface Call {
        void run(Backend backend);
    }

    /** Makes a call with plans of so many blocks and sees how much is done between two looks. */
    private void assertLooksOften(int threadCount, int checkpointBlocks, Call call)
            throws Exception {
        Device device = new Device("cpu:counted", "counted", Device.Kind.CPU, "");
        try (Backend backend =
                new CpuBackend(device, new Engine(counted(), threadCount, checkpointBlocks))) {
            FutureTask<Void> done = new FutureTask<>(() -> call.run(backend), null);
            Runnable begunAndEnded =
                    () -> {
                        stretch.get().begin();
                        done.run();
                        stretch.get().end();
                    };
            Thread thread = new Watched(begunAndEnded);
            thread.start();
            done.get(5, TimeUnit.MINUTES);
            thread.join();
        }
        assertTrue(looks.get() > 10, looks + " looks");
        assertTrue(mostWork.get() > 0, "nothing was counted");
        assertTrue(mostWork.get() <= MOST_WORK, mostWork + " multiply-adds between two looks");
        assertTrue(mostBytes.get() <= MOST_BYTES, mostBytes + " bytes between two looks");
    }

    private static TensorMemory x(int heads, long tokens) {
        return Tensor.allocate(DType.F32, heads, tokens, DIM).memory();
    }

    private static AttentionProblem problem(Algorithm algorithm, int heads, long tokens) {
        AttentionConfig config = AttentionConfig.builder(heads, DIM).algorithm(algorithm).build();
        return new AttentionProblem(config, DType.F32, DType.F32, 1, tokens, null);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void forwardPasses(Algorithm algorithm) throws Exception {
        long tokens = 900;
        TensorMemory x = x(3, tokens);
        MemorySegment state = Tensor.allocate(DType.F32, 1, 3, DIM, DIM).segment();
        @Nullable MemorySegment used = algorithm.hasState() ? state : null;
        for (int threadCount = 1; threadCount <= 2; threadCount++) {
            assertLooksOften(
                    threadCount,
                    0,
                    backend ->
                            backend.forward(
                                    problem(algorithm, 3, tokens),
                                    new ForwardBuffers(x, x, x, used, x(3, tokens), used)));
        }
    }

    /** One that a thread has for itself, and one that two share. */
    @ParameterizedTest
    @CsvSource({"1, 2, 4, 900", "2, 1, 4, 900", "2, 1, 100, 4800"})
    void backwardPasses(int threadCount, int heads, int checkpointBlocks, long tokens)
            throws Exception {
        TensorMemory x = x(heads, tokens);
        MemorySegment state = Tensor.allocate(DType.F32, 1, heads, DIM, DIM).segment();
        assertLooksOften(
                threadCount,
                checkpointBlocks,
                backend ->
                        backend.backward(
                                problem(Algorithm.LIGHTNING_2, heads, tokens),
                                new BackwardBuffers(
                                        x,
                                        x,
                                        x,
                                        state,
                                        x,
                                        state,
                                        x(heads, tokens),
                                        x(heads, tokens),
                                        x(heads, tokens),
                                        state)));
    }

    /** One that a thread has for itself, and one that two share. */
    @ParameterizedTest
    @CsvSource({"1, 2, 2000", "2, 1, 4800"})
    void statesAlone(int threadCount, int heads, long tokens) throws Exception {
        TensorMemory x = x(heads, tokens);
        MemorySegment state = Tensor.allocate(DType.F32, 1, heads, DIM, DIM).segment();
        MemorySegment result = Tensor.allocate(DType.F32, 1, heads, DIM, DIM).segment();
        AttentionConfig config =
                AttentionConfig.builder(heads, DIM).decay(new Decay.None()).build();
        AttentionProblem problem =
                new AttentionProblem(config, DType.F32, DType.F32, 1, tokens, null);
        assertLooksOften(
                threadCount,
                0,
                backend -> {
                    backend.finalState(problem, new StateBuffers(x, x, state, result));
                    backend.initialStateGradient(
                            problem, new StateGradientBuffers(x, x, state, result));
                });
    }

    /** Of sequences without tokens there is the state alone. */
    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"LIGHTNING_2", "LEFT_PRODUCT", "RIGHT_PRODUCT"})
    void manyEmptySequences(Algorithm algorithm) throws Exception {
        long[] lengths = new long[64];
        lengths[63] = 50;
        AttentionConfig config = AttentionConfig.builder(1, DIM).algorithm(algorithm).build();
        AttentionProblem problem =
                new AttentionProblem(
                        config, DType.F32, DType.F32, 1, 50, PackedSequences.ofLengths(lengths));
        TensorMemory x = x(1, 50);
        MemorySegment states = Tensor.allocate(DType.F32, 64, 1, DIM, DIM).segment();
        assertLooksOften(
                1,
                0,
                backend ->
                        backend.forward(
                                problem, new ForwardBuffers(x, x, x, states, x(1, 50), states)));
    }

    /** Many states are much to read, even for few tokens. */
    @Test
    void decodeOfManySequences() throws Exception {
        AttentionConfig config = AttentionConfig.builder(1, DIM).build();
        int sequences = 100;
        AttentionProblem problem =
                new AttentionProblem(config, DType.F32, DType.F32, sequences, 12, null);
        TensorMemory x = x(sequences, 12);
        TensorMemory o = x(sequences, 12);
        assertLooksOften(
                1,
                0,
                backend -> {
                    try (BackendSession session = backend.openSession(config, sequences, null)) {
                        stretch.get().begin(); // opening is taken whole
                        session.append(problem, x, x, x, o);
                    }
                });
    }

    /** What was decoded before goes into the state first, of all sequences. */
    @Test
    void anAppendAfterStepsOfDecode() throws Exception {
        AttentionConfig config = AttentionConfig.builder(1, DIM).build();
        int sequences = 16;
        // One token more than is decoded.
        AttentionProblem step =
                new AttentionProblem(config, DType.F32, DType.F32, sequences, 1, null);
        AttentionProblem append =
                new AttentionProblem(config, DType.F32, DType.F32, sequences, 13, null);
        TensorMemory x = x(sequences, 13);
        TensorMemory o = x(sequences, 13);
        assertLooksOften(
                1,
                0,
                backend -> {
                    try (BackendSession session = backend.openSession(config, sequences, null)) {
                        TensorMemory token = x(sequences, 1);
                        for (int i = 0; i < 31; i++) {
                            session.append(step, token, token, token, x(sequences, 1));
                        }
                        // Opening and decoding are taken whole.
                        stretch.get().begin();
                        session.append(append, x, x, x, o);
                    }
                });
    }
}
