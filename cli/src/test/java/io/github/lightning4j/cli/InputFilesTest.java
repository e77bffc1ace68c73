package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.InProcess.Outcome;
import io.github.lightning4j.cli.console.Failure;
import io.github.lightning4j.io.Npy;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.io.SafetensorsWriter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What commands make of the files that are named on their line. */
class InputFilesTest {
    private static final long[] SHAPE = {1, 2, 4, 3};

    @TempDir private Path folder;

    private static Tensor tensor(long... shape) {
        return Tensor.allocate(DType.F32, shape);
    }

    private Path input(Map<String, Tensor> more, Map<String, String> metadata) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (String name : List.of("q", "k", "v")) {
            tensors.put(name, tensor(SHAPE));
        }
        tensors.putAll(more);
        Path file = folder.resolve("input.safetensors");
        SafetensorsWriter.write(file, tensors, metadata);
        return file;
    }

    private static Outcome run(String line, Path... files) {
        List<String> args =
                new ArrayList<>(List.of("run", "-n", "1", "--warm-up", "0", "-d", "cpu:scalar"));
        int next = 0;
        for (String word : line.split(" ")) {
            args.add(word.equals("FILE") ? files[next++].toString() : word);
        }
        return InProcess.run(args.toArray(String[]::new));
    }

    @Test
    void oneFileMayBeSeveralInputs() throws Exception {
        Path x = folder.resolve("x.npy");
        Npy.write(x, tensor(SHAPE));
        Outcome plain = run("--q FILE --k FILE --v FILE", x, x, x);
        assertEquals(0, plain.exit(), plain.err());
        Path o = folder.resolve("o.npy");
        Outcome written = run("--q FILE --k FILE --v FILE -o FILE", x, x, x, o);
        assertEquals(0, written.exit(), written.err());
        assertTrue(Files.exists(o));
        Outcome over = run("--q FILE --k FILE --v FILE -o FILE", x, x, x, x);
        assertEquals(2, over.exit());
        assertTrue(over.err().contains("--output is"), over.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "attention_mask | | has tensors that are not used here: \"attention_mask\"",
                "do | | has tensors that are not used here: \"do\"",
                "slopes | --decay=none | slopes are not used: --decay is given",
                "slopes | --algorithm=softmax | slopes are not used: softmax has no decay"
            })
    void whatIsNotUsedOfAFileIsNamed(String name, String option, String notice) throws Exception {
        Tensor tensor = name.equals("slopes") ? tensor(2) : tensor(SHAPE);
        Path file = input(Map.of(name, tensor), Map.of());
        Outcome outcome = run("-i FILE" + (option == null ? "" : " " + option), file);
        assertEquals(0, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains(notice), outcome.err());
    }

    @Test
    void whatIsUsedIsNotNamed() throws Exception {
        Map<String, Tensor> all =
                Map.of("slopes", tensor(2), "do", tensor(SHAPE), "expected.dq", tensor(SHAPE));
        Outcome outcome = run("--backward -i FILE", input(all, Map.of("scale", "0.5")));
        assertEquals(0, outcome.exit(), outcome.err());
        assertEquals("", outcome.err());
    }

    @Test
    void optionsThatReplaceMetadataAreNamed() throws Exception {
        Path file = input(Map.of(), Map.of("scale", "0.5", "layout", "BHND"));
        String err = run("--scale 2 --layout heads-first -i FILE", file).err();
        assertTrue(err.contains("the metadata's scale is not used: --scale is given"), err);
        assertTrue(err.contains("the metadata's layout is not used: --layout is given"), err);
    }

    @Test
    void aSeedBesideFilesIsNamed() throws Exception {
        String err = run("--seed 3 -i FILE", input(Map.of(), Map.of())).err();
        assertTrue(err.contains("--seed is not used"), err);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "k | 1,2,3,3 | k has shape [1, 2, 3, 3]",
                "v | 1,2,4 | both must have 4 axes",
                "initial_state | 1,2,3,4 | initial state has shape [1, 2, 3, 4]",
                "do | 1,2,3,3 | do is F32[1, 2, 3, 3]",
                "dfinal_state | 1,2,3,4 | dfinal_state is F32[1, 2, 3, 4]",
                "expected.o | 1,2,3,3 | expected.o is F32[1, 2, 3, 3]",
                "expected.dinitial_state | 2 | expected.dinitial_state is F32[2]",
                "slopes | 3 | decay has 3 slopes; there are 2 heads",
                "cu_seqlens | 2 | cu_seqlens is F32[2]"
            })
    void aShapeThatIsWrongInAFileIsExitCode4(String name, String shape, String why)
            throws Exception {
        long[] extents = Arrays.stream(shape.split(",")).mapToLong(Long::parseLong).toArray();
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("do", tensor(SHAPE));
        tensors.put(name, tensor(extents));
        Outcome outcome = run("--backward -i FILE", input(tensors, Map.of()));
        assertEquals(4, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains(why), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
    }

    @Test
    void whatIsWrongOnTheLineIsExitCode2ThoughTensorsComeFromAFile() throws Exception {
        Outcome outcome = run("--decay 1,2,3 -i FILE", input(Map.of(), Map.of()));
        assertEquals(2, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains("decay has 3 slopes"), outcome.err());
    }

    /** A file with a header of one's own. */
    private Path file(String header, int data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes =
                ByteBuffer.allocate(8 + json.length + data).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json);
        Path file = folder.resolve("file.safetensors");
        Files.write(file, bytes.array());
        return file;
    }

    @Test
    void moreHeadsThanAnIntAreNamed() throws Exception {
        String entry = "'%s':{'dtype':'F32','shape':[0,1099511627776,4,2],'data_offsets':[0,0]}";
        String header = "{";
        for (String name : List.of("q", "k", "v")) {
            header += (header.length() > 1 ? "," : "") + entry.replace("%s", name);
        }
        Outcome outcome = run("-i FILE", file(header.replace('\'', '"') + "}", 0));
        assertEquals(4, outcome.exit(), outcome.err());
        assertTrue(
                outcome.err().contains("heads is 1099511627776; it must be 1 ... 1048576"),
                outcome.err());
    }

    @ParameterizedTest
    @CsvSource({"layout", "scale"})
    void metadataIsQuoted(String key) throws Exception {
        Path file = input(Map.of(), Map.of(key, "\u001b[31m\u0007\nx" + "y".repeat(200_000)));
        Outcome outcome = run("-q -i FILE", file);
        assertEquals(4, outcome.exit(), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertFalse(outcome.err().contains("\u001b"), outcome.err());
        assertTrue(outcome.err().length() < 500, outcome.err());
    }

    @Test
    void namesOfUnusedTensorsAreQuotedAndFew() throws Exception {
        Map<String, Tensor> many = new LinkedHashMap<>();
        many.put("\u001b[31mred\u0007\nline", tensor(1));
        for (int i = 0; i < 5000; i++) {
            many.put("n" + i, tensor(1));
        }
        Outcome outcome = run("-i FILE", input(many, Map.of()));
        assertEquals(0, outcome.exit(), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertFalse(outcome.err().contains("\u001b"), outcome.err());
        assertTrue(outcome.err().length() < 500, outcome.err());
    }

    @Test
    void aFileThatIsCutAfterItWasOpenedIsExitCode4() throws Exception {
        Path file = folder.resolve("cut.safetensors");
        long[] shape = {1, 1, 1 << 16, 4};
        SafetensorsWriter.write(
                file, Map.of("q", tensor(shape), "k", tensor(shape), "v", tensor(shape)), Map.of());
        try (Safetensors opened = Safetensors.open(file)) {
            Tensor last = opened.tensor("v");
            try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(4096);
            }
            InternalError e = assertThrows(InternalError.class, last::toFloatArray);
            assertEquals(4, Failure.of(e).code());
        }
    }

    @Test
    void aDanglingLinksTargetIsMadeAndAModeIsKept() throws Exception {
        Path link = folder.resolve("link.safetensors");
        Files.createSymbolicLink(link, Path.of("target.safetensors"));
        assertEquals(0, run("-q -N 4 -H 1 -D 4 -o FILE", link).exit());
        assertTrue(Files.isSymbolicLink(link));
        assertTrue(Files.size(folder.resolve("target.safetensors")) > 0);
        Path secret = Files.createFile(folder.resolve("secret.safetensors"));
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        assertEquals(0, run("-q -N 4 -H 1 -D 4 -o FILE", secret).exit());
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)));
    }

    @Test
    void aNameThatTheFileSystemTakesIsWrittenAndALongerOneRefusedFirst() throws Exception {
        Path longest = folder.resolve("a".repeat(240) + ".safetensors");
        assertEquals(0, run("-q -N 4 -H 1 -D 4 -o FILE", longest).exit());
        assertTrue(Files.exists(longest));
        // A pass of hours.
        Outcome outcome =
                run(
                        "-q -N 100m -H 1 -D 8 -o FILE",
                        folder.resolve("a".repeat(300) + ".safetensors"));
        assertEquals(4, outcome.exit(), outcome.err());
        assertTrue(outcome.err().contains("--output is"), outcome.err());
    }
}
