package io.github.lightning4j.cli.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.BackendException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.List;

class FailureTest {
    private static final String FAULT = "a fault occurred in an unsafe memory access operation";

    static List<Arguments> thrown() {
        return List.of(
                Arguments.of(new BackendException("broken"), 3, "broken"),
                Arguments.of(new IOException("disk full"), 4, "disk full"),
                Arguments.of(new UncheckedIOException("x", new IOException("cut")), 4, "cut"),
                Arguments.of(new NoSuchFileException("f"), 4, "f: there is no such file"),
                Arguments.of(new AccessDeniedException("f"), 4, "f: access is denied"),
                Arguments.of(new IllegalArgumentException("heads is 0"), 2, "heads is 0"),
                Arguments.of(new InternalError(FAULT), 4, "a file was cut while it was read"),
                Arguments.of(
                        new InternalError(new InternalError(FAULT)),
                        4,
                        "a file was cut while it was read"),
                Arguments.of(new InternalError("other"), 3, "other"),
                Arguments.of(new OutOfMemoryError("Java heap space"), 3, "-Xmx"),
                Arguments.of(new OutOfMemoryError("Unable to allocate"), 3, "out of memory"),
                Arguments.of(new StackOverflowError(), 3, "-Xss"),
                Arguments.of(new NoClassDefFoundError("a/B"), 3, "a/B"),
                Arguments.of(
                        new ExceptionInInitializerError(new IllegalStateException("no driver")),
                        3,
                        "no driver"),
                Arguments.of(new UnsatisfiedLinkError("libx.so"), 3, "libx.so"),
                Arguments.of(new AssertionError("wrong"), 3, "wrong"),
                Arguments.of(new NullPointerException(), 3, "NullPointerException"),
                Arguments.of(new Throwable("odd"), 3, "odd"));
    }

    @ParameterizedTest
    @MethodSource("thrown")
    void whateverIsThrownHasACodeAndALine(Throwable thrown, int code, String words) {
        Failure failure = Failure.of(thrown);
        assertEquals(code, failure.code());
        assertTrue(failure.message().contains(words), failure.message());
        assertEquals(1, failure.message().lines().count(), failure.message());
    }

    @Test
    void moreHeapIsNoAdviceForMemoryOutsideIt() {
        String message = Failure.of(new OutOfMemoryError("Cannot reserve 9 bytes")).message();
        assertFalse(message.contains("-Xmx"), message);
    }

    @Test
    void nothingThatATerminalObeysAndNoBookGetsThrough() {
        String foreign = "\u001b]0;title\u0007\u001b[31mred\r\nline2\u202e" + "x".repeat(200_000);
        String message = Failure.of(new IOException(foreign)).message();
        assertTrue(message.chars().allMatch(c -> c >= ' ' && c != 0x7f), message);
        assertFalse(message.contains("\u202e"), message);
        assertTrue(message.length() < 2_200, () -> "has " + message.length());
    }
}
