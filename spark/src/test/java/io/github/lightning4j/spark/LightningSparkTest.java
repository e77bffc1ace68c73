package io.github.lightning4j.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.distributed.AttentionJob;
import io.github.lightning4j.distributed.Direction;
import io.github.lightning4j.distributed.JobFolder;
import io.github.lightning4j.distributed.Phase;
import io.github.lightning4j.distributed.TensorFile;
import io.github.lightning4j.io.Safetensors;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** Jobs on Spark with executors in processes of their own, when nothing fails. */
@Timeout(1800) // only to end what hangs
class LightningSparkTest {
    private static final long STATE = 4L * JobFixture.HEADS * JobFixture.DIM * JobFixture.DIM;

    @TempDir private Path folder;

    @BeforeEach
    void home() throws IOException {
        // Workers of a local cluster look for Spark's jars in it, which are on the class path.
        Files.createDirectories(Path.of(System.getenv("SPARK_HOME")).resolve("jars"));
    }

    /** A cluster of executors with one core each. */
    private static JavaSparkContext cluster(int executors, String... more) {
        SparkConf conf =
                new SparkConf()
                        .setMaster("local-cluster[" + executors + ",1,512]")
                        .setAppName("lightning4j")
                        .set("spark.executor.memory", "512m")
                        .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                        .set(
                                "spark.executor.extraJavaOptions",
                                "-XX:+UseSerialGC -XX:TieredStopAtLevel=1")
                        .set("spark.ui.enabled", "false");
        for (int i = 0; i < more.length; i += 2) {
            conf.set(more[i], more[i + 1]);
        }
        return new JavaSparkContext(conf);
    }

    @ParameterizedTest
    @EnumSource(names = {"FORWARD", "BACKWARD"})
    void oneExecutorAndTwoGiveTheBytesOfOneProcess(Direction direction) throws Exception {
        JobFixture fixture = new JobFixture(folder);
        Path expected = fixture.here(direction);
        long carried = 15 * STATE * (direction == Direction.BACKWARD ? 4 : 2);
        for (int executors : List.of(1, 2)) {
            AtomicLong shuffled = new AtomicLong();
            try (JavaSparkContext context = cluster(executors)) {
                context.sc()
                        .addSparkListener(
                                new SparkListener() {
                                    @Override
                                    public void onTaskEnd(SparkListenerTaskEnd end) {
                                        shuffled.addAndGet(
                                                end.taskMetrics()
                                                        .shuffleWriteMetrics()
                                                        .bytesWritten());
                                    }
                                });
                Path actual =
                        fixture.results(
                                "spark" + executors,
                                direction,
                                job -> {
                                    LightningSpark spark =
                                            LightningSpark.on(context).device("cpu:scalar");
                                    SparkReport report = spark.run(job);
                                    assertEquals(JobFixture.PARTITIONS, report.job().computed());
                                    assertEquals(JobFixture.TOKENS, report.job().tokens());
                                    assertEquals(carried, report.job().exchangedBytes());
                                    assertEquals(phases(direction), report.job().times().keySet());
                                    assertEquals(phases(direction), report.taskTimes().keySet());
                                    assertEquals(Map.of(), report.job().kernelTimes());
                                    assertEquals(0, spark.run(job).job().computed());
                                    return report;
                                });
                assertEquals(-1, Files.mismatch(expected, actual));
            }
            // The context has stopped, and the listener has heard everything.
            assertTrue(shuffled.get() <= carried * 1.01, shuffled + " of " + carried);
            assertTrue(shuffled.get() > carried / 2, shuffled + " of " + carried);
        }
    }

    private static Set<Phase> phases(Direction direction) {
        return direction == Direction.BACKWARD
                ? Set.of(Phase.values())
                : Set.of(Phase.STATES, Phase.STATE_SCAN, Phase.PARTS);
    }

    @Test
    void finalStatesAndPassesOverElementsAreThoseOfThisProcess() throws Exception {
        float[] expected;
        JobFixture fixture = new JobFixture(folder);
        try (Safetensors file = Safetensors.open(fixture.here(Direction.FINAL_STATES))) {
            expected = file.tensor("final_state").toFloatArray();
        }
        try (JavaSparkContext context = cluster(1);
                TensorFile file = TensorFile.map(fixture.input());
                JobFolder job =
                        JobFolder.open(
                                folder.resolve("states"),
                                AttentionJob.of(
                                        JobFixture.CONFIG,
                                        Direction.FINAL_STATES,
                                        true,
                                        file,
                                        64))) {
            LightningSpark spark = LightningSpark.on(context).device("cpu:scalar");
            Map<Integer, float[]> states = spark.finalStates(job).collectAsMap();
            assertEquals(Set.of(0), states.keySet());
            assertArrayEquals(expected, states.get(0));
            // Lengths of documents of ones, whose states are their lengths where nothing decays.
            List<Integer> lengths = List.of(1, 5, 7);
            AttentionConfig plain = AttentionConfig.builder(1, 1).decay(Decay.none()).build();
            List<Float> counted =
                    spark.map(
                                    context.parallelize(lengths, 2),
                                    plain,
                                    (attention, length) -> {
                                        float[] ones = new float[length];
                                        Arrays.fill(ones, 1);
                                        Tensor all = Tensor.ofFloats(ones, 1, 1, length, 1);
                                        return attention
                                                .finalState(all, all)
                                                .values()
                                                .toFloatArray()[0];
                                    })
                            .collect();
            assertEquals(List.of(1f, 5f, 7f), counted);
        }
    }

    @Test
    void threadsAreTheCpusOfATask() throws Exception {
        try (JavaSparkContext context =
                cluster(1, "spark.master", "local-cluster[1,5,512]", "spark.task.cpus", "5")) {
            AttentionConfig config = AttentionConfig.builder(8, 64).decay(Decay.none()).build();
            List<Long> helpers =
                    LightningSpark.on(context)
                            .device("cpu:scalar")
                            .map(
                                    context.parallelize(List.of(1024), 1),
                                    config,
                                    (attention, length) -> {
                                        Tensor all = Tensor.allocate(DType.F32, 1, 8, length, 64);
                                        var _ = attention.forward(all, all, all);
                                        return Thread.getAllStackTraces().keySet().stream()
                                                .filter(t ->
                                                        t.getName().matches("lightning4j-\\d+"))
                                                .count();
                                    })
                            .collect();
            assertEquals(List.of(4L), helpers); // and the task's own thread
        }
    }

    @Test
    void anInterruptWhileResultsAreReadIsNoFaultOfTheirFile() throws Exception {
        JobFixture fixture = new JobFixture(folder);
        Path _ = fixture.here(Direction.FORWARD);
        try (JavaSparkContext context = cluster(1, "spark.master", "local[1]")) {
            assertThrows(
                    InterruptedException.class,
                    () ->
                            fixture.results(
                                    "here-FORWARD",
                                    Direction.FORWARD,
                                    job -> {
                                        Thread.currentThread().interrupt();
                                        return LightningSpark.on(context).run(job);
                                    }));
            assertFalse(Thread.interrupted());
        }
    }

    @Test
    void theDeviceIsThatOfTheGpuOfATask() throws Exception {
        JobFixture fixture = new JobFixture(folder);
        Path found = folder.resolve("gpus");
        Files.writeString(found, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"7\"]}'\n");
        assertTrue(found.toFile().setExecutable(true));
        try (JavaSparkContext context =
                cluster(
                        1,
                        "spark.worker.resource.gpu.amount",
                        "1",
                        "spark.worker.resource.gpu.discoveryScript",
                        found.toString(),
                        "spark.executor.resource.gpu.amount",
                        "1",
                        "spark.task.resource.gpu.amount",
                        "1")) {
            // There is no such device, which shows what became of it.
            assertRefused(fixture, context, "cpu:gpu-{gpu}", "cpu:gpu-7");
        }
        try (JavaSparkContext context = cluster(1)) {
            assertRefused(
                    fixture,
                    context,
                    "cpu:gpu-{gpu}",
                    "the task has no GPU: set spark.task.resource.gpu.amount");
        }
    }

    private void assertRefused(
            JobFixture fixture, JavaSparkContext context, String device, String why) {
        BackendException e =
                assertThrows(
                        BackendException.class,
                        () ->
                                fixture.in(
                                        folder.resolve("refused"),
                                        Direction.FORWARD,
                                        LightningSpark.on(context).device(device)::run));
        assertTrue(String.valueOf(e.getMessage()).contains(why), e.getMessage());
    }
}
