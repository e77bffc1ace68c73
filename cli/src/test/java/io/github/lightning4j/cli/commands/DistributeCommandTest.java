package io.github.lightning4j.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.InProcess;
import io.github.lightning4j.cli.InProcess.Outcome;
import io.github.lightning4j.distributed.JobFolder;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.io.SafetensorsWriter;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.jr.ob.JSON;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;

class DistributeCommandTest {
    private static final long[] KEYS = {1, 2, 500, 6};
    private static final long[] VALUES = {1, 2, 500, 5};
    private static final long[] STATES = {3, 2, 6, 5};

    @TempDir private Path folder;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();

    @BeforeEach
    void write() throws IOException {
        Random random = new Random(3);
        put(random, KEYS, "q", "k");
        put(random, VALUES, "v", "do");
        put(random, STATES, "initial_state", "dfinal_state");
        tensors.put("slopes", Tensor.ofFloats(new float[] {0, 1e-3f}, 2));
        Tensor lengths = Tensor.allocate(DType.I64, 4);
        long[] boundaries = {0, 300, 300, 500};
        for (int i = 0; i < 4; i++) {
            lengths.setDouble(i, boundaries[i]);
        }
        tensors.put("cu_seqlens", lengths);
        SafetensorsWriter.write(folder.resolve("in.safetensors"), tensors, Map.of("scale", "0.5"));
    }

    private void put(Random random, long[] shape, String... names) {
        for (String name : names) {
            Tensor tensor = Tensor.allocate(DType.F32, shape);
            for (long i = 0; i < tensor.size(); i++) {
                tensor.setDouble(i, random.nextGaussian());
            }
            tensors.put(name, tensor);
        }
    }

    private Outcome run(String line, String... more) {
        List<String> args = new ArrayList<>(List.of("distribute"));
        for (String word : line.split(" ")) {
            args.add(
                    word.replace("IN", folder.resolve("in.safetensors").toString())
                            .replace("OUT", folder.resolve("job").toString())
                            .replace("RESULT", folder.resolve("all.safetensors").toString()));
        }
        args.addAll(List.of(more));
        return InProcess.run(args.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({
        "--no-states, o",
        "'--feature-map silu --layout heads-first', o final_state",
        "--backward, dq dk dv dinitial_state",
        "'--backward --feature-map elu-plus-one', dq dk dv dinitial_state"
    })
    void rowsOfAllResultsAreRight(String options, String results) throws IOException {
        Outcome outcome =
                run(
                        "-i IN -o OUT --result RESULT --tokens-per-partition 64 --json -d"
                                + " cpu:scalar "
                                + options);
        assertEquals(0, outcome.exit(), outcome.err());
        Map<String, Object> report = JSON.std.mapFrom(outcome.out());
        assertEquals(8, report.get("partitions"));
        assertEquals(8, report.get("computed"));
        assertEquals(Map.of(), report.get("kernelSeconds")); // because a CPU has no clock
        // States out of partitions 0 to 3, 4 to 6 and the scan's.
        int carried = options.contains("--backward") ? 2 * 7 : 7;
        assertEquals(2 * carried * 2 * 6 * 5 * 4, report.get("exchangedBytes"));
        double rate = ((Number) report.get("tokensPerSecond")).doubleValue();
        double seconds = ((Number) report.get("seconds")).doubleValue();
        assertEquals(500, rate * seconds, 1e-6);
        List<String> phases =
                options.contains("--backward")
                        ? List.of("states", "state-scan", "gradients", "gradient-scan", "parts")
                        : List.of("states", "state-scan", "parts");
        assertEquals(phases, List.copyOf(((Map<?, ?>) report.get("phaseSeconds")).keySet()));
        List<?> checks = (List<?>) report.get("checks");
        List<String> names = new ArrayList<>();
        for (Object check : checks) {
            Map<?, ?> fields = (Map<?, ?>) check;
            names.add(String.valueOf(fields.get("what")));
            assertEquals(true, fields.get("passed"), fields.toString());
            assertTrue(String.valueOf(fields.get("sample")).startsWith("8 rows, of up to"));
        }
        assertEquals(List.of(results.split(" ")), names);
        try (Safetensors file = Safetensors.open(folder.resolve("all.safetensors"))) {
            assertEquals(List.of(results.split(" ")), List.copyOf(file.names()));
        }
    }

    @Test
    void aWrongRowIsFoundAndTheRightOnesStay() throws IOException {
        String line = "-i IN -o OUT --tokens-per-partition 64 -d cpu:scalar --check-rows 64";
        Outcome first = run(line);
        assertEquals(0, first.exit(), first.err());
        assertTrue(
                first.out()
                        .lines()
                        .anyMatch(l -> l.matches("\\s+in kernels +unknown, because the device.*")),
                first.out());
        for (String row : List.of("states", "state-scan", "parts", "tokens/s", "exchanged")) {
            assertTrue(first.out().lines().anyMatch(l -> l.strip().startsWith(row)), first.out());
        }
        for (String progress :
                List.of("states of 7 partitions", "state scan of 8", "parts of 8 partitions")) {
            assertTrue(first.err().contains(progress), first.err());
        }
        Outcome again = run(line);
        assertTrue(again.out().contains("8 of 64 tokens, 0 computed in this run"), again.out());
        Path part = folder.resolve("job/part-00000005.safetensors");
        byte[] bytes = Files.readAllBytes(part);
        // As if the state that came in had been another.
        for (int i = bytes.length / 2; i < bytes.length / 2 + 1000; i += 4) {
            bytes[i + 3] ^= (byte) 0x80;
        }
        // A change on the disk is not taken for a result.
        Files.write(part, bytes);
        Outcome repaired = run(line);
        assertEquals(0, repaired.exit(), repaired.err());
        assertTrue(
                repaired.err().contains("their checksum differs; it is computed again"),
                repaired.err());
        assertTrue(repaired.out().contains("1 computed in this run"), repaired.out());
        writeWithChecksum(part, bytes);
        Outcome outcome = run(line);
        assertEquals(1, outcome.exit(), outcome.out());
        assertTrue(outcome.out().contains("FAILED"), outcome.out());
    }

    /** Writes a part whose data are what was computed, wrong as they are. */
    private static void writeWithChecksum(Path part, byte[] bytes) throws IOException {
        int dataAt = 8 + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
        CRC32C crc = new CRC32C();
        crc.update(bytes, dataAt, bytes.length - dataAt);
        String field = "\"crc32c\":\"";
        int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(field) + field.length();
        byte[] digits = "%08x".formatted(crc.getValue()).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(digits, 0, bytes, at, digits.length);
        Files.write(part, bytes);
    }

    @Test
    void aWorkerInAProcessOfItsOwnGivesTheSameBytes() throws IOException {
        String line = "-i IN --tokens-per-partition 128 --result RESULT -o OUT";
        assertEquals(0, run(line + "1 -d cpu:scalar").exit());
        byte[] expected = Files.readAllBytes(folder.resolve("all.safetensors"));
        Outcome outcome = run(line + "2 --devices cpu:scalar -t 1");
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.out().contains("cpu:scalar, processes of their own, 1"), outcome.out());
        assertEquals(
                -1,
                Arrays.mismatch(expected, Files.readAllBytes(folder.resolve("all.safetensors"))));
        assertFalse(outcome.err().contains("failed"), outcome.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | -o OUT | Missing required option: '--input=FILE'",
                "2 | -i IN -o OUT --tokens-per-partition 100 | it must be a multiple of 64",
                "2 | -i IN -o OUT --algorithm softmax | softmax cannot begin with one",
                "2 | -i IN -o OUT --heads 3 | come from the input's tensors",
                "2 | -i IN -o OUT -d cpu --devices cpu | exclude each other",
                "2 | -i IN -o OUT --devices cpu --master local | exclude each other",
                "2 | -i IN -o OUT --check-rows -1 | --check-rows must be at least 0",
                "2 | -i IN -o OUT --result IN | write another file",
                "3 | -i IN -o OUT -d cpu:none | cpu:none",
                "4 | -i OUT -o OUT | there is no such file",
                "4 | -i IN -o IN | in.safetensors",
            })
    void whatCannotBeIsRefused(int code, String line, String why) {
        Outcome outcome = run(line);
        assertEquals(code, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains(why), outcome.err());
    }

    @Test
    void theCommandOfSparkIsShownForAFolderThatIsReady() throws IOException {
        Outcome outcome =
                run(
                        "-i IN -o OUT --tokens-per-partition 64 -d cpu -t 2 --show-command --master"
                            + " spark://host:7077 --job-jar other.jar --conf spark.cores.max=4");
        assertEquals(0, outcome.exit(), outcome.err());
        String line = outcome.out().strip();
        assertTrue(
                line.endsWith(
                        " --conf spark.cores.max=4 --conf spark.task.cpus=2 other.jar "
                                + folder.resolve("job")
                                + " cpu"),
                line);
        try (JobFolder job = JobFolder.resume(folder.resolve("job"))) {
            assertEquals(8, job.job().plan().partitions());
            assertFalse(job.hasPart(0));
        }
    }

    @Test
    void withoutSparkThereIsNoMaster() {
        assumeTrue(System.getenv("SPARK_HOME") == null, "SPARK_HOME is set");
        Outcome outcome = run("-i IN -o OUT --master local");
        assertEquals(3, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains("there is no spark-submit"), outcome.err());
        assertTrue(Files.notExists(folder.resolve("job")));
    }

    @Test
    void aFolderOfAnotherJobIsRefused() {
        String line = "-i IN -o OUT --check-rows 0 -d cpu:scalar --tokens-per-partition ";
        assertEquals(0, run(line + "256").exit());
        Outcome outcome = run(line + "64");
        assertEquals(4, outcome.exit());
        assertTrue(outcome.err().contains("is of another job, with another"), outcome.err());
    }
}
