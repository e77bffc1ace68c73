package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.FeatureMap;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.BackwardBuffers;
import io.github.lightning4j.spi.StateBuffers;
import io.github.lightning4j.spi.StateGradientBuffers;
import io.github.lightning4j.tornado.kernels.Direction;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.plans.WindowSizes;
import io.github.lightning4j.tornado.tasks.BackwardKey;
import io.github.lightning4j.tornado.tasks.PlanKey;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.Objects;
import java.util.Random;

/**
 * What holds of a backward pass on TornadoVM devices beyond the conformance suite: segments of many
 * chunks, windows, bounds of memory. Run like {@link DeviceConformance}.
 */
class DeviceGradientLaws {
    private static final double TOLERANCE = 2e-5;

    /** A problem of packed sequences, or of one, behind a state, and what comes back. */
    private record Case(
            AttentionConfig config,
            AttentionInputs inputs,
            Tensor dO,
            Tensor dState,
            Tensor dq,
            Tensor dk,
            Tensor dv,
            Tensor dInitial) {
        static Case of(AttentionConfig config, long... lengths) {
            PackedSequences packed =
                    lengths.length == 1 ? null : PackedSequences.ofLengths(lengths);
            int tokens = 0;
            for (long length : lengths) {
                tokens += Math.toIntExact(length);
            }
            Random random = new Random(tokens);
            int heads = config.heads();
            int d = config.keyDim();
            int e = config.valueDim();
            Tensor initial = states(random, config, lengths.length);
            return new Case(
                    config,
                    new AttentionInputs(
                            DeviceLaws.random(random, heads, tokens, d),
                            DeviceLaws.random(random, heads, tokens, d),
                            DeviceLaws.random(random, heads, tokens, e),
                            packed,
                            AttentionState.of(initial, config.slopes(), new long[lengths.length])),
                    DeviceLaws.random(random, heads, tokens, e),
                    states(random, config, lengths.length),
                    Tensor.allocate(DType.F32, 1, heads, tokens, d),
                    Tensor.allocate(DType.F32, 1, heads, tokens, d),
                    Tensor.allocate(DType.F32, 1, heads, tokens, e),
                    Tensor.allocate(DType.F32, lengths.length, heads, d, e));
        }

        /** A case of as many tokens in these sequences instead, all of them NaNs. */
        Case withoutNumbers(long... lengths) {
            return new Case(
                    config,
                    new AttentionInputs(
                            DeviceLaws.noNumbers(inputs.q()),
                            DeviceLaws.noNumbers(inputs.k()),
                            DeviceLaws.noNumbers(inputs.v()),
                            PackedSequences.ofLengths(lengths),
                            inputs.initialState()),
                    DeviceLaws.noNumbers(dO),
                    dState,
                    dq,
                    dk,
                    dv,
                    dInitial);
        }

        private static Tensor states(Random random, AttentionConfig config, int sequences) {
            Tensor tensor =
                    Tensor.allocate(
                            DType.F32,
                            sequences,
                            config.heads(),
                            config.keyDim(),
                            config.valueDim());
            for (long i = 0; i < tensor.size(); i++) {
                tensor.setDouble(i, random.nextGaussian());
            }
            return tensor;
        }

        AttentionProblem problem() {
            @Nullable PackedSequences packed = inputs.sequences();
            return new AttentionProblem(
                    config, DType.F32, DType.F32, 1, inputs.q().shape(2), packed);
        }

        void run(DeviceBackend backend) {
            for (Tensor result : new Tensor[] {dq, dk, dv, dInitial}) {
                result.segment().fill((byte) 0xFF);
            }
            backend.backward(
                    problem(),
                    new BackwardBuffers(
                            inputs.q().memory(),
                            inputs.k().memory(),
                            inputs.v().memory(),
                            Objects.requireNonNull(inputs.initialState()).values().segment(),
                            dO.memory(),
                            dState.segment(),
                            dq.memory(),
                            dk.memory(),
                            dv.memory(),
                            dInitial.segment()));
        }

        /** Computes final states and gradients of initial states alone, and compares them. */
        void statesAlone(DeviceBackend backend) {
            Tensor last = Tensor.allocate(DType.F32, dInitial.shape());
            for (Tensor result : new Tensor[] {last, dInitial}) {
                result.segment().fill((byte) 0xFF);
            }
            backend.finalState(
                    problem(),
                    new StateBuffers(
                            inputs.k().memory(),
                            inputs.v().memory(),
                            Objects.requireNonNull(inputs.initialState()).values().segment(),
                            last.segment()));
            backend.initialStateGradient(
                    problem(),
                    new StateGradientBuffers(
                            inputs.q().memory(),
                            dO.memory(),
                            dState.segment(),
                            dInitial.segment()));
            RelativeError states = new RelativeError();
            RelativeError gradients = new RelativeError();
            for (int r = 0; r < problem().sequences(); r++) {
                for (int h = 0; h < config.heads(); h++) {
                    states.add(
                            ReferenceAttention.matrix(config, last, r, h),
                            ReferenceAttention.tokenByToken(
                                            ReferenceAttention.Head.of(config, inputs, r, h))
                                    .finalState());
                    gradients.add(
                            ReferenceAttention.matrix(config, dInitial, r, h),
                            ReferenceAttention.backward(config, inputs, dO, dState, r, h)
                                    .initialState());
                }
            }
            assertTrue(states.value() <= TOLERANCE, "final states: " + states.value());
            assertTrue(gradients.value() <= TOLERANCE, "gradients: " + gradients.value());
        }

        /** Compares the given heads of all sequences with the definition. */
        void check(int... heads) {
            RelativeError[] errors = new RelativeError[4];
            for (int i = 0; i < errors.length; i++) {
                errors[i] = new RelativeError();
            }
            for (int r = 0; r < problem().sequences(); r++) {
                for (int h : heads) {
                    ReferenceAttention.HeadGradients expected =
                            ReferenceAttention.backward(config, inputs, dO, dState, r, h);
                    errors[0].add(rows(dq, r, h), expected.dq());
                    errors[1].add(rows(dk, r, h), expected.dk());
                    errors[2].add(rows(dv, r, h), expected.dv());
                    errors[3].add(
                            ReferenceAttention.matrix(config, dInitial, r, h),
                            expected.initialState());
                }
            }
            String[] names = {"dq", "dk", "dv", "gradient of the initial state"};
            for (int i = 0; i < errors.length; i++) {
                double error = errors[i].value();
                assertTrue(error <= TOLERANCE, names[i] + ": " + error);
            }
        }

        private double[][] rows(Tensor tensor, int r, int h) {
            int dim = Math.toIntExact(tensor.shape(3));
            return ReferenceAttention.rows(config, inputs, tensor, r, h, dim);
        }
    }

    private static BackwardKey key(AttentionConfig config, int sequences, int tokens) {
        return new BackwardKey(DeviceLaws.key(config, sequences, tokens), DType.F32);
    }

    private static long bytes(BackwardKey key) {
        return key.bytes(DeviceLaws.pool(0).family());
    }

    /** Runs a case with so little memory that it needs at least {@code atLeast} windows. */
    private static void inWindows(Case c, long memory, int atLeast) {
        int sequences = c.problem().sequences();
        long tokens = c.problem().tokens();
        PlanKey key =
                WindowSizes.backwardKey(c.problem(), sequences, tokens, DeviceLaws.pool(memory))
                        .pass();
        int windows = Window.cut(c.problem(), 0, sequences, key.tokens()).size();
        assertTrue(windows >= atLeast, "windows: " + windows);
        DeviceLaws.withMemory(memory, c::run);
    }

    /** Enough chunks that a segment has several, and the last one fewer. */
    @Test
    void segmentsOfManyChunks() {
        float[] slopes = new float[64];
        for (int h = 0; h < slopes.length; h++) {
            slopes[h] = h == 0 ? 4e-8f : 1f / (h * h);
        }
        AttentionConfig config =
                AttentionConfig.builder(64, 8).decay(new Decay.Slopes(slopes)).build();
        Case c = Case.of(config, 8_273, 0, 301);
        PlanKey key = DeviceLaws.key(config, 4, PlanKey.bucket(8_574));
        int segmentChunks = key.segmentChunks(130 + 5);
        assertTrue(segmentChunks >= 4, "chunks of a segment: " + segmentChunks);
        // What a call with other segments left in memory must not count, even if it is NaN.
        DeviceLaws.withMemory(
                4 * bytes(key(config, 4, key.tokens())),
                backend -> {
                    c.withoutNumbers(301, 8_273, 0).run(backend);
                    c.run(backend);
                });
        c.check(0, 1, 5, 63);
    }

    /** A limit of memory that only parts of the sequence fit: windows forwards and backwards. */
    @Test
    void windowsWhereMemoryIsShort() {
        AttentionConfig config =
                AttentionConfig.builder(3, 20, 12).featureMap(FeatureMap.SILU).scale(0.3).build();
        Case c = Case.of(config, 3_000);
        inWindows(c, 2 * bytes(key(config, 1, 512)) + 4096, 6);
        c.check(0, 1, 2);
    }

    /** Borders of windows inside and between packed sequences. */
    @Test
    void windowsOverPackedSequences() {
        AttentionConfig config = AttentionConfig.builder(2, 20, 12).build();
        Case c = Case.of(config, 5, 0, 700, 1, 1_300, 64, 187);
        inWindows(c, 2 * bytes(key(config, 8, 256)) + 4096, 9);
        c.check(0, 1);
    }

    /** States go on from window to window, and their gradients back. */
    @Test
    void windowsOfStatesAlone() {
        AttentionConfig config =
                AttentionConfig.builder(2, 20, 12).featureMap(FeatureMap.SILU).scale(0.3).build();
        Case c = Case.of(config, 5, 0, 2_100, 1, 3_900, 64, 187);
        long memory = 2 * bytes(key(config, 8, 256)) + 4096;
        int sequences = c.problem().sequences();
        int room =
                WindowSizes.stateKey(
                                c.problem(),
                                Direction.FORWARD,
                                sequences,
                                c.problem().tokens(),
                                DeviceLaws.pool(memory))
                        .pass()
                        .tokens();
        int windows = Window.cut(c.problem(), 0, sequences, room).size();
        assertTrue(windows >= 4, "windows: " + windows);
        DeviceLaws.withMemory(memory, c::statesAlone);
    }

    /** More sequences than states fit at a time. */
    @Test
    void statesAloneInTurns() {
        AttentionConfig config = AttentionConfig.builder(1, 64).build();
        Case c = Case.of(config, 3, 70, 0, 1, 129, 64, 65, 2, 0, 31, 200, 1, 1, 1, 1, 1, 1, 1);
        long memory = 4 << 20;
        int turn = WindowSizes.sequences(config, DeviceLaws.pool(memory));
        assertTrue(turn < c.problem().sequences(), "sequences at a time: " + turn);
        DeviceLaws.withMemory(memory, c::statesAlone);
    }

    /** More sequences than states fit at a time. */
    @Test
    void sequencesInTurns() {
        AttentionConfig config = AttentionConfig.builder(1, 64).build();
        Case c = Case.of(config, 3, 70, 0, 1, 129, 64, 65, 2, 0, 31, 200);
        long memory = 4 << 20;
        int turn = WindowSizes.backwardSequences(config, DeviceLaws.pool(memory));
        assertTrue(turn < c.problem().sequences(), "sequences at a time: " + turn);
        DeviceLaws.withMemory(memory, c::run);
        c.check(0);
    }

    /** Where not even the smallest plan fits: an error with need and limit, and no harm done. */
    @Test
    void outOfMemoryNamesNeedAndLimit() {
        AttentionConfig config = AttentionConfig.builder(4, 256).build();
        Case c = Case.of(config, 64);
        DeviceLaws.withMemory(
                bytes(key(config, 1, 16)) / 2,
                backend -> {
                    BackendException e = assertThrows(BackendException.class, () -> c.run(backend));
                    assertTrue(
                            String.valueOf(e.getMessage())
                                    .matches(
                                            "(?s)out of device memory: .*needs [\\d.,]+"
                                                    + " MiB.*limit is [\\d.,]+ MiB.*"),
                            e.getMessage());
                });
    }
}
