package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.BackendException;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PairKey;
import io.github.lightning4j.tornado.tasks.PlanKey;

import java.util.Locale;

/**
 * Softmax attention, the left and the right product on a device, from an empty state and without a
 * final one: what Lightning Attention-2 is compared with.
 *
 * <p>Thread-safe by {@link DeviceLock}, which callers hold.
 */
public final class PairPass {
    private final PlanPool pool;

    public PairPass(PlanPool pool) {
        this.pool = pool;
    }

    /** Computes o of all sequences: all at once if they fit, else one after another. */
    public void run(AttentionProblem problem, ForwardBuffers buffers) {
        long all = problem.batch() * problem.tokens();
        if (fits(problem, problem.sequences(), all)) {
            run(problem, buffers, 0, problem.sequences(), all);
            return;
        }
        for (int r = 0; r < problem.sequences(); r++) {
            DeviceLock.look();
            if (!fits(problem, 1, problem.length(r))) {
                throw new BackendException(
                        String.format(
                                Locale.ROOT,
                                "out of device memory: %s needs all %,d tokens of a sequence at"
                                        + " once, which %,d MiB have no room for; raise"
                                        + " LIGHTNING_DEVICE_MEMORY",
                                problem.config().algorithm(),
                                problem.length(r),
                                pool.memory() >> 20));
            }
            run(problem, buffers, r, 1, problem.length(r));
        }
    }

    private PairKey key(AttentionProblem problem, int sequences, long tokens) {
        return new PairKey(
                pool.key(
                        problem.config(),
                        problem.inputType(),
                        PlanKey.sequenceBucket(sequences),
                        PlanKey.bucket(tokens)));
    }

    private boolean fits(AttentionProblem problem, int sequences, long tokens) {
        if (tokens > 1 << 28) {
            return false;
        }
        PairKey key = key(problem, sequences, tokens);
        return key.largestExtent(pool.family()) <= pool.maxElements()
                && key.bytes(pool.family()) <= pool.memory();
    }

    private void run(
            AttentionProblem problem,
            ForwardBuffers buffers,
            int firstSequence,
            int sequences,
            long tokens) {
        if (tokens == 0) {
            return;
        }
        pool.using(
                () -> pool.take(key(problem, sequences, tokens)),
                plan -> {
                    for (Window window : Window.cut(problem, firstSequence, sequences, tokens)) {
                        plan.run(problem, window, buffers);
                    }
                });
    }
}
