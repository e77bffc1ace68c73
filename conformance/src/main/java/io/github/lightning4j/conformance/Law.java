package io.github.lightning4j.conformance;

import org.junit.jupiter.api.DynamicTest;

/**
 * Something that holds on every device. Immutable: it may be checked any number of times.
 *
 * @param name the law and the case, as failures name it
 * @param check throws {@link AssertionError} where the device breaks it
 */
public record Law(String name, Check check) {
    /** The check itself. */
    @FunctionalInterface
    public interface Check {
        /**
         * Checks a device.
         *
         * @param subject the device
         * @throws AssertionError if the device breaks the law
         * @throws Exception if it could not be checked
         */
        void on(Subject subject) throws Exception;
    }

    /** This law as a test of a device. */
    DynamicTest test(Subject subject) {
        return DynamicTest.dynamicTest(
                name,
                () -> {
                    try {
                        check.on(subject);
                    } catch (AssertionError e) {
                        // Reports of dynamic tests often drop their name.
                        throw new AssertionError(name + ": " + e.getMessage(), e);
                    }
                });
    }
}
