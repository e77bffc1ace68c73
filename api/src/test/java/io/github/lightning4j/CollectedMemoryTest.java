package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Memory that the garbage collector frees, in a JVM that has little of it. */
class CollectedMemoryTest {
    private static final long MIB = 1 << 20;

    /** Runs a main class with 64 MiB of heap and so of direct memory; returns what it printed. */
    private static String runIn64MiB(Class<?> main) throws Exception {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx64m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                main.getName())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(5, TimeUnit.MINUTES));
        return output.strip();
    }

    @Test
    void whoFindsNothingWaitsForOthersToLetGo() throws Exception {
        assertEquals("F32[3932160]", runIn64MiB(Waiting.class));
    }

    @Test
    void whatCanNeverBeSaysWhatToRaise() throws Exception {
        String message = runIn64MiB(TooMuch.class);
        assertTrue(
                message.startsWith(
                        "there is no memory for F32[100, 1048576] of 419,430,400 bytes within the"
                                + " JVM's limit for direct memory (Cannot reserve"),
                message);
        assertTrue(
                message.endsWith(
                        "limit: 67108864)): raise -XX:MaxDirectMemorySize, which is -Xmx where it"
                                + " is not set, or use memory of an Arena of your own, which does"
                                + " not count"),
                message);
    }

    @Test
    void memoryOfAnArenaDoesNotCount() throws Exception {
        assertEquals("F32[100, 1048576]", runIn64MiB(OwnArena.class));
    }

    @Test
    void whatNoMachineHasIsTheSameException() {
        try (Arena arena = Arena.ofConfined()) {
            InsufficientMemoryException e =
                    assertThrows(
                            InsufficientMemoryException.class,
                            () -> Tensor.allocate(arena, DType.F32, 1L << 40, 1 << 18));
            assertTrue(
                    String.valueOf(e.getMessage())
                            .startsWith("there is no memory for F32[1099511627776, 262144] of"),
                    e.getMessage());
            assertTrue(String.valueOf(e.getMessage()).endsWith(", not -Xmx"), e.getMessage());
        }
    }

    @Test
    void whoIsInterruptedDoesNotWaitForMemory() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        FutureTask<AttentionInterruptedException> call =
                new FutureTask<>(() -> {
                    AttentionInterruptedException e =
                            assertThrows(
                                    AttentionInterruptedException.class,
                                    () ->
                                            CollectedMemory.awaitInterruptibly(() -> {
                                                begun.countDown();
                                                // As the JVM's zeroing does, it heeds nothing.
                                                awaitUninterruptibly(never);
                                                return "memory";
                                            }));
                    assertTrue(Thread.currentThread().isInterrupted());
                    return e;
                });
        Thread thread = Thread.ofPlatform().start(call);
        assertTrue(begun.await(5, TimeUnit.MINUTES));
        thread.interrupt();
        try {
            assertTrue(call.get(5, TimeUnit.MINUTES).isUnharmed());
        } finally {
            never.countDown();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        for (; ; ) {
            try {
                latch.await();
                return;
            } catch (InterruptedException e) {
                // Once more.
            }
        }
    }

    @Test
    void callsOfInterruptedThreadsAllocateNothing() {
        Thread.currentThread().interrupt();
        try {
            assertThrows(
                    AttentionInterruptedException.class,
                    () -> CallResults.allocate(DType.F32, 1L << 40, 1 << 18));
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void whatALongAllocationThrowsIsThrown() {
        OutOfMemoryError full = new OutOfMemoryError("Unable to allocate");
        assertSame(
                full,
                assertThrows(
                        OutOfMemoryError.class,
                        () ->
                                CollectedMemory.awaitInterruptibly(() -> {
                                    throw full;
                                })));
        assertThrows(
                InsufficientMemoryException.class,
                () -> CallResults.allocate(DType.F32, 1L << 40, 1 << 18));
        assertEquals("F32[3, 1048576]", CallResults.allocate(DType.F32, 3, MIB).toString());
    }

    /** Holds all there is until somebody else has looked for some in vain. */
    static final class Waiting {
        private Waiting() {}

        public static void main(String[] args) throws Exception {
            List<Tensor> held = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                held.add(Tensor.allocate(DType.F32, 15 * MIB / 4));
            }
            FutureTask<Tensor> other =
                    new FutureTask<>(() -> Tensor.allocate(DType.F32, 15 * MIB / 4));
            new Thread(other, "other").start();
            while (!CollectedMemory.isAnybodyWaiting() && !other.isDone()) {
                Thread.onSpinWait();
            }
            held.clear();
            System.out.println(other.get());
        }
    }

    /** Six times the memory that there is. */
    static final class TooMuch {
        private TooMuch() {}

        public static void main(String[] args) {
            try {
                System.out.println(Tensor.allocate(DType.F32, 100, MIB));
            } catch (InsufficientMemoryException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    /** The same in an arena. */
    static final class OwnArena {
        private OwnArena() {}

        public static void main(String[] args) {
            try (Arena arena = Arena.ofShared()) {
                System.out.println(Tensor.allocate(arena, DType.F32, 100, MIB));
            }
        }
    }
}
