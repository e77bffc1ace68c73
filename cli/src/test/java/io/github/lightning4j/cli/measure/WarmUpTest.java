package io.github.lightning4j.cli.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

class WarmUpTest {
    /** Calls of 100 ms; the JIT is at work in the first few of them. */
    @ParameterizedTest
    @CsvSource({
        "1.5, 0, 15",
        "1.5, 5, 15",
        "1.5, 13, 15",
        "1.5, 20, 22",
        "1.5, 113, 115",
        "1.5, 1000, 115",
        "0.1, 0, 2",
        "0.1, 30, 32",
        "0.1, 1000, 101",
        "0, 1000, 1"
    })
    void itLastsUntilTheJitIsDone(double seconds, int compiling, int calls) {
        AtomicLong count = new AtomicLong();
        WarmUp warmUp =
                new WarmUp(
                        seconds,
                        () -> TimeUnit.MILLISECONDS.toNanos(100 * count.get()),
                        () -> count.get() > compiling);
        assertEquals(calls, warmUp.run(count::incrementAndGet));
    }

    @ParameterizedTest
    @CsvSource({"1, 12", "60, 1"})
    void itEndsThoughTheJitNeverIsDone(int seconds, int calls) {
        AtomicLong count = new AtomicLong();
        WarmUp warmUp =
                new WarmUp(1.5, () -> TimeUnit.SECONDS.toNanos(seconds * count.get()), () -> false);
        assertEquals(calls, warmUp.run(count::incrementAndGet));
    }

    /** Calls of a microsecond: the question takes longer, and is put every 20 ms. */
    @Test
    void theJitIsNotAskedAfterEachCall() {
        AtomicLong count = new AtomicLong();
        AtomicLong questions = new AtomicLong();
        WarmUp warmUp =
                new WarmUp(
                        0.3,
                        () -> TimeUnit.MICROSECONDS.toNanos(count.get()),
                        () -> questions.incrementAndGet() > 0);
        assertEquals(300_000, warmUp.run(count::incrementAndGet));
        assertEquals(15, questions.get());
    }
}
