package io.github.lightning4j.tornado.devices;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.net.URL;
import java.net.URLClassLoader;

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
