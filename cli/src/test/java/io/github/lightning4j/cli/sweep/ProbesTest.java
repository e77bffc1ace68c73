package io.github.lightning4j.cli.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.Algorithm;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.cli.sweep.Forecast.Call;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * On imaginary machines: looking from one token at another takes a given time, and a call has a
 * cost.
 */
class ProbesTest {
    private final List<Call> made = new ArrayList<>();
    private double seconds;

    private static Forecast forecast(Algorithm algorithm, LongUnaryOperator batchAt) {
        return new Forecast(AttentionConfig.builder(1, 8).algorithm(algorithm).build(), 4, batchAt);
    }

    private Probes probes(Forecast forecast, double callSeconds, double nanos, double cost) {
        return new Probes(
                forecast,
                callSeconds,
                (batch, tokens, most) -> {
                    boolean quadratic = forecast.config().algorithm().isQuadratic();
                    double took = 1e-9 * nanos * batch * tokens * (quadratic ? tokens : 1) + cost;
                    made.add(new Call(batch, tokens, took));
                    seconds += Math.max(most, 2 * took);
                    return took;
                });
    }

    @Test
    void aLengthFarTooLongIsKnownBySecondsOfShortCalls() {
        Forecast forecast = forecast(Algorithm.SOFTMAX, n -> 1);
        Call call = probes(forecast, 0.25, 4, 1e-5).before(1 << 17, null);
        assertNotNull(call);
        assertTrue(call.tokens() >= 2048, call::toString);
        assertEquals(4e-9 * (1L << 34), forecast.seconds(1 << 17, call), 1);
        assertTrue(seconds < 6, made::toString);
    }

    @Test
    void aLengthThatIsClearlyShortEnoughNeedsOneProbe() {
        Forecast forecast = forecast(Algorithm.LIGHTNING_2, n -> 1);
        probes(forecast, 5, 100, 1e-4).before(1 << 14, null);
        assertEquals(1, made.size(), made::toString);
        assertEquals(128, made.getFirst().tokens());
    }

    @Test
    void whatACallCostsIsNotTakenForWhatItsTokensCost() {
        // 256 sequences of 1,024 tokens in 0.03 s; by one short call alone it would be 10 s.
        Forecast forecast = forecast(Algorithm.LIGHTNING_2, n -> (1 << 18) / n);
        Call call = probes(forecast, 0.25, 0.1, 5e-3).before(1024, null);
        assertNotNull(call);
        assertTrue(forecast.seconds(1024, call) < 0.25, call::toString);
        assertTrue(made.stream().allMatch(c -> c.batch() * c.tokens() < 1 << 18), made::toString);
    }

    @Test
    void whatIsKnownNearbyNeedsNone() {
        Forecast forecast = forecast(Algorithm.SOFTMAX, n -> 2);
        Call known = new Call(2, 1024, 1);
        assertEquals(known, probes(forecast, 1, 4, 0).before(4096, known));
        assertNull(probes(forecast(Algorithm.SOFTMAX, n -> 1), 1, 4, 0).before(128, null));
        assertEquals(List.of(), made);
    }

    @Test
    void aJumpIsProbedFromWhatIsKnown() {
        Forecast forecast = forecast(Algorithm.SOFTMAX, n -> 1);
        probes(forecast, 5, 10, 0).before(1 << 16, new Call(1, 1024, 1e-2));
        assertEquals(4096, made.getFirst().tokens(), made::toString);
    }

    @Test
    void aJvmThatCompilesLateIsWaitedFor() {
        Forecast forecast = forecast(Algorithm.SOFTMAX, n -> 1);
        Probes probes =
                new Probes(
                        forecast,
                        0.25,
                        (batch, tokens, most) -> {
                            seconds += most;
                            double slow = seconds < 2 ? 100 : 1;
                            made.add(new Call(batch, tokens, 0));
                            return 4e-9 * slow * tokens * tokens;
                        });
        Call call = probes.before(4096, null);
        assertNotNull(call);
        assertTrue(forecast.seconds(4096, call) < 0.25, made::toString);
    }
}
