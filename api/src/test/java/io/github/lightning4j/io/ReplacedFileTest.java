package io.github.lightning4j.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
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
    void theTargetOfADanglingLinkIsMade() throws IOException {
        Files.createDirectory(folder.resolve("far"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("second"));
        Files.createSymbolicLink(folder.resolve("second"), Path.of("far/real"));
        ReplacedFile.checkWritable(link);
        ReplacedFile.write(link, text("new"));
        assertTrue(Files.isSymbolicLink(link));
        assertTrue(Files.isSymbolicLink(folder.resolve("second")));
        assertEquals("new", Files.readString(folder.resolve("far/real")));
        assertEquals(List.of("far", "link", "second"), names());
    }

    @Test
    void linksThatLeadNowhereAreRefused() throws IOException {
        Path loop = Files.createSymbolicLink(folder.resolve("loop"), Path.of("loop"));
        Path lost = Files.createSymbolicLink(folder.resolve("lost"), Path.of("none/x"));
        for (Path target : new Path[] {loop, lost}) {
            IOException e =
                    assertThrows(IOException.class, () -> ReplacedFile.checkWritable(target));
            assertEquals(
                    e.getClass(),
                    assertThrows(IOException.class, () -> ReplacedFile.write(target, text("x")))
                            .getClass());
            assertTrue(Files.isSymbolicLink(target));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "rw-r-----", "rwxrwxrwx", "r--r--r--"})
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void permissionsOwnerAndGroupStay(String permissions) throws IOException {
        Path target = Files.writeString(folder.resolve("x"), "old");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(permissions));
        PosixFileAttributes before = Files.readAttributes(target, PosixFileAttributes.class);
        ReplacedFile.write(
                target,
                channel -> {
                    text("new").writeTo(channel);
                    for (String name : names()) {
                        if (!name.equals("x")) {
                            assertEquals(
                                    "rw-------",
                                    PosixFilePermissions.toString(
                                            Files.getPosixFilePermissions(folder.resolve(name))),
                                    "while it is written, it is nobody else's");
                        }
                    }
                });
        PosixFileAttributes after = Files.readAttributes(target, PosixFileAttributes.class);
        assertEquals("new", Files.readString(target));
        assertEquals(permissions, PosixFilePermissions.toString(after.permissions()));
        assertEquals(before.owner(), after.owner());
        assertEquals(before.group(), after.group());
    }

    /** Where this runs as root, as in containers; others may not give files away. */
    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void theOwnerOfAReplacedFileStaysWhereThatMayBe() throws IOException {
        Path target = Files.writeString(folder.resolve("x"), "old");
        try {
            Files.setAttribute(target, "unix:uid", 12345);
            Files.setAttribute(target, "unix:gid", 12345);
        } catch (FileSystemException e) {
            Assumptions.abort("files cannot be given away here: " + e.getMessage());
        }
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r-----"));
        ReplacedFile.write(target, text("new"));
        assertEquals(12345, Files.getAttribute(target, "unix:uid"));
        assertEquals(12345, Files.getAttribute(target, "unix:gid"));
        assertEquals(
                "rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(target)));
    }

    @Test
    void aNewFileHasThePermissionsOfAnyOther() throws IOException {
        Path other = Files.createFile(folder.resolve("other"));
        Path target = folder.resolve("x");
        ReplacedFile.write(target, text("new"));
        if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            assertEquals(
                    Files.getPosixFilePermissions(other), Files.getPosixFilePermissions(target));
        }
    }

    @Test
    void everyNameThatTheFileSystemTakesIsWritten() throws IOException {
        Path target = folder.resolve("a".repeat(255));
        ReplacedFile.checkWritable(target);
        assertEquals(List.of(), names());
        ReplacedFile.write(target, text("new"));
        assertEquals("new", Files.readString(target));
    }

    @Test
    void whatCannotBeWrittenIsKnownBefore() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "as before");
        for (Path target :
                new Path[] {
                    folder,
                    folder.resolve("none/x"),
                    folder.resolve("a".repeat(256)),
                    file.resolve("x")
                }) {
            assertThrows(
                    IOException.class, () -> ReplacedFile.checkWritable(target), target::toString);
        }
        ReplacedFile.checkWritable(file);
        ReplacedFile.checkWritable(folder.resolve("new"));
        assertEquals("as before", Files.readString(file));
        assertEquals(List.of("file"), names());
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void devicesAreWrittenStraightTo() throws IOException {
        Path device = Path.of("/dev/null");
        ReplacedFile.checkWritable(device);
        ReplacedFile.write(device, text("x"));
        assertTrue(!Files.isRegularFile(device));
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
        assertTrue(process.waitFor(30, TimeUnit.MINUTES));
        assertEquals("as before", Files.readString(target));
        assertEquals(List.of("x"), names());
    }

    /** Writes half a file and never the rest. */
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
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                    });
        }
    }
}
