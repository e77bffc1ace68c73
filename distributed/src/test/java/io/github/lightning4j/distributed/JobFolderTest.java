package io.github.lightning4j.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Layout;
import io.github.lightning4j.LightningAttention;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

class JobFolderTest {
    @TempDir private Path folder;
    private final Fixture fixture = Fixture.of(Layout.HEADS_FIRST, DType.F32, 2, 300);
    private Path input = Path.of("");
    private Path output = Path.of("");

    @BeforeEach
    void write() throws IOException {
        input = fixture.write(folder);
        output = folder.resolve("job");
    }

    /** Interrupts its thread once so many partitions are done. */
    private static final class Cut implements JobListener {
        private final List<String> done = new ArrayList<>();
        private final int after;

        Cut(int after) {
            this.after = after;
        }

        @Override
        public void done(Phase phase, int partition) {
            done.add(phase + " " + partition);
            if (done.size() == after) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private JobReport run(Direction direction, JobListener listener) throws Exception {
        try (TensorFile file = TensorFile.map(input);
                LightningAttention attention = fixture.open();
                JobFolder job = open(file, direction)) {
            return LocalRunner.run(job, attention, listener);
        }
    }

    private JobFolder open(TensorFile file, Direction direction) throws IOException {
        return JobFolder.open(output, AttentionJob.of(fixture.config, direction, true, file, 64));
    }

    private Path assembled(Direction direction) throws IOException {
        Path target = folder.resolve("assembled");
        try (TensorFile file = TensorFile.map(input);
                JobFolder job = open(file, direction)) {
            ResultFile.assemble(job, target);
        }
        return target;
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void aRunGoesOnWhereverTheOneBeforeItWasCut(Direction direction) throws Exception {
        Cut whole = new Cut(-1);
        JobReport all = run(direction, whole);
        byte[] expected = Files.readAllBytes(assembled(direction));
        for (int after = 1; after < whole.done.size(); after += 3) {
            output = folder.resolve("cut-" + after);
            Cut cut = new Cut(after);
            assertThrows(InterruptedException.class, () -> run(direction, cut));
            Cut rest = new Cut(-1);
            JobReport report = run(direction, rest);
            List<String> twice = new ArrayList<>(cut.done);
            twice.retainAll(rest.done);
            // Only a scan, which takes milliseconds, may begin again.
            twice.removeIf(done -> done.contains("SCAN"));
            assertEquals(List.of(), twice);
            assertTrue(report.exchangedBytes() <= all.exchangedBytes());
            assertEquals(-1, Arrays.mismatch(expected, Files.readAllBytes(assembled(direction))));
        }
        assertEquals(0, run(direction, new Cut(-1)).computed());
    }

    @Test
    void aFolderOfAnotherJobIsRefusedWithWhatDiffers() throws Exception {
        run(Direction.FORWARD, JobListener.NONE);
        assertRefused("with another direction", () -> run(Direction.BACKWARD, JobListener.NONE));
        try (TensorFile file = TensorFile.map(input)) {
            assertRefused(
                    "with another tokens-per-partition, partitions;",
                    () ->
                            JobFolder.open(
                                    output,
                                    AttentionJob.of(
                                            fixture.config, Direction.FORWARD, true, file, 128)));
            AttentionConfig other =
                    AttentionConfig.builder(Fixture.HEADS, Fixture.KEY_DIM, Fixture.VALUE_DIM)
                            .decay(Decay.none())
                            .build();
            assertRefused(
                    "with another config, slopes;",
                    () ->
                            JobFolder.open(
                                    output,
                                    AttentionJob.of(other, Direction.FORWARD, true, file, 64)));
        }
        fixture.tensor("k").setDouble(0, 7);
        fixture.write(folder);
        assertRefused("with another identity;", () -> run(Direction.FORWARD, JobListener.NONE));
    }

    @Test
    void aFolderWithOtherFilesIsRefusedAndTheyStay() throws Exception {
        Files.createDirectory(output);
        Files.writeString(output.resolve("thesis.txt"), "mine");
        assertRefused("it has files and no manifest", () -> run(Direction.FORWARD, new Cut(-1)));
        assertEquals("mine", Files.readString(output.resolve("thesis.txt")));
        output = output.resolve("thesis.txt");
        assertRefused("thesis.txt", () -> run(Direction.FORWARD, new Cut(-1)));
    }

    @Test
    void twoRunsOfOneJobAtATimeAreRefused() throws Exception {
        try (TensorFile file = TensorFile.map(input);
                JobFolder first = open(file, Direction.FORWARD)) {
            assertRefused(
                    "another run of the job uses it", () -> open(file, Direction.FORWARD).close());
            assertEquals(output, first.path());
        }
        run(Direction.FORWARD, JobListener.NONE); // which it does not any more
    }

    @Test
    void whatIsDamagedIsComputedAgain() throws Exception {
        run(Direction.FORWARD, JobListener.NONE);
        byte[] expected = Files.readAllBytes(assembled(Direction.FORWARD));
        Path part = output.resolve("part-00000003.safetensors");
        byte[] bytes = Files.readAllBytes(part);
        Files.write(part, Arrays.copyOf(bytes, bytes.length - 1));
        Files.copy(
                output.resolve("part-00000001.safetensors"),
                output.resolve("part-00000002.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
        assertRefused("run the job again", () -> assembled(Direction.FORWARD));
        assertEquals(2, run(Direction.FORWARD, JobListener.NONE).computed());
        assertEquals(
                -1, Arrays.mismatch(expected, Files.readAllBytes(assembled(Direction.FORWARD))));
    }

    /** Hears of damaged parts. */
    private static final class Damages implements JobListener {
        private final List<String> reasons = new ArrayList<>();

        @Override
        public void damaged(int partition, String reason) {
            reasons.add(partition + ": " + reason);
        }
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    void aPartWithOtherBytesIsNeverAccepted(Direction direction) throws Exception {
        run(direction, JobListener.NONE);
        byte[] expected = Files.readAllBytes(assembled(direction));
        // The first that ends a sequence, so that it has a state too.
        Path part = output.resolve("part-00000004.safetensors");
        byte[] whole = Files.readAllBytes(part);
        String text = new String(whole, StandardCharsets.ISO_8859_1);
        String tensor = "\"" + tensor(direction) + "\"";
        int dataAt = text.indexOf('}', text.indexOf("data_offsets"));
        for (int at :
                List.of(
                        text.indexOf("crc32c") + 9, // a digit of the checksum
                        text.indexOf("crc32c") + 1, // its name
                        text.indexOf(tensor) + 1,
                        text.indexOf("[1,") + 1, // a shape
                        (dataAt + whole.length) / 2,
                        whole.length - 1)) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 1;
            Files.write(part, damaged);
            assertRefused("run the job again", () -> assembled(direction));
            assertRefused("run the job again", () -> read(direction, 4));
            Damages damages = new Damages();
            assertEquals(1, run(direction, damages).computed(), "after a change of byte " + at);
            assertEquals(1, damages.reasons.size());
            String reason = damages.reasons.getFirst();
            assertTrue(reason.startsWith("4: "), reason);
            assertTrue(reason.contains("part-00000004.safetensors"), reason);
            assertEquals(-1, Arrays.mismatch(whole, Files.readAllBytes(part)));
        }
        assertEquals(-1, Arrays.mismatch(expected, Files.readAllBytes(assembled(direction))));
        read(direction, 4); // which is accepted again
    }

    private static String tensor(Direction direction) {
        return switch (direction) {
            case FORWARD -> "o";
            case BACKWARD -> "dq";
            case FINAL_STATES -> "final_state";
        };
    }

    private void read(Direction direction, int partition) throws IOException {
        try (TensorFile file = TensorFile.map(input);
                JobFolder job = open(file, direction)) {
            JobResults results = new JobResults(job);
            if (direction == Direction.FINAL_STATES) {
                assertEquals(Set.of(0), results.states(partition).keySet());
            } else {
                results.token(tensor(direction), partition * 64L);
            }
        }
    }

    @Test
    void aJobGoesOnByItsFolderAlone() throws Exception {
        Cut cut = new Cut(20);
        assertThrows(InterruptedException.class, () -> run(Direction.FORWARD, cut));
        try (LightningAttention attention = fixture.open();
                JobFolder job = JobFolder.resume(output)) {
            assertRefused("another run", () -> JobFolder.resume(output).close());
            assertTrue(LocalRunner.run(job, attention, JobListener.NONE).computed() < 10);
            JobResults results = new JobResults(job);
            for (int sequence = 0; sequence < 2; sequence++) {
                int partition = sequence == 0 ? 4 : 9; // 300 tokens each, in partitions of 64
                assertArrayEquals(
                        results.state(sequence).toFloatArray(),
                        results.states(partition).get(sequence).toFloatArray());
            }
            assertEquals(Set.of(), results.states(3).keySet());
        }
        JobFolder.resume(output).close(); // because it is closed
        Files.delete(output.resolve("manifest.txt"));
        assertRefused("there is no such file", () -> JobFolder.resume(output).close());
    }

    @Test
    void aDamagedStateIsComputedAgain() throws Exception {
        Cut cut = new Cut(4);
        assertThrows(InterruptedException.class, () -> run(Direction.FORWARD, cut));
        Path state = output.resolve("exchange/local-state-00000001");
        byte[] bytes = Files.readAllBytes(state);
        bytes[bytes.length / 2] ^= 1;
        Files.write(state, bytes);
        Cut rest = new Cut(-1);
        run(Direction.FORWARD, rest);
        assertTrue(rest.done.contains("STATES 1"));
        assertFalse(rest.done.contains("STATES 0"));
    }

    @Test
    void whatAKilledProcessLeftIsDeleted() throws Exception {
        Files.createDirectories(output.resolve("exchange"));
        Path part = output.resolve(".0b0e1a2c-1111-2222-3333-444455556666.part");
        run(Direction.FORWARD, JobListener.NONE);
        Files.writeString(part, "half");
        run(Direction.FORWARD, JobListener.NONE);
        assertTrue(Files.notExists(part));
    }

    @Test
    void inputsThatDoNotFitAreRefusedWithTheirName() throws Exception {
        try (TensorFile file = TensorFile.map(input)) {
            AttentionConfig wide =
                    AttentionConfig.builder(Fixture.HEADS, Fixture.KEY_DIM + 1, 5).build();
            assertRefused(
                    "input.safetensors: q is F32[2, 3, 300, 6]; it must be F32[2, 3, 300, 7]",
                    () -> AttentionJob.of(wide, Direction.FORWARD, true, file, 64));
        }
        fixture.tensors.put("v", fixture.tensor("q"));
        fixture.write(folder);
        assertRefused("v is F32", () -> run(Direction.FORWARD, JobListener.NONE));
        fixture.tensors.remove("v");
        fixture.write(folder);
        assertRefused("has no tensor \"v\"", () -> run(Direction.FORWARD, JobListener.NONE));
    }

    @Test
    void hostileManifestsAreRefused() throws Exception {
        run(Direction.FORWARD, JobListener.NONE);
        Path manifest = output.resolve("manifest.txt");
        String text = Files.readString(manifest);
        for (String damaged :
                List.of(
                        "",
                        text.replace("lightning4j-job/1", "lightning4j-job/2"),
                        text.replace("fingerprint=", "finger="),
                        text.replace("config=lightning4j-config/1", "config=lightning4j-config/9"),
                        text.replace("direction=forward", "direction=sideways"),
                        text.replace("tokens-per-partition=64", "tokens-per-partition=0"),
                        text.replace("states=true", "states=false"),
                        text.replace("input=", "input"))) {
            Files.writeString(manifest, damaged);
            assertRefused("manifest.txt", () -> JobFolder.join(output).close());
        }
        Files.writeString(manifest, text);
        JobFolder.join(output).close();
    }

    /** An action that must be refused. */
    private interface Refused {
        void run() throws Exception;
    }

    private static void assertRefused(String why, Refused action) {
        IOException e = assertThrows(IOException.class, action::run);
        assertTrue(String.valueOf(e.getMessage()).contains(why), e.getMessage());
    }
}
