package io.github.lightning4j.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionState;
import io.github.lightning4j.DType;
import io.github.lightning4j.Decay;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is written, and what is said, is the same whatever language the machine speaks. */
@ResourceLock(Resources.LOCALE)
class LocaleTest {
    @TempDir private Path folder;

    @Test
    void theseLanguagesWouldChangeIt() {
        assertNotEquals("4096", String.format(Locale.forLanguageTag("ar-EG"), "%d", 4096));
        assertNotEquals("bfloat16i", "BFLOAT16I".toLowerCase(Locale.forLanguageTag("tr-TR")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "tr-TR", "fa-IR", "th-TH-u-nu-thai", "de-DE"})
    void filesAndMessagesDoNotFollowTheLanguage(String language) throws IOException {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.ROOT);
            List<byte[]> files = files();
            List<String> messages = messages();
            Locale.setDefault(Locale.forLanguageTag(language));
            List<byte[]> others = files();
            for (int i = 0; i < files.size(); i++) {
                assertArrayEquals(files.get(i), others.get(i));
            }
            assertEquals(messages, messages());
            try (Safetensors file = Safetensors.open(folder.resolve("s"))) {
                assertArrayEquals(new long[] {10, 123}, file.tensor("x \u0001").shape());
            }
            try (Npy file = Npy.open(folder.resolve("n"))) {
                assertArrayEquals(new long[] {10, 123}, file.tensor().shape());
            }
        } finally {
            Locale.setDefault(before);
        }
    }

    /** Everything that can be written. */
    private List<byte[]> files() throws IOException {
        Tensor x = SafetensorsTest.sequence(DType.F32, 10, 123);
        SafetensorsWriter.write(folder.resolve("s"), Map.of("x \u0001", x), Map.of("I", "i"));
        Npy.write(folder.resolve("n"), x);
        StateSnapshot.write(StateSnapshotTest.state(), folder.resolve("t"));
        List<byte[]> files = new ArrayList<>();
        for (String name : new String[] {"s", "n", "t"}) {
            files.add(Files.readAllBytes(folder.resolve(name)));
        }
        return files;
    }

    /** Some of everything that can be said. */
    private static List<String> messages() {
        AttentionState state = StateSnapshotTest.state();
        AttentionConfig config = AttentionConfig.builder(12345, 678).scale(0.125).build();
        return List.of(
                config.toString(),
                state.toString(),
                new Decay.Slopes(0.5f, 1e-8f).toString(),
                new Decay.Transformers(10, 80).toString(),
                Quoted.text("\u0001".repeat(12_345)),
                refused(() -> Tensor.ofFloats(new float[12], 34)),
                refused(() -> AttentionState.of(state.values(), new float[12], new long[2])),
                SafetensorsTest.message(
                        () -> SafetensorsTest.parse(SafetensorsTest.file("{}", 1234))),
                SafetensorsTest.message(() -> NpyTest.parse(NpyTest.file(1, "{'descr': 1}", 1234))),
                SafetensorsTest.message(() -> StateSnapshot.fromBytes(new byte[1234])));
    }

    private static String refused(Runnable action) {
        try {
            action.run();
            throw new AssertionError();
        } catch (IllegalArgumentException e) {
            return e.toString();
        }
    }
}
