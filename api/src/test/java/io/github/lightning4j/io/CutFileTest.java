package io.github.lightning4j.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** A file that is cut by somebody else between its mapping and its reading. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows does not let mapped files be cut")
public class CutFileTest {
    @TempDir private Path folder;

    /**
     * Cuts a file to its first page.
     *
     * @param file more than a page
     */
    public static void cut(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(4096);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * A safetensors file of q, k and v, each [1, 2, 4096, 8].
     *
     * @param folder where
     * @return the file
     */
    public static Path qkv(Path folder) throws IOException {
        Path file = folder.resolve("qkv.safetensors");
        Tensor x = Tensor.allocate(DType.F32, 1, 2, 4096, 8);
        SafetensorsWriter.write(file, Map.of("q", x, "k", x, "v", x), Map.of());
        return file;
    }

    @Test
    void aReaderSaysWhichFileWasCut() throws IOException {
        Path file = Files.write(folder.resolve("x\u001b"), new byte[1 << 20]);
        MalformedDataException e =
                assertThrows(
                        MalformedDataException.class,
                        () ->
                                MappedFile.read(
                                        file,
                                        (name, memory, arena) -> {
                                            cut(file);
                                            return last(memory);
                                        }));
        assertEquals(folder + "/x\\u001b was cut while it was read", e.getMessage());
        assertInstanceOf(InternalError.class, e.getCause());
    }

    /** Copied, as readers do: a single access of compiled code is told of some time later. */
    private static byte last(MemorySegment memory) {
        return memory.toArray(ValueLayout.JAVA_BYTE)[(int) memory.byteSize() - 1];
    }

    @Test
    void theMappingEndsWhereReadingFails() throws IOException {
        Path file = Files.write(folder.resolve("x"), new byte[10]);
        MemorySegment[] kept = new MemorySegment[1];
        for (Throwable thrown :
                new Throwable[] {new IOException(), new IllegalStateException(), new Error()}) {
            assertThrows(
                    thrown.getClass(),
                    () ->
                            MappedFile.read(
                                    file,
                                    (name, memory, arena) -> {
                                        kept[0] = memory;
                                        throw sneaked(thrown);
                                    }));
            assertTrue(!kept[0].scope().isAlive());
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> RuntimeException sneaked(Throwable e) throws T {
        throw (T) e;
    }
}
