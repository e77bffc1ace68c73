package io.github.lightning4j.models.layers;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Arrays that were used and will be used again. A layer makes and drops dozens of megabytes for
 * some hundred tokens, and memory that the operating system has to provide anew costs as much time
 * as the arithmetic. Thread-safe.
 */
final class Buffers {
    /** The collector is quick with smaller ones. */
    private static final int LEAST = 1 << 12;

    private final Map<Integer, Deque<float[]>> free = new HashMap<>();
    private final long most = Runtime.getRuntime().maxMemory() / 8;
    private long held;

    /** An array of this length, with anything in it. */
    synchronized float[] take(int length) {
        Deque<float[]> same = free.get(length);
        float[] array = same == null ? null : same.poll();
        if (array == null) {
            return new float[length];
        }
        held -= bytes(array);
        return array;
    }

    /** Takes an array back that nobody reads or writes any more. */
    synchronized void giveBack(float[] array) {
        if (array.length < LEAST || bytes(array) > most) {
            return;
        }
        if (held + bytes(array) > most) {
            // Of other calls, with other numbers of tokens.
            free.clear();
            held = 0;
        }
        free.computeIfAbsent(array.length, _ -> new ArrayDeque<>()).push(array);
        held += bytes(array);
    }

    private static long bytes(float[] array) {
        return (long) array.length * Float.BYTES;
    }
}
