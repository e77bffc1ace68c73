package io.github.lightning4j.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.LightningAttention;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a JVM that has no fast vectors tells those who open its CPU. */
class NoticesTest {
    private static final AttentionConfig CONFIG = AttentionConfig.builder(1, 4).build();

    /** Prints the notices of {@code cpu} and {@code cpu:scalar}, and what is said of a need. */
    static final class Main {
        private Main() {}

        public static void main(String[] args) {
            for (String device : List.of("cpu", "cpu:scalar")) {
                try (LightningAttention attention = LightningAttention.open(CONFIG, device)) {
                    System.out.println(attention.notices());
                }
            }
            try (LightningAttention attention =
                    LightningAttention.builder(CONFIG).device("cpu").requireVectors().open()) {
                System.out.println(attention.device().id());
            } catch (BackendException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static List<String> linesOf(String... options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(5, TimeUnit.MINUTES));
        return output.lines().toList();
    }

    private static List<String> slow(String reason) {
        return List.of(
                "[cpu:scalar computes without vectors, several times slower: " + reason + "]",
                "[]",
                "device cpu:scalar computes without vectors, which are required: " + reason);
    }

    @Test
    void withoutTheModuleANoticeSaysSo() throws Exception {
        assertEquals(
                slow(
                        "the module jdk.incubator.vector is absent; start Java with --add-modules"
                                + " jdk.incubator.vector"),
                linesOf());
    }

    @Test
    void withoutTheCompilerToo() throws Exception {
        assertEquals(
                slow("the compiler C2 is switched off"),
                linesOf("--add-modules", "jdk.incubator.vector", "-XX:TieredStopAtLevel=1"));
    }

    @Test
    void plainLoopsByNameCannotBeVectors() {
        BackendException e =
                assertThrows(
                        BackendException.class,
                        () ->
                                LightningAttention.builder(CONFIG)
                                        .device("cpu:scalar")
                                        .requireVectors()
                                        .open());
        assertEquals(
                "device cpu:scalar computes without vectors, which are required: plain loops were"
                        + " asked for by name",
                e.getMessage());
    }
}
