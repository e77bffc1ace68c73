package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DynamicTest;

import java.util.stream.Stream;

/**
 * A call that must be refused.
 *
 * @param message what the caller is told, to the letter
 * @param call the call
 */
record Refusal(String message, Runnable call) {
    /** A test for each of them. */
    static Stream<DynamicTest> tests(Refusal... refusals) {
        return Stream.of(refusals)
                .map(refusal -> DynamicTest.dynamicTest(refusal.message, refusal::check));
    }

    private void check() {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertEquals(message, e.getMessage());
    }
}
