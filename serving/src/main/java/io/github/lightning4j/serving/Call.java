package io.github.lightning4j.serving;

import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.Tensor;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * One append of a conversation, from its arrival to its end. What changes is guarded by the lock of
 * the dispatcher.
 *
 * <p>As a future it cannot be ended from outside while tokens of it are on the device: {@link
 * #cancel}, {@link #orTimeout} and the like succeed only where nothing was appended.
 */
final class Call extends CompletableFuture<Tensor> {
    /** Takes a call back. */
    interface Withdrawal {
        /**
         * Takes it out of the queue, or ends it after the piece that runs.
         *
         * @return whether nothing was appended and nothing will be; else the call ends by itself
         */
        boolean of(Call call);
    }

    /** No deadline. */
    static final long NEVER = Long.MAX_VALUE;

    private final AttentionInputs inputs;
    private final Tensor output;
    private final long tokens;
    private final Arrival arrival;
    private final Withdrawal withdrawal;

    /** Whether others may hang stages on it, which must not run on the dispatcher's thread. */
    private final boolean shared;

    private long taken;
    private AppendEndedException.@Nullable Reason ending;

    /**
     * Which call it is, and its times on the clock of the queue.
     *
     * @param number that no other call has
     * @param nanos when it came
     * @param deadline until when it is wanted, or {@link #NEVER}
     */
    record Arrival(long number, long nanos, long deadline) {
        /** At a time, wanted for so many nanoseconds. */
        static Arrival of(long number, long now, long most) {
            boolean endless = most == NEVER || (most > 0 && now + most < now);
            return new Arrival(number, now, endless ? NEVER : now + most);
        }
    }

    /**
     * A call that has arrived.
     *
     * @param inputs q, k, v of one sequence
     * @param output where o goes
     * @param tokens how many
     * @param shared whether it is handed out as a future
     */
    Call(
            AttentionInputs inputs,
            Tensor output,
            long tokens,
            Arrival arrival,
            boolean shared,
            Withdrawal withdrawal) {
        this.inputs = inputs;
        this.output = output;
        this.arrival = arrival;
        this.shared = shared;
        this.withdrawal = withdrawal;
        this.tokens = tokens;
    }

    /** A time in nanoseconds; {@link #NEVER} where it is longer than these can say. */
    static long nanos(Duration time) {
        return time.compareTo(Duration.ofNanos(NEVER)) < 0 ? time.toNanos() : NEVER;
    }

    AttentionInputs inputs() {
        return inputs;
    }

    Tensor output() {
        return output;
    }

    long tokens() {
        return tokens;
    }

    long arrived() {
        return arrival.nanos;
    }

    long number() {
        return arrival.number;
    }

    long deadline() {
        return arrival.deadline;
    }

    /** Tokens that are in the conversation. */
    long taken() {
        return taken;
    }

    long left() {
        return tokens - taken;
    }

    /** Some more tokens are in the conversation. */
    void take(long more) {
        taken += more;
    }

    /** Why it ends after the piece that runs; null: it goes on. */
    AppendEndedException.@Nullable Reason ending() {
        return ending;
    }

    /** It ends after the piece that runs. */
    void endAfterwards(AppendEndedException.Reason reason) {
        if (ending == null) {
            ending = reason;
        }
    }

    /** The exception with which it ends early. */
    AppendEndedException ended(AppendEndedException.Reason reason) {
        return new AppendEndedException(reason, taken, tokens);
    }

    /** All tokens are in the conversation. */
    void succeed() {
        finish(() -> super.complete(output));
    }

    /** It has failed. */
    void fail(Throwable reason) {
        finish(() -> super.completeExceptionally(reason));
    }

    private void finish(Runnable end) {
        if (shared) {
            Thread.startVirtualThread(end);
        } else {
            end.run();
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return isCancelled() || (withdrawal.of(this) && super.cancel(mayInterruptIfRunning));
    }

    @Override
    public boolean complete(Tensor value) {
        return withdrawal.of(this) && super.complete(value);
    }

    @Override
    public boolean completeExceptionally(Throwable reason) {
        return withdrawal.of(this) && super.completeExceptionally(reason);
    }
}
