package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.PoolShape;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/**
 * The sequences of a session, in slots on the device.
 *
 * <p>Few tokens are appended there, as to a pool. More of them take a plan for the time of the
 * call, which computes them several times faster; the states go to it and back through the host.
 *
 * <p>Used by one thread at a time.
 */
public final class SessionSlots implements AutoCloseable {
    private final SessionBanks banks;
    private final AttentionConfig config;
    private final Places places;
    private final int sequences;

    /** Every row of a call has the slot of its number. */
    private final int[] named;

    private SessionSlots(SessionBanks banks, AttentionConfig config, int sequences, Places places) {
        this.banks = banks;
        this.config = config;
        this.sequences = sequences;
        this.places = places;
        named = IntStream.range(0, sequences).toArray();
    }

    /**
     * Takes slots.
     *
     * @param initial float32 [R, H, D, E]; null: zeros
     */
    public static SessionSlots open(
            SessionBanks banks,
            AttentionConfig config,
            int sequences,
            @Nullable MemorySegment initial) {
        Places places = Places.ofSession(banks, config, sequences);
        SessionSlots slots = new SessionSlots(banks, config, sequences, places);
        try {
            for (int r = 0; r < sequences; r++) {
                places.restart(r, initial == null ? null : slots.state(initial, r), 0);
            }
        } catch (RuntimeException | Error e) {
            places.close();
            throw e;
        }
        return slots;
    }

    private MemorySegment state(MemorySegment states, int r) {
        long bytes = PlanKey.stateBytes(config);
        return states.asSlice(r * bytes, bytes);
    }

    /**
     * Appends tokens to each sequence.
     *
     * @param buffers their memory, which has no states
     * @throws io.github.lightning4j.AttentionInterruptedException if the thread was interrupted and
     *     more than one window is needed
     */
    public void append(AttentionProblem problem, ForwardBuffers buffers) {
        long longest = 0;
        for (int r = 0; r < sequences; r++) {
            longest = Math.max(longest, problem.length(r));
        }
        if (longest <= PoolShape.FEW) {
            places.append(problem, named, buffers);
            return;
        }
        banks.pool()
                .scratch()
                .with(
                        sequences * PlanKey.stateBytes(config),
                        states -> {
                            read(states);
                            new ForwardPass(banks.pool(), problem, 0, sequences, false)
                                    .run(buffers, states, states);
                            for (int r = 0; r < sequences; r++) {
                                long tokens = places.ring(r).tokens() + problem.length(r);
                                places.restart(r, state(states, r), tokens);
                            }
                        });
    }

    /** Copies the states out, float32 [R, H, D, E]. */
    public void read(MemorySegment target) {
        for (int r = 0; r < sequences; r++) {
            places.read(r, state(target, r));
        }
    }

    /** Separate slots that go on from here. */
    public SessionSlots fork() {
        return new SessionSlots(banks, config, sequences, places.fork(banks, config));
    }

    @Override
    public void close() {
        places.close();
    }
}
