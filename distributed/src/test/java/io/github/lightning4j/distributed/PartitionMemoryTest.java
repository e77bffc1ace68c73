package io.github.lightning4j.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.management.ObjectName;

/** What a process needs is that of a partition, however long the sequence is. */
@Timeout(1800) // only to end what hangs
class PartitionMemoryTest {
    /** 6 MB of outputs, and three times as much of gradients. */
    private static final long TOKENS = 100_000;

    /** Of outputs and of gradients, in KiB. */
    private static final long OUTPUTS = TOKENS * Fixture.HEADS * Fixture.VALUE_DIM * 4 / 1024;

    /** What the JVM has had at once for tensors and other memory outside its heap. */
    private static final Pattern PEAK =
            Pattern.compile("Other \\(reserved[^-]*?(?:peak=(\\d+)KB|malloc=(\\d+)KB[^-]*at peak)");

    @TempDir private Path folder;

    private final Fixture fixture = Fixture.of(Layout.HEADS_FIRST, DType.F32, 1, TOKENS);

    @ParameterizedTest
    @EnumSource(names = {"FORWARD", "BACKWARD"})
    void manyPartitionsTakeLittleOfWhatTheirResultsTake(Direction direction) throws Exception {
        long peak = peak(direction, 2048, 49);
        assertTrue(peak < OUTPUTS / 4, peak + " of " + OUTPUTS);
    }

    @Test
    void onePartitionTakesWhatItsResultsTake() throws Exception {
        long peak = peak(Direction.FORWARD, 100_032, 1);
        assertTrue(peak >= OUTPUTS, peak + " of " + OUTPUTS);
    }

    /** Of a process that computes it, in KiB. */
    private long peak(Direction direction, long tokensPerPartition, int partitions)
            throws Exception {
        Path output = folder.resolve("job");
        try (TensorFile file = TensorFile.map(fixture.write(folder));
                JobFolder job =
                        JobFolder.open(
                                output,
                                AttentionJob.of(
                                        fixture.config,
                                        direction,
                                        true,
                                        file,
                                        tokensPerPartition))) {
            assertEquals(partitions, job.job().plan().partitions());
        }
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "-Xmx16m",
                                "-XX:MaxDirectMemorySize=1m", // of what the collector frees
                                "-XX:NativeMemoryTracking=summary",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Measured.class.getName(),
                                output.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        Matcher peak = PEAK.matcher(said);
        assertTrue(peak.find(), said);
        return Long.parseLong(peak.group(1) == null ? peak.group(2) : peak.group(1));
    }

    /** Computes a job, and then prints what the JVM knows of its memory. */
    static final class Measured {
        private Measured() {}

        public static void main(String[] args) throws Exception {
            try (JobFolder folder = JobFolder.resume(Path.of(args[0]));
                    LightningAttention attention =
                            LightningAttention.builder(folder.job().config())
                                    .device("cpu:scalar")
                                    .threads(1)
                                    .open()) {
                JobReport _ = LocalRunner.run(folder, attention, JobListener.NONE);
            }
            System.out.println(
                    ManagementFactory.getPlatformMBeanServer()
                            .invoke(
                                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                                    "vmNativeMemory",
                                    new Object[] {new String[] {"summary", "scale=KB"}},
                                    new String[] {String[].class.getName()}));
        }
    }
}
