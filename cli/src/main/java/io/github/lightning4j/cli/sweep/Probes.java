package io.github.lightning4j.cli.sweep;

import io.github.lightning4j.cli.sweep.Forecast.Call;

import org.jspecify.annotations.Nullable;

/**
 * Short calls before a long one of which too little is known, from {@value #FIRST} tokens up, each
 * four times the one before, until it is clear what the long one takes. Together they take a small
 * part of what a length may.
 */
final class Probes {
    private static final long FIRST = 128;
    private static final int STEP = 4;

    /** Calls of the first probe, in which the JVM compiles; there are always two calls. */
    private static final double FIRST_SECONDS = 1;

    /** Calls of another probe. */
    private static final double SECONDS = 0.2;

    /** Calls of a probe again before its word that a length takes too long is believed. */
    private static final double SURE_SECONDS = 3;

    /** The part of a call's time that a call of a probe may take. */
    private static final double PART = 1 / 4.0;

    /** A forecast is off by no more than this factor, whatever the lengths. */
    private static final double DOUBT = 8;

    private final Forecast forecast;
    private final double callSeconds;
    private final Timer timer;

    /** Makes calls. */
    interface Timer {
        /**
         * Makes calls of one kind, two at least.
         *
         * @param batch B
         * @param tokens N
         * @param seconds how long calls begin
         * @return seconds of the shortest call but the first
         */
        double time(long batch, long tokens, double seconds);
    }

    /**
     * Probes of a series.
     *
     * @param callSeconds what a call of a length may take
     */
    Probes(Forecast forecast, double callSeconds, Timer timer) {
        this.forecast = forecast;
        this.callSeconds = callSeconds;
        this.timer = timer;
    }

    /**
     * Makes the calls that a length needs, if any.
     *
     * @param tokens N of the length
     * @param known the last call that was timed, or null
     * @return the call to go by; null where the length is so short that it is its own probe
     */
    @Nullable Call before(long tokens, @Nullable Call known) {
        Call last = known;
        boolean sure = true;
        while (true) {
            Call next = next(last, tokens);
            if (next != null && (last == null || isWorthIt(next, last, tokens))) {
                last = timed(next, last == null ? FIRST_SECONDS : SECONDS);
                sure = false;
            } else if (!sure && last != null && forecast.seconds(tokens, last) > callSeconds) {
                // The JVM may not have compiled everything yet.
                Call again = timed(last, SURE_SECONDS);
                sure = again.seconds() > last.seconds() / 2;
                last = again;
            } else {
                return last;
            }
        }
    }

    private Call timed(Call call, double seconds) {
        double taken = timer.time(call.batch(), call.tokens(), seconds);
        return new Call(call.batch(), call.tokens(), taken);
    }

    private boolean isWorthIt(Call next, Call last, long tokens) {
        return forecast.seconds(tokens, last) * DOUBT > callSeconds
                && forecast.seconds(next, last) < PART * callSeconds;
    }

    /** The next longer call, or larger one; null where the length itself is not much more. */
    private @Nullable Call next(@Nullable Call last, long tokens) {
        long batch = forecast.batchAt().applyAsLong(tokens);
        if (last == null) {
            return tokens <= FIRST && batch <= STEP ? null : call(1, Math.min(FIRST, tokens));
        }
        if (STEP * last.tokens() < tokens) {
            long longer = STEP * last.tokens();
            long most = Math.max(1, forecast.batchAt().applyAsLong(longer));
            return call(Math.min(last.batch(), most), longer);
        }
        if (STEP * last.batch() < batch) {
            return last.tokens() < tokens
                    ? call(last.batch(), tokens)
                    : call(STEP * last.batch(), tokens);
        }
        return null;
    }

    private static Call call(long batch, long tokens) {
        return new Call(batch, tokens, 0);
    }
}
