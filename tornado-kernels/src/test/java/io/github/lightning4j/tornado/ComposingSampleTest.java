package io.github.lightning4j.tornado;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Without an SDK the sample compiles against the signatures; {@link ComposedLayer} runs it. */
class ComposingSampleTest {
    private static final Path SIGNATURES =
            Path.of("..", "tornado-signatures", "target", "classes").toAbsolutePath();

    @Test
    void theSampleCompiles(@TempDir Path folder) throws Exception {
        assertTrue(Files.isDirectory(SIGNATURES), "signatures are compiled before");
        ComposingSample.compile(
                folder, List.of(SIGNATURES.toString(), System.getProperty("java.class.path")));
    }
}
