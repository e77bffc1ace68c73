package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.AttentionResult;
import io.github.lightning4j.AttentionSession;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.DeviceTensor;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.PackedSequences;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.reference.ReferenceAttention;
import io.github.lightning4j.reference.RelativeError;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.devices.Selection;
import io.github.lightning4j.tornado.devices.TornadoDevices;
import io.github.lightning4j.tornado.kernels.ChunkTable;
import io.github.lightning4j.tornado.kernels.KernelFamily;
import io.github.lightning4j.tornado.plans.PlanMemory;
import io.github.lightning4j.tornado.plans.PlanPool;
import io.github.lightning4j.tornado.plans.SharedPool;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.PoolShape;

import org.junit.jupiter.api.Test;

import java.util.Random;

/**
 * What holds of TornadoVM devices beyond the conformance suite: segments of many chunks, windows,
 * bounds of memory. Run like {@link DeviceConformance}.
 */
class DeviceLaws {
    static final String DEVICE = System.getProperty(DeviceConformance.DEVICE, "tornado");
    static final double TOLERANCE = 1e-5;

    /** Normal numbers [1, H, N, dim]. */
    static Tensor random(Random random, int heads, int tokens, int dim) {
        Tensor tensor = Tensor.allocate(DType.F32, 1, heads, tokens, dim);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, random.nextGaussian());
        }
        return tensor;
    }

    /** Normal numbers for a call. */
    static AttentionInputs inputs(AttentionConfig config, int tokens) {
        Random random = new Random(tokens);
        return new AttentionInputs(
                random(random, config.heads(), tokens, config.keyDim()),
                random(random, config.heads(), tokens, config.keyDim()),
                random(random, config.heads(), tokens, config.valueDim()),
                null,
                null);
    }

    /** The relative error of a head's output, of the first sequence. */
    static double error(AttentionConfig config, AttentionInputs inputs, Tensor o, int h) {
        return error(config, inputs, o, 0, h);
    }

    private static double error(
            AttentionConfig config, AttentionInputs inputs, Tensor o, int r, int h) {
        RelativeError error = new RelativeError();
        error.add(
                ReferenceAttention.rows(config, inputs, o, r, h, config.valueDim()),
                ReferenceAttention.tokenByToken(ReferenceAttention.Head.of(config, inputs, r, h))
                        .output());
        return error.value();
    }

    /** On the host there is one copy of the rows: arrays of a plan of its own lie over them. */
    @Test
    void theDevicesTensorsHaveAPlanOfTheirOwn() {
        AttentionConfig config = AttentionConfig.builder(2, 16).build();
        AttentionInputs rows = inputs(config, 200);
        try (LightningAttention attention = LightningAttention.open(config, DEVICE);
                DeviceTensor q = attention.allocate(DType.F32, rows.q().shape());
                DeviceTensor output = attention.allocate(DType.F32, rows.v().shape())) {
            q.tensor().copyFrom(rows.q());
            AttentionInputs in = new AttentionInputs(q.tensor(), rows.k(), rows.v(), null, null);
            long none = attention.deviceMemory().orElseThrow();
            attention.attend(rows, Tensor.allocate(DType.F32, rows.v().shape()));
            long one = attention.deviceMemory().orElseThrow();
            attention.attend(in, output.tensor());
            long two = attention.deviceMemory().orElseThrow();
            attention.attend(in, output.tensor());
            assertEquals(two, attention.deviceMemory().orElseThrow());
            // TornadoVM's PTX backend leaves pages locked, so there tensors are like any other.
            long own = attention.device().id().contains(":ptx") ? 0 : one - none;
            assertEquals(one + own, two);
            assertTrue(error(config, rows, output.tensor(), 1) < TOLERANCE);
        }
    }

    /** Enough chunks that a segment has several, and the last one fewer. */
    @Test
    void segmentsOfManyChunks() {
        int tokens = 330_017;
        AttentionConfig config =
                AttentionConfig.builder(2, 8).decay(new Decay.Slopes(1e-4f, 0.02f)).build();
        int segmentChunks =
                key(config, 1, PlanKey.bucket(tokens))
                        .segmentChunks(Math.ceilDiv(tokens, ChunkTable.CHUNK));
        assertTrue(segmentChunks >= 4, "chunks of a segment: " + segmentChunks);
        AttentionInputs inputs = inputs(config, tokens);
        try (LightningAttention attention = LightningAttention.open(config, DEVICE)) {
            AttentionResult result = attention.forward(inputs);
            for (int h = 0; h < config.heads(); h++) {
                assertTrue(error(config, inputs, result.output(), h) <= TOLERANCE, "head " + h);
            }
        }
    }

    private static Tensor forward(
            DeviceBackend backend, AttentionConfig config, AttentionInputs inputs) {
        Tensor o = Tensor.allocate(DType.F32, inputs.v().shape());
        backend.forward(
                new AttentionProblem(config, DType.F32, DType.F32, 1, inputs.v().shape(2), null),
                buffers(inputs, o));
        return o;
    }

    private static ForwardBuffers buffers(AttentionInputs inputs, Tensor o) {
        return new ForwardBuffers(
                inputs.q().memory(),
                inputs.k().memory(),
                inputs.v().memory(),
                null,
                o.memory(),
                null);
    }

    /**
     * A limit of memory that only parts of the sequence fit: windows, through the carried state.
     */
    @Test
    void windowsWhereMemoryIsShort() {
        AttentionConfig config = AttentionConfig.builder(3, 20, 12).build();
        AttentionInputs inputs = inputs(config, 5_000);
        PlanKey small = key(config, 1, 512);
        withMemory(
                2 * small.bytes(KernelFamily.LOOPS) + 4096,
                backend -> {
                    Tensor o = forward(backend, config, inputs);
                    for (int h = 0; h < config.heads(); h++) {
                        assertTrue(error(config, inputs, o, h) <= TOLERANCE, "head " + h);
                    }
                });
    }

    /** Where not even the smallest plan fits: an error with need and limit, and no harm done. */
    @Test
    void outOfMemoryNamesNeedAndLimit() {
        AttentionConfig config = AttentionConfig.builder(4, 64).build();
        AttentionInputs inputs = inputs(config, 64);
        Tensor o = Tensor.allocate(DType.F32, inputs.v().shape());
        AttentionProblem problem = new AttentionProblem(config, DType.F32, DType.F32, 1, 64, null);
        ForwardBuffers buffers = buffers(inputs, o);
        long slots = PoolShape.ofSessions(config, 1, family().others()).bytes(family().others());
        withMemory(
                slots + key(config, 1, 16).bytes(KernelFamily.LOOPS) / 2,
                backend -> {
                    try (var session = backend.openSession(config, 1, null)) {
                        session.append(
                                problem, buffers.q(), buffers.k(), buffers.v(), buffers.output());
                        // The session holds what there is.
                        BackendException e =
                                assertThrows(
                                        BackendException.class,
                                        () -> backend.forward(problem, buffers));
                        assertTrue(
                                String.valueOf(e.getMessage())
                                        .matches(
                                                "(?s)out of device memory: .*needs [\\d.,]+"
                                                        + " MiB.*limit is [\\d.,]+ MiB.*"),
                                e.getMessage());
                    }
                    backend.forward(problem, buffers);
                    assertTrue(error(config, inputs, o, 0) <= TOLERANCE);
                });
    }

    /** What is done with a backend. */
    interface Body {
        void run(DeviceBackend backend);
    }

    /** An empty pool for the device under test. */
    static PlanPool pool(long memory) {
        TornadoDevices.Entry entry = entry();
        return new PlanPool(
                family(),
                entry.tornado(),
                new PlanMemory(entry.device().id(), memory),
                TornadoDevices.limits(entry.tornado()));
    }

    /** What a plan is compiled for on the device under test. */
    static PlanKey key(AttentionConfig config, int sequences, int tokens) {
        return pool(0).key(config, DType.F32, sequences, tokens);
    }

    /** The device under test. */
    static TornadoDevices.Entry entry() {
        Selection selection = Selection.parse(DEVICE);
        return TornadoDevices.list().stream()
                .filter(e -> selection.matches(e.device()))
                .findFirst()
                .orElseThrow();
    }

    /** The kernels under test. */
    static KernelFamily family() {
        return Selection.parse(DEVICE).family(entry().family());
    }

    /** The same, by the name that callers who compose task graphs use. */
    static LightningTasks.Kernels kernels() {
        return LightningTasks.Kernels.valueOf(family().others().name());
    }

    /** Runs something on the device with {@code bytes} of memory. */
    static void withMemory(long bytes, Body body) {
        TornadoDevices.Entry entry = entry();
        SharedPool pool = SharedPool.open("test:" + bytes, family(), entry.tornado(), bytes);
        DeviceBackend backend = new DeviceBackend(entry.device(), pool);
        try {
            body.run(backend);
        } finally {
            backend.close();
        }
    }

    /** States stay on the device from an append to a decode step to a longer append. */
    @Test
    void appendsOfAllSizes() {
        AttentionConfig config = AttentionConfig.builder(2, 16, 24).build();
        AttentionInputs inputs = inputs(config, 1_500);
        try (LightningAttention attention = LightningAttention.open(config, DEVICE);
                AttentionSession session = attention.openSession(1)) {
            Tensor o = Tensor.allocate(DType.F32, inputs.v().shape());
            int at = 0;
            for (int size : new int[] {1, 1, 70, 1, 900, 1, 1, 3, 1, 400, 1}) {
                Tensor part =
                        session.append(
                                cut(inputs.q(), at, size),
                                cut(inputs.k(), at, size),
                                cut(inputs.v(), at, size));
                paste(part, o, at, size);
                at += size;
            }
            AttentionInputs seen =
                    new AttentionInputs(
                            cut(inputs.q(), 0, at),
                            cut(inputs.k(), 0, at),
                            cut(inputs.v(), 0, at),
                            null,
                            null);
            for (int h = 0; h < config.heads(); h++) {
                assertTrue(error(config, seen, cut(o, 0, at), h) <= TOLERANCE, "head " + h);
            }
            assertEquals(at, session.tokens(0));
        }
    }

    /**
     * What an earlier call left in the memory of a plan must not count, even if it is NaN: neither
     * its states, which need no copy to be zero again, nor those within its segments, which are
     * different ones.
     */
    @Test
    void nothingOfAnEarlierCallStays() {
        AttentionConfig config = AttentionConfig.builder(2, 8).build();
        AttentionInputs inputs = packed(inputs(config, 100_000), 99_999, 1);
        // Chunks of a segment: with more than one no border is where one was in the first call,
        // whose second sequence begins a chunk later.
        int segmentChunks =
                key(config, 2, PlanKey.bucket(100_000))
                        .segmentChunks(Math.ceilDiv(100_000, ChunkTable.CHUNK) + 1);
        assertTrue(segmentChunks > 1, "chunks of a segment: " + segmentChunks);
        AttentionInputs first =
                new AttentionInputs(
                        cut(inputs.q(), 0, 1),
                        cut(inputs.k(), 0, 1),
                        cut(inputs.v(), 0, 1),
                        null,
                        null);
        try (LightningAttention attention = LightningAttention.open(config, DEVICE)) {
            attention.forward(packed(noNumbers(inputs), 1, 99_999));
            long bytes = attention.deviceMemory().orElseThrow();
            AttentionResult result = attention.forward(inputs);
            assertEquals(bytes, attention.deviceMemory().orElseThrow(), "the plan is the same");
            for (int r = 0; r < 2; r++) {
                for (int h = 0; h < config.heads(); h++) {
                    double error = error(config, inputs, result.output(), r, h);
                    assertTrue(error <= TOLERANCE, "sequence " + r + ", head " + h);
                }
            }
            for (AttentionInputs step : new AttentionInputs[] {noNumbers(first), first}) {
                try (AttentionSession session = attention.openSession(1)) {
                    Tensor o = session.append(step.q(), step.k(), step.v());
                    for (int h = 0; step == first && h < config.heads(); h++) {
                        assertTrue(error(config, first, o, h) <= TOLERANCE, "head " + h);
                    }
                }
            }
        }
    }

    private static AttentionInputs packed(AttentionInputs inputs, long... lengths) {
        return new AttentionInputs(
                inputs.q(), inputs.k(), inputs.v(), PackedSequences.ofLengths(lengths), null);
    }

    private static AttentionInputs noNumbers(AttentionInputs inputs) {
        return new AttentionInputs(
                noNumbers(inputs.q()), noNumbers(inputs.k()), noNumbers(inputs.v()), null, null);
    }

    /** The same number of NaNs. */
    static Tensor noNumbers(Tensor like) {
        Tensor tensor = Tensor.allocate(DType.F32, like.shape());
        tensor.segment().fill((byte) 0xFF);
        return tensor;
    }

    private static Tensor cut(Tensor tensor, int from, int size) {
        long[] shape = tensor.shape();
        Tensor part = Tensor.allocate(DType.F32, 1, shape[1], size, shape[3]);
        copy(tensor, from, part, 0, size);
        return part;
    }

    private static void paste(Tensor part, Tensor tensor, int at, int size) {
        copy(part, 0, tensor, at, size);
    }

    private static void copy(Tensor from, int first, Tensor to, int at, int size) {
        long dim = from.shape()[3];
        for (long h = 0; h < from.shape()[1]; h++) {
            for (long i = 0; i < size * dim; i++) {
                to.setDouble(
                        (h * to.shape()[2] + at) * dim + i,
                        from.getDouble((h * from.shape()[2] + first) * dim + i));
            }
        }
    }
}
