package io.github.lightning4j.cli.console;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.Charset;
import java.util.Objects;
import java.util.Optional;

/**
 * Standard output where the launcher moved it to another file descriptor: a driver's native code
 * prints to descriptor 1, which is standard error then. The descriptor itself is written to,
 * because opening it by its name would lose the position in a file that others write to, and fails
 * for sockets. As thread-safe as any {@link PrintWriter}.
 */
public final class MovedOutput extends PrintWriter {
    /** The property in which the launcher names the descriptor. */
    private static final String PROPERTY = "lightning.out";

    private static final String ERRNO = "errno";
    private static final int EINTR = 4;

    private final boolean terminal;

    private MovedOutput(int descriptor, Charset charset) {
        super(
                new BufferedWriter(
                        new OutputStreamWriter(new DescriptorStream(descriptor), charset)),
                true);
        terminal = isTerminal(descriptor);
    }

    /** That of this process; empty if standard output was not moved. */
    public static Optional<MovedOutput> ofProcess() {
        return Optional.ofNullable(Integer.getInteger(PROPERTY))
                .map(descriptor -> new MovedOutput(descriptor, System.out.charset()));
    }

    /** Whether it is a terminal. */
    public boolean isTerminal() {
        return terminal;
    }

    private static boolean isTerminal(int descriptor) {
        MethodHandle isatty =
                function(
                        "isatty",
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            return (int) isatty.invokeExact(descriptor) == 1;
        } catch (Throwable e) {
            throw new AssertionError("isatty throws nothing", e);
        }
    }

    @SuppressWarnings("restricted") // the launcher enables native access
    private static MethodHandle function(
            String name, FunctionDescriptor types, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), types, options);
    }

    /** {@code write} of the C library. */
    private static final class DescriptorStream extends OutputStream {
        private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
        private static final VarHandle ERROR =
                CAPTURED.varHandle(MemoryLayout.PathElement.groupElement(ERRNO));
        private static final MethodHandle WRITE =
                function(
                        "write",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_LONG),
                        Linker.Option.captureCallState(ERRNO));

        private final int descriptor;

        DescriptorStream(int descriptor) {
            this.descriptor = descriptor;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment state = arena.allocate(CAPTURED);
                MemorySegment left = arena.allocate(Math.max(1, length)).asSlice(0, length);
                MemorySegment.copy(bytes, offset, left, ValueLayout.JAVA_BYTE, 0, length);
                while (left.byteSize() > 0) {
                    long written = write(state, left);
                    int error = written < 0 ? (int) ERROR.get(state, 0L) : 0;
                    if (error != 0 && error != EINTR) {
                        throw new IOException("standard output: errno " + error);
                    }
                    left = left.asSlice(Math.max(0, written));
                }
            }
        }

        private long write(MemorySegment state, MemorySegment bytes) {
            try {
                return (long) WRITE.invokeExact(state, descriptor, bytes, bytes.byteSize());
            } catch (Throwable e) {
                throw new AssertionError("write throws nothing", e);
            }
        }
    }
}
