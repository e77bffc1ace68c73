package io.github.lightning4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class WarmUpTest {
    /** Calls of 100 ms; the JIT is at work in the first few of them. */
    @ParameterizedTest
    @CsvSource({"0, 15", "5, 15", "13, 15", "20, 22", "37, 39", "39, 40", "1000, 40"})
    void itLastsUntilTheJitIsDone(int compiling, int calls) {
        AtomicLong count = new AtomicLong();
        WarmUp warmUp =
                new WarmUp(
                        () -> TimeUnit.MILLISECONDS.toNanos(100 * count.get()),
                        () -> Math.min(count.get(), compiling));
        assertEquals(calls, warmUp.run(count::incrementAndGet));
    }

    @ParameterizedTest
    @CsvSource({"1", "60"})
    void aLongCallIsEnough(int seconds) {
        AtomicLong count = new AtomicLong();
        WarmUp warmUp =
                new WarmUp(() -> TimeUnit.SECONDS.toNanos(seconds * count.get()), count::get);
        assertEquals(seconds == 1 ? 4 : 1, warmUp.run(count::incrementAndGet));
    }
}
