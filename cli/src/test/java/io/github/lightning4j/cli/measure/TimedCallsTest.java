package io.github.lightning4j.cli.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.console.Console;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

class TimedCallsTest {
    private static final long SLOW = TimeUnit.MILLISECONDS.toNanos(50);

    /** As code is before it is compiled. */
    @Test
    void callsThatAreSlowAtFirstAreNotTimed() {
        AtomicInteger calls = new AtomicInteger();
        TimedCalls<Integer> timed =
                TimedCalls.of(
                        new Console(),
                        "calling",
                        1.5,
                        5,
                        () -> {
                            int call = calls.incrementAndGet();
                            if (call <= 5) {
                                sleep();
                            }
                            return call;
                        });
        assertTrue(timed.minMillis() <= timed.medianMillis(), timed.toString());
        assertTrue(timed.medianMillis() < 50, timed.toString());
        assertEquals(calls.get(), timed.last());
    }

    private static void sleep() {
        long end = System.nanoTime() + SLOW;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }
}
