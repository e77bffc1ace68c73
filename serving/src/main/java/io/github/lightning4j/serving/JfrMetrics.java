package io.github.lightning4j.serving;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Registered;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

import java.util.List;

/**
 * Tells Java Flight Recorder, as events {@code io.github.lightning4j.*}; where nothing is recorded
 * they cost next to nothing. Needs the module {@code jdk.jfr}. Thread-safe.
 *
 * <p>Events are registered when the first of these is made, and not when their classes are
 * initialised: a thread that initialises one while another starts a recording could wait for that
 * one, which waits for it.
 */
@SuppressWarnings("UnusedVariable") // the recorder reads the fields of events
public final class JfrMetrics implements ServiceMetrics {
    private static final String PREFIX = "io.github.lightning4j.";

    /** Registers the events, if they are not yet. */
    public JfrMetrics() {
        for (Class<? extends Event> type :
                List.of(Step.class, Wait.class, Refusal.class, Move.class, Lookup.class)) {
            FlightRecorder.register(type);
        }
    }

    /** One call of the device. */
    @Name(PREFIX + "Step")
    @Label("Device step")
    @Category("lightning4j")
    @StackTrace(false)
    @Registered(false)
    private static final class Step extends Event {
        int layer;
        int calls;
        long tokens;

        @Timespan(Timespan.NANOSECONDS)
        long device;
    }

    /** An append goes to the device. */
    @Name(PREFIX + "Wait")
    @Label("Wait of an append")
    @Category("lightning4j")
    @StackTrace(false)
    @Registered(false)
    private static final class Wait extends Event {
        long tokens;

        @Timespan(Timespan.NANOSECONDS)
        long waited;
    }

    /** What was not taken, ended early, or failed. */
    @Name(PREFIX + "Refusal")
    @Label("Append rejected, ended early or failed")
    @Category("lightning4j")
    @StackTrace(false)
    @Registered(false)
    private static final class Refusal extends Event {
        String reason = "";
    }

    /** States went from one place to another. */
    @Name(PREFIX + "Move")
    @Label("States stored, moved or dropped")
    @Category("lightning4j")
    @StackTrace(false)
    @Registered(false)
    private static final class Move extends Event {
        String what = "";

        @DataAmount long bytes;
    }

    /** A prefix was looked up. */
    @Name(PREFIX + "Lookup")
    @Label("Prefix lookup")
    @Category("lightning4j")
    @StackTrace(false)
    @Registered(false)
    private static final class Lookup extends Event {
        long found;
        long wanted;
    }

    @Override
    public void batch(int layer, int calls, long tokens, long deviceNanos) {
        Step event = new Step();
        event.layer = layer;
        event.calls = calls;
        event.tokens = tokens;
        event.device = deviceNanos;
        event.commit();
    }

    @Override
    public void waited(long tokens, long nanos) {
        Wait event = new Wait();
        event.tokens = tokens;
        event.waited = nanos;
        event.commit();
    }

    @Override
    public void rejected(RejectedException.Reason reason) {
        refuse("rejected: " + reason);
    }

    @Override
    public void ended(AppendEndedException.Reason reason) {
        refuse("ended: " + reason);
    }

    @Override
    public void failed(int lost) {
        refuse("failed: " + lost + " conversations are lost");
    }

    private static void refuse(String reason) {
        Refusal event = new Refusal();
        event.reason = reason;
        event.commit();
    }

    @Override
    public void parked(long bytes) {
        move("parked", bytes);
    }

    @Override
    public void resumed(long bytes) {
        move("resumed", bytes);
    }

    @Override
    public void spilled(long bytes) {
        move("spilled", bytes);
    }

    @Override
    public void fetched(long bytes) {
        move("fetched", bytes);
    }

    @Override
    public void spillFailed(long bytes) {
        move("not spilled", bytes);
    }

    @Override
    public void stored(Tier tier, long bytes) {
        move("prefix stored: " + tier, bytes);
    }

    @Override
    public void evicted(Tier tier, long bytes) {
        move("prefix dropped: " + tier, bytes);
    }

    @Override
    public void writeFailed(long bytes) {
        move("prefix not written", bytes);
    }

    private static void move(String what, long bytes) {
        Move event = new Move();
        event.what = what;
        event.bytes = bytes;
        event.commit();
    }

    @Override
    public void looked(long tokens, long of) {
        Lookup event = new Lookup();
        event.found = tokens;
        event.wanted = of;
        event.commit();
    }
}
