package io.github.lightning4j.cli.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

class TimedLoopTest {
    private static TimedLoop.Budget budget(double seconds, int repeat) {
        return new TimedLoop.Budget(0, seconds, repeat);
    }

    @Test
    void oneCallWarmsUpAndOneIsTimedHoweverShortTheBudget() {
        AtomicInteger calls = new AtomicInteger();
        TimedLoop loop = new TimedLoop(budget(0, 100), () -> false);
        assertEquals(1, loop.run(calls::incrementAndGet, part -> {}).calls());
        assertEquals(2, calls.get());
    }

    @Test
    void repeatBoundsTheTimedCalls() {
        AtomicInteger calls = new AtomicInteger();
        TimedLoop loop = new TimedLoop(budget(1e9, 77), () -> false);
        assertEquals(77, loop.run(calls::incrementAndGet, part -> {}).calls());
        assertEquals(78, calls.get());
    }

    @Test
    void theFirstCallMayCompileForLongerThanAllTheOthersMayTake() {
        AtomicInteger calls = new AtomicInteger();
        AtomicLong nanos = new AtomicLong();
        TimedLoop loop =
                new TimedLoop(
                        new TimedLoop.Budget(0, 0, Integer.MAX_VALUE, 3, 0.2),
                        () -> false,
                        nanos::get);
        Runnable call = () -> nanos.addAndGet(calls.getAndIncrement() == 0 ? 300_000_000 : 1_000);
        assertEquals(3, loop.run(call, part -> {}).calls());
    }

    @Test
    void callsThatTakeLongerThanTheyMayAreFewer() {
        AtomicLong nanos = new AtomicLong();
        TimedLoop loop =
                new TimedLoop(
                        new TimedLoop.Budget(0, 0, Integer.MAX_VALUE, 3, 0.01),
                        () -> false,
                        nanos::get);
        assertEquals(1, loop.run(() -> nanos.addAndGet(20_000_000), part -> {}).calls());
    }

    @Test
    void whatWasTimedBeforeAStopIsKept() {
        AtomicInteger calls = new AtomicInteger();
        TimedLoop loop = new TimedLoop(budget(1e9, Integer.MAX_VALUE), () -> calls.get() > 40);
        assertEquals(40, loop.run(calls::incrementAndGet, part -> {}).calls());
    }

    @Test
    void aStopBeforeTheClockLeavesNothing() {
        TimedLoop loop =
                new TimedLoop(new TimedLoop.Budget(1e9, 1e9, Integer.MAX_VALUE), () -> true);
        assertEquals(0, loop.run(() -> {}, part -> {}).calls());
    }

    @Test
    void progressNeverGoesBack() {
        List<Double> parts = new ArrayList<>();
        TimedLoop loop =
                new TimedLoop(new TimedLoop.Budget(0.01, 0.01, Integer.MAX_VALUE), () -> false);
        loop.run(() -> LockSupport.parkNanos(1_000_000), parts::add);
        assertEquals(parts.stream().sorted().toList(), parts);
        assertTrue(parts.getLast() >= 1, parts::toString);
    }

    @ParameterizedTest
    @CsvSource({"5, 1", "50, 10", "51, 11", "95, 19", "100, 20", "1, 1"})
    void percentilesAreNearestRanks(double percent, double millis) {
        double[] nanos = IntStream.rangeClosed(1, 20).mapToDouble(i -> (21 - i) * 1e6).toArray();
        assertEquals(millis, Timings.ofNanos(nanos).percentile(percent));
    }
}
