package io.github.lightning4j.cli;

import static io.github.lightning4j.cli.LightningProcess.run;
import static io.github.lightning4j.cli.LightningProcess.shell;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lightning4j.Tensor;
import io.github.lightning4j.cli.InProcess.Outcome;
import io.github.lightning4j.cli.measure.TimedLoop;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.io.SafetensorsWriter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import tools.jackson.jr.ob.JSON;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Commands that fail: their exit code, one line of why, and nothing lost. */
class FailuresIT {
    @TempDir private Path folder;

    private static void assertFails(int exit, String why, Outcome outcome) {
        assertEquals(exit, outcome.exit(), outcome.err());
        assertTrue(outcome.words().contains(why), outcome.words());
        assertFalse(outcome.err().contains("\tat "), outcome.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run --tokens many | 'many' is no count",
                "run --heads 0 | heads is 0; it must be 1",
                "run --decay 1,2 | decay has 2 slopes; there are 8 heads",
                "run --dtype f64 | 'f64' must be one of f32, f16, bf16",
                "run --repeat 0 | --repeat must be at least 1",
                "run --repetitions 0 | --repeat must be at least 1",
                "run --output o.txt | it must end in .safetensors or .npy",
                "run --q q.npy | --q, --k and --v belong together",
                "run --input x.safetensors --heads 3 | come from the input's tensors",
                "run --sequences 1,2 --tokens 5 | exclude each other",
                "run --threads -1 | threads is -1",
                "stream --tokens 3 | at least 10",
                "bench --repeat 0 | --repeat is 0; it must be at least 1",
                "bench --time -1 | must be at least 0",
                "bench --decode --tokens 5 | --decode alone takes one token at a time",
                "bench --threads -1 | threads is -1",
                "run -a softmax --backward | --backward does not go with algorithm softmax",
                "bench -a softmax --backward | --backward does not go with algorithm softmax",
                "bench -a softmax --decode | --decode does not go with algorithm softmax",
                "run -o /dev/stdout | where other things go; name a file",
                "run --dtype bf16 -o o.npy | .npy has no type for BF16",
                "rum | Did you mean",
                "'' | Unmatched argument"
            })
    void aWrongCommandLineIsExitCode2(String line, String why) throws Exception {
        Outcome outcome = InProcess.run(line.split(" "));
        assertFails(2, why, outcome);
        assertEquals("", outcome.out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "run --device tornado:cuda | tornado:cuda cannot be used",
                "run --device tornado:foo | there is no device tornado:foo; ids are",
                "run --device cpu:vector4096 | there is no device cpu:vector4096; this CPU has",
                "verify --device gpu | there is no device gpu; backends here: tornado, cpu",
                "run --batch 100 --tokens 1g | is what limits it, not -Xmx"
            })
    void aDeviceThatCannotRunIsExitCode3(String line, String why) throws Exception {
        assertFails(3, why, InProcess.run(line.split(" ")));
    }

    @Test
    void withoutAnSdkTornadoIsExitCode3() throws Exception {
        String why = "tornado cannot be used: there is no TornadoVM SDK; install one";
        assertFails(3, why, run("run", "--device", "tornado"));
    }

    @Test
    void anOutputThatCannotBeIsSaidBeforeAnythingIsComputed() throws Exception {
        // A pass of hours.
        String work = "run -N 100m -B 1 -H 1 -D 8 -n 1000 -o ";
        Path none = folder.resolve("none/o.npy");
        assertFails(4, "does not exist", InProcess.run((work + none).split(" ")));
    }

    @Test
    void theInputIsNotWrittenOver() throws Exception {
        Path input = CommandsIT.golden("basic", folder);
        byte[] before = Files.readAllBytes(input);
        Outcome outcome = InProcess.run("run", "-i", input.toString(), "-o", input.toString());
        assertFails(2, "which is --input too; write another file", outcome);
        assertArrayEquals(before, Files.readAllBytes(input));
    }

    @Test
    void whatWasMeasuredIsPrintedWhereItsFileCannotBeWritten() throws Exception {
        Outcome outcome =
                InProcess.run(
                        ("bench -q -t 1 --devices cpu --algorithms lightning-2 --lengths 64 -H 1 -D"
                                        + " 8 --time 0 --warm-up 0 --point-time 1000 --csv"
                                        + " /dev/full")
                                .split(" "));
        assertFails(4, "/dev/full: No space left on device", outcome);
        assertTrue(outcome.out().contains("Lightning-2"), outcome.out());
    }

    @Test
    void aWrongAnswerInTheInputIsExitCode1AndTheOutputIsStillWritten() throws Exception {
        Path input = CommandsIT.golden("basic", folder);
        Path wrong = folder.resolve("wrong.safetensors");
        Path output = folder.resolve("o.safetensors");
        try (Safetensors file = Safetensors.open(input)) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (String name : file.names()) {
                tensors.put(name, file.tensor(name));
            }
            double[] answer = file.tensor("expected.o").toDoubleArray();
            Tensor shifted =
                    Tensor.allocate(
                            file.tensor("expected.o").dtype(), file.tensor("expected.o").shape());
            for (int i = 0; i < answer.length; i++) {
                shifted.setDouble(i, answer[i] * 1.00001);
            }
            tensors.put("expected.o", shifted);
            SafetensorsWriter.write(wrong, tensors, file.metadata());
        }
        Outcome outcome =
                InProcess.run(
                        "run",
                        "-q",
                        "--warm-up",
                        "0",
                        "-i",
                        wrong.toString(),
                        "-o",
                        output.toString());
        assertEquals(1, outcome.exit(), outcome.err());
        assertTrue(outcome.out().contains("FAILED"), outcome.out());
        assertTrue(Files.exists(output));
    }

    @Test
    void hostileFilesAreExitCode4() throws Exception {
        byte[] good = Files.readAllBytes(CommandsIT.golden("basic", folder));
        Path bad = folder.resolve("bad.safetensors");
        Files.write(bad, Arrays.copyOf(good, good.length - 1));
        assertFails(4, "data_offsets", InProcess.run("run", "-q", "-i", bad.toString()));
        Files.write(bad, new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, '{', '}'});
        assertFails(
                4,
                "the header's length is 18446744073709551615",
                InProcess.run("run", "-q", "-i", bad.toString()));
        Files.write(bad, new byte[3]);
        assertFails(4, "3 bytes", InProcess.run("run", "-q", "-i", bad.toString()));
        assertFails(4, "not a regular file", InProcess.run("run", "-q", "-i", folder.toString()));
        assertFails(
                4,
                "no such file",
                InProcess.run("run", "-q", "-i", folder.resolve("none").toString()));
        Path empty = folder.resolve("empty.safetensors");
        SafetensorsWriter.write(empty, Map.of(), Map.of());
        assertFails(4, "has no tensor \"q\"", InProcess.run("run", "-q", "-i", empty.toString()));
    }

    @Test
    void anUnwritableTargetIsExitCode4() throws Exception {
        String[] small = {
            "run", "-q", "--warm-up", "0", "-N", "10", "-H", "1", "-D", "4", "-n", "1", "-o"
        };
        Path file = Files.createFile(folder.resolve("file"));
        assertFails(4, "does not exist", InProcess.run(with(small, file.resolve("o.npy"))));
        assertFails(
                4,
                "that is a folder",
                InProcess.run(with(small, Files.createDirectory(folder.resolve("d.npy")))));
        assertFails(4, "No space left", run(with(small, Path.of("/dev/full"))));
    }

    @Test
    void standardOutputThatIsFullOrClosedIsExitCode4() throws Exception {
        assertFails(4, "could not be written", shell("\"$L\" devices >/dev/full"));
        assertFails(
                4,
                "could not be written",
                shell(
                        """
                        cd '%s'
                        await() { while ! [ -s "$1" ]; do sleep 0.1; done; }
                        { await closed; "$L" help run; echo $? >code; } |
                            { exec <&-; echo yes >closed; await code; exit "$(cat code)"; }
                        """
                                .formatted(folder)));
    }

    @Test
    void aDescriptorThatIsFullOrClosedIsExitCode4() throws Exception {
        String line = "LIGHTNING_JAVA_OPTS=-Dlightning.out=9 \"$L\" devices 9>";
        assertFails(4, "could not be written", shell(line + "/dev/full"));
        assertFails(4, "could not be written", shell(line + "&-"));
    }

    @Test
    void aFolderThatIsNoSdkIsSaidOnce() throws Exception {
        for (String devices : List.of("devices --usable", "run -q --warm-up 0 -N 10 -H 1 -D 4")) {
            Outcome outcome = LightningProcess.run(withoutSdk(devices.split(" ")));
            assertEquals(0, outcome.exit(), outcome.err());
            assertEquals(
                    "lightning: TORNADOVM_HOME is %s, which is no TornadoVM SDK; using none"
                            .formatted(folder),
                    outcome.words());
        }
        assertEquals("", LightningProcess.run(withoutSdk("--version")).words());
    }

    @Test
    void aBackendThatIsAskedForWithoutAnSdkIsExitCode3() throws Exception {
        ProcessBuilder builder = withoutSdk("run");
        builder.environment().put("LIGHTNING_TORNADO_BACKEND", "cuda");
        assertFails(
                3,
                "LIGHTNING_TORNADO_BACKEND is cuda, which cannot start: there is no TornadoVM SDK",
                LightningProcess.run(builder));
    }

    /** With a home that has no SDK, and a variable that names no SDK. */
    private ProcessBuilder withoutSdk(String... args) {
        ProcessBuilder builder = LightningProcess.builder(args);
        builder.environment().put("HOME", folder.toString());
        builder.environment().put("TORNADOVM_HOME", folder.toString());
        return builder;
    }

    @Test
    void backwardWithoutAGradientOfTheOutputIsExitCode2() throws Exception {
        Path input = CommandsIT.golden("one_token", folder);
        assertFails(
                2,
                "--backward needs do",
                InProcess.run("run", "--backward", "-i", input.toString()));
    }

    @Test
    void debugShowsTheTrace() throws Exception {
        Outcome outcome = run("run", "--debug", "--device", "tornado");
        assertEquals(3, outcome.exit());
        assertTrue(outcome.err().contains("\tat "), outcome.err());
    }

    @Test
    @EnabledIf(ControlC.IS_HEARD)
    void interruptedRunsLeaveNoHalfWrittenOutput() throws Exception {
        Path output = folder.resolve("o.safetensors");
        Files.writeString(output, "as before");
        String line = "run -N 4k -H 1 -D 32 -n 10000000 -o " + output;
        ProcessBuilder builder = LightningProcess.builder(line.split(" "));
        Path log = folder.resolve("log");
        Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        // What it says when there is nothing left to do but to compute.
        Waiting.untilSaid("lightning: on cpu:", log, process);
        ControlC.send(process.pid());
        assertEquals(130, Waiting.untilEnded(process), Files.readString(log));
        assertEquals("as before", Files.readString(output));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(2, files.count(), "output and log, nothing else");
        }
    }

    @Test
    @EnabledIf(ControlC.IS_HEARD)
    void anInterruptedBenchPrintsWhatItMeasured() throws Exception {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process =
                endlessBench("-q --json")
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile())
                        .start();
        untilCallsAreTimed(process);
        ControlC.send(process.pid());
        assertEquals(130, Waiting.untilEnded(process), Files.readString(err));
        Map<String, Object> report = JSON.std.mapFrom(Files.readString(out));
        assertEquals(true, report.get("interrupted"));
        assertEquals(1, ((List<?>) report.get("figures")).size(), report.toString());
    }

    /** With a terminal to draw progress on, which a library must not take the signal away with. */
    @Test
    @EnabledIf(ControlC.IS_HEARD)
    void anInterruptedBenchAtATerminalPrintsWhatItMeasured() throws Exception {
        Path terminal = Path.of("/usr/bin/script");
        assumeTrue(Files.isExecutable(terminal), "there is no 'script' to be the terminal");
        Path log = folder.resolve("log");
        ProcessBuilder builder = endlessBench("");
        String command = String.join(" ", builder.command());
        Process process =
                builder.command(terminal.toString(), "-qec", command, "/dev/null")
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        untilCallsAreTimed(process);
        ControlC.send(process.descendants().toList().getLast().pid());
        assertEquals(130, Waiting.untilEnded(process), Files.readString(log));
        assertTrue(Files.readString(log).contains("interrupted"), Files.readString(log));
    }

    private ProcessBuilder endlessBench(String more) {
        String line = "bench -N 100 -H 1 -D 4 -t 1 --warm-up 0 --time 100000 " + more;
        ProcessBuilder builder = LightningProcess.builder(line.strip().split(" "));
        builder.environment()
                .merge(
                        LightningProcess.OPTIONS,
                        "-Xlog:jit+compilation=debug:file=" + compiled(),
                        (all, one) -> all + " " + one);
        return builder;
    }

    private Path compiled() {
        return folder.resolve("compiled");
    }

    /** The JIT compiles what times calls when there have been a hundred or so. */
    private void untilCallsAreTimed(Process process) throws Exception {
        Waiting.untilSaid(TimedLoop.class.getName() + "::", compiled(), process);
    }

    private static String[] with(String[] args, Path last) {
        String[] all = Arrays.copyOf(args, args.length + 1);
        all[args.length] = last.toString();
        return all;
    }
}
