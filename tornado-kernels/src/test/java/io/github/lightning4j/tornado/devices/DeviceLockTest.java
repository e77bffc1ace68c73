package io.github.lightning4j.tornado.devices;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.AttentionInterruptedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URL;
import java.net.URLClassLoader;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

class DeviceLockTest {
    @Test
    void anInterruptWaitsUntilTheWorkIsDone() {
        Thread.currentThread().interrupt();
        try {
            assertFalse(DeviceLock.with(() -> Thread.currentThread().isInterrupted()));
            assertTrue(Thread.currentThread().isInterrupted());
            assertThrows(
                    IllegalStateException.class,
                    () ->
                            DeviceLock.run(() -> {
                                throw new IllegalStateException();
                            }));
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void aPassLearnsOfAnInterruptWhereItLooks() {
        try {
            DeviceLock.pass(
                    false,
                    () -> {
                        DeviceLock.look();
                        Thread.currentThread().interrupt();
                        DeviceLock.run(
                                () -> assertFalse(Thread.currentThread().isInterrupted(), "aside"));
                        AttentionInterruptedException e =
                                assertThrows(AttentionInterruptedException.class, DeviceLock::look);
                        assertFalse(e.isUnharmed());
                    });
        } finally {
            assertTrue(Thread.interrupted());
        }
        DeviceLock.pass(false, DeviceLock::look);
    }

    /** Before it waits, or while it does. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPassDoesNotWaitForItsTurnOnAThreadThatIsInterrupted(boolean begun) throws Exception {
        FutureTask<Boolean> waiting =
                new FutureTask<>(() -> {
                    AttentionInterruptedException e =
                            assertThrows(
                                    AttentionInterruptedException.class,
                                    () -> DeviceLock.pass(begun, () -> {}));
                    assertEquals(!begun, e.isUnharmed());
                    return Thread.interrupted();
                });
        DeviceLock.run(() -> {
            Thread thread = Thread.ofPlatform().daemon().start(waiting);
            thread.interrupt();
            try {
                assertTrue(waiting.get(5, TimeUnit.MINUTES), "it stays interrupted");
            } catch (InterruptedException | ExecutionException | TimeoutException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void classesAreLookedForWhereTheLibraryIs() throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader other = new URLClassLoader(new URL[0], null)) {
            thread.setContextClassLoader(other);
            ClassLoader inside = DeviceLock.with(thread::getContextClassLoader);
            assertEquals(DeviceLock.class.getClassLoader(), inside);
            assertSame(other, thread.getContextClassLoader());
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
