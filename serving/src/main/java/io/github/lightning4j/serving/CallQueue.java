package io.github.lightning4j.serving;

import io.github.lightning4j.AttentionInputs;
import io.github.lightning4j.SlotSnapshot;
import io.github.lightning4j.Tensor;
import io.github.lightning4j.serving.Schedule.Piece;
import io.github.lightning4j.serving.Sequence.Lane;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * The conversations of a service and their calls, from arrival to end: what may wait, what goes to
 * the device next, and what ends before. Thread-safe; the device itself is the dispatcher's.
 *
 * <p>Futures are completed without the lock, by whoever has held it.
 */
final class CallQueue {
    private final int layers;
    private final ServiceOptions options;
    private final Telling metrics;
    private final LongSupplier clock;
    private final QueueLock lock = new QueueLock();

    // Guarded by the lock.
    private final Schedule schedule;
    private final Tasks tasks = new Tasks(lock);

    /** Conversations with anything left of them; and how many of them are not closed. */
    private final Map<Long, Sequence> open = new LinkedHashMap<>();

    private int live;
    private final Completions completions = new Completions();

    private final Deadlines deadlines = new Deadlines();
    private int waiting;
    private long numbers;
    private boolean closing;
    private boolean ended;
    private long drainUntil = Call.NEVER;

    /** An empty queue. */
    CallQueue(int layers, ServiceOptions options, Telling metrics, LongSupplier clock) {
        this.layers = layers;
        this.options = options;
        this.metrics = metrics;
        this.clock = clock;
        schedule = new Schedule(layers, options);
    }

    /**
     * Opens a conversation that is not on the device.
     *
     * @param states of its layers, or none
     * @param first what the dispatcher does with it first, if there are states
     */
    Sequence open(List<SlotSnapshot> states, Consumer<Sequence> first) {
        return lock.during(() -> {
            checkOpen();
            if (live >= options.conversations()) {
                throw rejected(
                        RejectedException.Reason.TOO_MANY_CONVERSATIONS,
                        options.conversations()
                                + " conversations are open, as many as may be; close one");
            }
            Sequence sequence = new Sequence(numbers++, layers, states);
            open.put(sequence.id(), sequence);
            live++;
            if (!states.isEmpty()) {
                tasks.add(() -> first.accept(sequence));
            }
            return sequence;
        });
    }

    /** Conversations that are open. */
    List<Sequence> open() {
        return lock.during(() -> List.copyOf(open.values()));
    }

    /** What the dispatcher does between two steps. */
    Tasks tasks() {
        return tasks;
    }

    private void checkOpen() {
        if (closing) {
            throw rejected(RejectedException.Reason.CLOSED, "the service is closed");
        }
    }

    private RejectedException rejected(RejectedException.Reason reason, String message) {
        metrics.tell(told -> told.rejected(reason));
        return new RejectedException(reason, message);
    }

    /**
     * Takes a call in.
     *
     * @param inputs q, k, v of one sequence
     * @param output where o goes
     * @param tokens how many
     * @param nanos until its deadline, or {@link Call#NEVER}
     * @param shared whether it is handed out as a future
     */
    Call submit(
            Lane lane,
            AttentionInputs inputs,
            Tensor output,
            long tokens,
            long nanos,
            boolean shared) {
        return lock.during(() -> {
            checkOpen();
            lane.sequence().checkUsable();
            if (waiting >= options.waiting()) {
                throw rejected(
                        RejectedException.Reason.QUEUE_FULL,
                        waiting + " calls wait, as many as may; try again");
            }
            Call.Arrival arrival = Call.Arrival.of(numbers++, clock.getAsLong(), nanos);
            Call call =
                    new Call(inputs, output, tokens, arrival, shared, c -> isWithdrawn(lane, c));
            waiting++;
            lane.calls().add(call);
            deadlines.add(call, lane);
            schedule.update(lane);
            lock.signal();
            return call;
        });
    }

    /** See {@link Call.Withdrawal}. */
    private boolean isWithdrawn(Lane lane, Call call) {
        boolean isUntouched =
                lock.during(() -> {
                    boolean isHere = lane.calls().contains(call);
                    boolean untouched = isHere && call.taken() == 0 && !lane.isRunning(call);
                    if (isHere) {
                        end(lane, call, AppendEndedException.Reason.CANCELLED, untouched);
                    }
                    return untouched;
                });
        completions.run();
        return isUntouched;
    }

    /** Ends a call now, or after the piece of it that runs. The lock is held. */
    private void end(Lane lane, Call call, AppendEndedException.Reason reason, boolean silently) {
        if (lane.isRunning(call)) {
            call.endAfterwards(reason);
            return;
        }
        remove(lane, call, silently ? () -> {} : () -> call.fail(call.ended(reason)));
        metrics.tell(told -> told.ended(reason));
        schedule.update(lane);
    }

    /** A call is over. The lock is held. */
    private void remove(Lane lane, Call call, Runnable completion) {
        lane.calls().remove(call);
        deadlines.remove(call);
        waiting--;
        completions.add(completion);
        lock.signal(); // There may be nothing left to wait for.
    }

    private void endAll(Sequence sequence, AppendEndedException.Reason reason) {
        sequence.eachCall((lane, call) -> end(lane, call, reason, false));
    }

    /**
     * Hands a task to the dispatcher, which runs it between two steps.
     *
     * @throws RuntimeException if the conversation or the service takes none
     */
    void control(Sequence sequence, Runnable task) {
        lock.during(() -> {
            checkOpen();
            sequence.checkUsable();
            tasks.add(task);
        });
    }

    /** Refuses what must not be done while calls of a conversation wait. */
    void checkIdle(Sequence sequence) {
        lock.during(() -> {
            sequence.checkUsable();
            if (sequence.isBusy()) {
                throw new IllegalStateException(
                        "calls of conversation "
                                + sequence.id()
                                + " have not ended; wait for them, or cancel them");
            }
        });
    }

    /**
     * Closes a conversation; its calls end.
     *
     * @param forget frees what it has, on the dispatcher's thread
     */
    void close(Sequence sequence, Runnable forget) {
        lock.during(() -> {
            if (!sequence.isClosed() && !ended) {
                sequence.setClosed();
                live--;
                endAll(sequence, AppendEndedException.Reason.CLOSED);
                tasks.add(forget);
            }
        });
        completions.run();
    }

    /** A conversation is gone. */
    void forget(Sequence sequence) {
        lock.during(() -> {
            open.remove(sequence.id());
            schedule.update(sequence);
        });
    }

    /** Takes nothing more in; after so many nanoseconds what still waits ends. */
    void close(long nanos) {
        lock.during(() -> {
            closing = true;
            long until = nanos == Call.NEVER ? nanos : clock.getAsLong() + nanos;
            drainUntil = Math.min(drainUntil, until);
            lock.signal();
        });
    }

    /** What goes on at the moment, with bytes of states that are not on the device. */
    ServiceStatus status(long hostBytes, long diskBytes) {
        return lock.during(() -> {
            int resident = (int) open.values().stream().filter(Sequence::isResident).count();
            return new ServiceStatus(live, resident, waiting, closing, hostBytes, diskBytes);
        });
    }

    /**
     * Waits for work; false: the queue is closed and empty.
     *
     * @param idle whether nothing could be done for the calls that waited last time, so that a
     *     promised task, or something new, is what to wait for
     */
    boolean awaitWork(boolean idle) throws InterruptedException {
        while (true) {
            completions.run();
            lock.lock();
            try {
                long now = clock.getAsLong();
                if (closing && now >= drainUntil) {
                    open.values().forEach(s -> endAll(s, AppendEndedException.Reason.CLOSED));
                }
                expire(now);
                if (completions.isEmpty()) {
                    boolean vain = idle && !lock.hasNews() && tasks.hasPromises();
                    if (!tasks.isEmpty() || (waiting > 0 && !vain)) {
                        lock.look();
                        return true;
                    }
                    if (closing && waiting == 0 && !tasks.hasPromises()) {
                        return false;
                    }
                    long next = Math.min(drainUntil, deadlines.next());
                    lock.await(waiting == 0 || next == Call.NEVER ? Call.NEVER : next - now);
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void expire(long now) {
        Map.Entry<Call, Lane> next = deadlines.pollPassed(now);
        while (next != null) {
            end(next.getValue(), next.getKey(), AppendEndedException.Reason.DEADLINE, false);
            next = deadlines.pollPassed(now);
        }
    }

    /** The calls of the next step, which run from now on; null: none is ready. */
    @Nullable List<Piece> take() {
        return lock.during(schedule::take);
    }

    /** Whether any call can go to the device. */
    boolean hasReady() {
        return lock.during(schedule::hasReady);
    }

    /** Conversations that wait for a slot, the first one first. */
    List<Sequence> absent() {
        return lock.during(schedule::absent);
    }

    /** Conversations with calls. */
    Set<Sequence> busy() {
        return lock.during(
                () -> open.values().stream().filter(Sequence::isBusy).collect(Collectors.toSet()));
    }

    /** A conversation came to the device or left it. */
    void update(Sequence sequence) {
        lock.during(() -> schedule.update(sequence));
    }

    /**
     * A step has ended: its calls go on, or end.
     *
     * @param failures calls whose tokens were not appended
     */
    void settle(List<Piece> pieces, Map<Piece, Throwable> failures) {
        lock.during(() -> {
            for (Piece piece : pieces) {
                piece.lane().setRunning(false);
                Throwable failure = failures.get(piece);
                if (failure == null) {
                    settle(piece);
                } else {
                    remove(piece.lane(), piece.call(), () -> piece.call().fail(failure));
                }
                schedule.update(piece.lane());
            }
        });
    }

    private void settle(Piece piece) {
        Call call = piece.call();
        Lane lane = piece.lane();
        call.take(piece.count());
        lane.sequence().addTokens(lane.layer(), piece.count());
        AppendEndedException.Reason ending = call.ending();
        if (call.left() == 0) {
            remove(lane, call, call::succeed);
        } else if (ending != null) {
            end(lane, call, ending, false);
        }
    }

    /** The states of a conversation are lost, and so its calls fail. */
    void lose(Sequence sequence, Throwable reason) {
        ConversationLostException lost = new ConversationLostException(sequence.id(), reason);
        lock.during(() -> {
            sequence.setLost(reason);
            sequence.eachCall((lane, call) -> {
                if (!lane.isRunning(call)) {
                    remove(lane, call, () -> call.fail(lost));
                }
            });
            schedule.update(sequence);
        });
    }

    /** The dispatcher has ended. What nobody serves any more fails. */
    void end(@Nullable Throwable failure) {
        List<Runnable> left =
                lock.during(() -> {
                    closing = true;
                    ended = true;
                    return tasks.drain();
                });
        if (failure != null) {
            for (Sequence sequence : open()) {
                sequence.lanes().forEach(lane -> lane.setRunning(false));
                lose(sequence, failure);
            }
        }
        left.forEach(Runnable::run);
        completions.run();
    }
}
