package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.memory.DeviceArrays;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.common.TornadoDevice;

/**
 * Softmax attention, the left and the right product on a device, from an empty state and without a
 * final one: what Lightning Attention-2 is compared with. The plan used last is kept, until others
 * need its memory.
 *
 * <p>Thread-safe by {@link DeviceLock}, which callers hold.
 */
public final class PairPass implements AutoCloseable {
    private final PlanPool pool;
    private final TornadoDevice device;
    private @Nullable PairPlan last;

    public PairPass(PlanPool pool, TornadoDevice device) {
        this.pool = pool;
        this.device = device;
    }

    /** Computes o of all sequences: at once where they fit, else one after another. */
    public void run(AttentionProblem problem, ForwardBuffers buffers) {
        long all = problem.batch() * problem.tokens();
        if (fits(problem, problem.sequences(), all)) {
            run(problem, buffers, 0, problem.sequences(), all);
            return;
        }
        for (int r = 0; r < problem.sequences(); r++) {
            if (!fits(problem, 1, problem.length(r))) {
                throw new BackendException(
                        "out of device memory: %s needs all %,d tokens of a sequence at once, which %,d MiB have no room for; raise LIGHTNING_DEVICE_MEMORY"
                                .formatted(
                                        problem.config().algorithm(),
                                        problem.length(r),
                                        pool.memory() >> 20));
            }
            run(problem, buffers, r, 1, problem.length(r));
        }
    }

    private PlanKey key(AttentionProblem problem, int sequences, long tokens) {
        return pool.key(
                problem.config(),
                problem.inputType(),
                PlanKey.sequenceBucket(sequences),
                PlanKey.bucket(tokens));
    }

    private boolean fits(AttentionProblem problem, int sequences, long tokens) {
        if (tokens > 1 << 28) {
            return false;
        }
        AttentionConfig config = problem.config();
        PlanKey key = key(problem, sequences, tokens);
        long widest = Math.max(config.keyDim(), config.valueDim());
        return (long) key.tokens() * config.heads() * widest < pool.maxElements()
                && PairPlan.bytes(key) <= pool.memory();
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
        pool.guarded(
                () -> {
                    PairPlan plan = plan(key(problem, sequences, tokens));
                    for (Window window : Window.cut(problem, firstSequence, sequences, tokens)) {
                        pool.clock(
                                plan::startClock,
                                () ->
                                        plan.run(
                                                problem,
                                                window,
                                                buffers.q(),
                                                buffers.k(),
                                                buffers.v(),
                                                buffers.output()));
                    }
                },
                this::abandon);
        if (pool.isClosed()) {
            close();
        }
    }

    /** What failed is not used again. */
    private void abandon(Throwable cause) {
        try {
            close();
        } catch (RuntimeException | Error e) {
            cause.addSuppressed(e);
        }
    }

    private PairPlan plan(PlanKey key) {
        PairPlan plan = last;
        if (plan != null && plan.key().equals(key)) {
            return plan;
        }
        close();
        plan =
                pool.counted(
                        PairPlan.bytes(key),
                        key.config(),
                        () ->
                                DeviceArrays.fill(
                                        device,
                                        arrays ->
                                                new PairPlan(key, pool.family(), device, arrays)));
        last = plan;
        pool.keep(this);
        return plan;
    }

    /** Bytes of the plan that is kept. */
    long bytes() {
        return last == null ? 0 : PairPlan.bytes(last.key());
    }

    @Override
    public void close() {
        PairPlan plan = last;
        last = null;
        pool.forget(this);
        if (plan != null) {
            pool.release(PairPlan.bytes(plan.key()));
            plan.close();
        }
    }
}
