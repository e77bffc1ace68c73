package io.github.lightning4j.serving;

import io.github.lightning4j.serving.Sequence.Lane;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/** Calls that have a deadline, the next one first. Guarded by the lock of the queue. */
final class Deadlines {
    private final TreeMap<Call, Lane> calls =
            new TreeMap<>(Comparator.comparingLong(Call::deadline).thenComparingLong(Call::number));

    void add(Call call, Lane lane) {
        if (call.deadline() != Call.NEVER) {
            calls.put(call, lane);
        }
    }

    void remove(Call call) {
        calls.remove(call);
    }

    /** The next deadline, or {@link Call#NEVER}. */
    long next() {
        return calls.isEmpty() ? Call.NEVER : calls.firstKey().deadline();
    }

    /** Takes a call out whose deadline has passed; null: there is none. */
    Map.@Nullable Entry<Call, Lane> pollPassed(long now) {
        return calls.isEmpty() || calls.firstKey().deadline() > now ? null : calls.pollFirstEntry();
    }
}
