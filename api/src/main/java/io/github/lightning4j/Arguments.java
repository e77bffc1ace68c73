package io.github.lightning4j;

import org.jspecify.annotations.Nullable;

/** Checks of arguments, made where a value is given and not where it is used later. Stateless. */
final class Arguments {
    private Arguments() {}

    /**
     * Refuses null.
     *
     * @param name of the argument
     * @param what it must be, with its article
     * @throws NullPointerException if it is null
     */
    static <T> T given(String name, @Nullable T value, String what) {
        if (value == null) {
            throw new NullPointerException(name + " is null; it must be " + what);
        }
        return value;
    }

    /**
     * Refuses numbers below 0.
     *
     * @param name of the argument
     * @throws IllegalArgumentException if it is negative
     */
    static void notNegative(String name, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be >= 0");
        }
    }

    /**
     * Refuses an index out of range.
     *
     * @param name of the argument
     * @param count of what is indexed
     * @throws IndexOutOfBoundsException if it is not 0 … count−1
     */
    static void index(String name, long index, long count) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException(
                    count == 0
                            ? name + " is " + index + "; there are none"
                            : name + " is " + index + "; it must be 0 ... " + (count - 1));
        }
    }

    /**
     * Refuses more or fewer elements than there is room for.
     *
     * @param name of the elements
     * @param room what they are for
     * @throws IllegalArgumentException if there are not as many as needed
     */
    static void count(String name, long count, Object room, long needed) {
        if (count != needed) {
            throw new IllegalArgumentException(
                    "there are " + count + " " + name + "; " + room + " needs " + needed);
        }
    }
}
