package io.github.lightning4j.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

class ReplacedFileTest {
    @TempDir private Path folder;

    private static ReplacedFile.Content text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return channel -> ReplacedFile.writeFully(channel, MemorySegment.ofArray(bytes));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> path.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aFileIsReplacedWholeAndNothingIsLeftBeside() throws IOException {
        Path target = folder.resolve("x");
        ReplacedFile.write(target, text("a long first text"));
        ReplacedFile.write(target, text("second"));
        assertEquals("second", Files.readString(target));
        assertEquals(List.of("x"), names());
    }

    @Test
    void aFailedWriteLeavesTheTargetAndNothingBeside() throws IOException {
        Path target = folder.resolve("x");
        ReplacedFile.write(target, text("as before"));
        assertThrows(
                IOException.class,
                () ->
                        ReplacedFile.write(
                                target,
                                channel -> {
                                    text("half").writeTo(channel);
                                    throw new IOException("disk full");
                                }));
        assertEquals("as before", Files.readString(target));
        assertEquals(List.of("x"), names());
    }

    @Test
    void aLinkStaysAndWhatItPointsToIsReplaced() throws IOException {
        Path real = Files.writeString(folder.resolve("real"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), real);
        ReplacedFile.write(link, text("new"));
        assertTrue(Files.isSymbolicLink(link));
        assertEquals("new", Files.readString(real));
    }

    @Test
    void targetsThatCannotBeAreRefused() {
        SafetensorsTest.assertMessage(
                "is a directory", () -> ReplacedFile.write(folder, text("x")));
        SafetensorsTest.assertMessage(
                "there is no such folder",
                () -> ReplacedFile.write(folder.resolve("none/x"), text("x")));
    }

    @Test
    void aJvmToldToStopWhileWritingLeavesTheTargetAndNothingBeside() throws Exception {
        Path target = Files.writeString(folder.resolve("x"), "as before");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                SlowWriter.class.getName(),
                                target.toString())
                        .redirectErrorStream(true)
                        .start();
        assertEquals('w', process.getInputStream().read(), "it must be writing");
        assertEquals(2, names().size());
        process.destroy();
        assertTrue(process.waitFor(20, TimeUnit.SECONDS));
        assertEquals("as before", Files.readString(target));
        assertEquals(List.of("x"), names());
    }

    /** Writes half a file and then takes its time. */
    static final class SlowWriter {
        private SlowWriter() {}

        public static void main(String[] args) throws IOException {
            ReplacedFile.write(
                    Path.of(args[0]),
                    channel -> {
                        text("half").writeTo(channel);
                        System.out.print('w');
                        System.out.flush();
                        try {
                            Thread.sleep(60_000);
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                    });
        }
    }
}
