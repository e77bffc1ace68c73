package io.github.lightning4j.cpu.arithmetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class JvmTest {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(1, 8).build();

    /** Names and infos as the JVMs say them. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    OpenJDK 64-Bit Server VM | mixed mode, sharing | 4 | false | ''
                    Java HotSpot(TM) 64-Bit Server VM | mixed mode | 4 | false | ''
                    OpenJDK 64-Bit Server VM | mixed mode, emulated-client, sharing | 4 | false | switched off
                    OpenJDK 64-Bit Server VM | mixed mode, sharing | 3 | false | switched off
                    OpenJDK 64-Bit Server VM | interpreted mode, sharing | 4 | false | only interprets
                    OpenJDK 64-Bit Server VM | mixed mode, sharing | 4 | true | JVMCI
                    OpenJDK 64-Bit Zero VM | interpreted mode | 4 | false | Zero
                    Eclipse OpenJ9 VM | JRE 25 Linux amd64-64-Bit Compressed References | 4 | false | OpenJ9
                    """)
    void vectorsAreSlowWhereC2DoesNotCompileThem(
            String name, String info, int level, boolean jvmci, String reason) {
        String slowness = new Jvm(name, info, level, jvmci).slowness().orElse("");
        assertTrue(slowness.contains(reason), slowness);
        assertEquals(reason.isEmpty(), slowness.isEmpty(), slowness);
    }

    /** What the child JVMs of the tests below run: opens devices and prints which they are. */
    static final class Child {
        private Child() {}

        public static void main(String[] devices) {
            for (String device : devices) {
                try (LightningAttention attention = LightningAttention.open(CONFIG, device)) {
                    System.out.println(device + " is " + attention.device().id());
                }
            }
        }
    }

    @Timeout(1800)
    @ParameterizedTest
    @ValueSource(strings = {"-XX:TieredStopAtLevel=1", "-XX:TieredStopAtLevel=3", "-Xint"})
    void withoutC2LoopsAreTheBestAndVectorsAreForWhoAsks(String option) throws Exception {
        String output = child(option, "cpu", "cpu:vector");
        assertTrue(output.contains("cpu is cpu:scalar"), output);
        assertTrue(output.contains("cpu:vector is cpu:vector"), output);
        assertEquals(1, count(output, "plain loops instead of vectors"), output);
    }

    @Test
    @Timeout(1800)
    void withC2VectorsAreTheBestAndTheLogSaysOnceHowWideTheyAre() throws Exception {
        String output = child("-XX:TieredStopAtLevel=4", "cpu", "cpu");
        int bits = KernelLookup.instance().best().lanes() * Float.SIZE;
        assertTrue(output.contains("cpu is cpu:vector" + bits), output);
        assertEquals(1, count(output, "INFO: vectors of " + bits + " bits"), output);
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }

    private static String child(String option, String... devices)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", option));
        command.addAll(List.of("-Duser.language=en", "-cp", System.getProperty("java.class.path")));
        command.add(Child.class.getName());
        command.addAll(List.of(devices));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
