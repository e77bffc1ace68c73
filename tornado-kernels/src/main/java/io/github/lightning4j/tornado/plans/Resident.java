package io.github.lightning4j.tornado.plans;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.BackendException;
import io.github.lightning4j.DType;
import io.github.lightning4j.spi.AttentionProblem;
import io.github.lightning4j.spi.ForwardBuffers;
import io.github.lightning4j.tornado.devices.DeviceLock;
import io.github.lightning4j.tornado.memory.Homes;
import io.github.lightning4j.tornado.memory.HostRows;
import io.github.lightning4j.tornado.memory.Window;
import io.github.lightning4j.tornado.tasks.BackwardKey;
import io.github.lightning4j.tornado.tasks.PairKey;
import io.github.lightning4j.tornado.tasks.PlanKey;
import io.github.lightning4j.tornado.tasks.PlanShape;
import io.github.lightning4j.tornado.tasks.PoolShape;
import io.github.lightning4j.tornado.tasks.StateKey;
import io.github.lightning4j.tornado.tasks.TensorKey;
import io.github.lightning4j.tornado.tasks.TensorShape;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * States that live in a plan's memory on the device. They stay there from append to append as long
 * as the appends fit the plan; where another size is needed they move through the host.
 *
 * <p>Used by one thread at a time.
 */
public final class Resident implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Resident.class.getName());

    /** Tokens of a plan for which no append is too small. */
    private static final int SMALL = 256;

    /** A plan stays in use while it has at most this many times the room that an append needs. */
    private static final int SLACK = 4;

    private final PlanPool pool;
    private final AttentionConfig config;
    private final int sequences;
    private final Arena arena = Arena.ofShared();

    /** Where states are while no plan has them; null until it is needed. */
    private @Nullable MemorySegment home;

    private @Nullable ForwardPlan plan;
    private boolean zero = true;
    private boolean lost;

    /** R sequences whose states are zero. */
    public Resident(PlanPool pool, AttentionConfig config, int sequences) {
        this.pool = pool;
        this.config = config;
        this.sequences = sequences;
    }

    private MemorySegment home() {
        MemorySegment there = home;
        if (there == null) {
            there =
                    arena.allocate(
                            Math.multiplyExact(sequences, PlanKey.stateBytes(config)), Float.BYTES);
            home = there;
        }
        return there;
    }

    /** Sets the states, before anything is appended; null: they stay zero. */
    public void set(@Nullable MemorySegment source, long offset) {
        if (source != null) {
            HostRows.copy(source, offset, home(), 0, home().byteSize());
            zero = false;
        }
    }

    /**
     * Appends tokens of the sequences from {@code firstSequence} on; their memory has no states.
     *
     * @throws io.github.lightning4j.AttentionInterruptedException if the thread was interrupted and
     *     more than one window is needed; then those before are in the states
     */
    public void append(AttentionProblem problem, int firstSequence, ForwardBuffers buffers) {
        append(problem, firstSequence, buffers, false);
    }

    /** As {@link #append}, once: arrays may lie over the tensors of this call. */
    public void compute(AttentionProblem problem, int firstSequence, ForwardBuffers buffers) {
        append(problem, firstSequence, buffers, true);
    }

    private void append(
            AttentionProblem problem, int firstSequence, ForwardBuffers buffers, boolean once) {
        long tokens = 0;
        for (int r = firstSequence; r < firstSequence + sequences; r++) {
            tokens += problem.length(r);
        }
        if (tokens == 0) {
            return;
        }
        long all = tokens;
        guarded(() -> {
            long own = plan == null ? 0 : plan.key().bytes(pool.family());
            boolean single = isSingle(problem, firstSequence);
            PlanShape wanted =
                    !single && pool.tensorCores().take(problem, sequences)
                            ? WindowSizes.tensorKey(
                                    config, problem.inputType(), sequences, all, pool, own)
                            : WindowSizes.key(
                                    config, problem.inputType(), sequences, all, pool, own);
            boolean whole =
                    once && !single && Window.isWhole(problem, sequences, keyOf(wanted).tokens());
            ForwardPlan there =
                    planFor(wanted, single, whole ? homes(wanted, problem, buffers) : Homes.NONE);
            if (single) {
                there.decode(problem, buffers);
                return;
            }
            List<Window> windows = Window.cut(problem, firstSequence, sequences, there.tokens());
            for (int w = 0; w < windows.size(); w++) {
                if (w > 0) {
                    DeviceLock.look();
                }
                Window window = windows.get(w);
                if (!there.run(problem, window, buffers)) {
                    inTiles(there, problem, window, buffers);
                }
            }
        });
    }

    /** Computes a window once more, with float32 between products. */
    private void inTiles(
            ForwardPlan there, AttentionProblem problem, Window window, ForwardBuffers buffers) {
        LOG.log(
                System.Logger.Level.DEBUG,
                "not all results on tensor cores are finite; tiles compute them again");
        there.readBefore(home(), sequences);
        pool.using(
                () -> pool.take(keyOf(there.key())),
                tiles -> {
                    tiles.loadStates(home(), 0, sequences);
                    tiles.run(problem, window, buffers);
                    tiles.readStates(home(), 0, sequences);
                });
        there.loadStates(home(), 0, sequences);
    }

    /** What a plan of the same size in tiles is compiled for. */
    static PlanKey keyOf(PlanShape shape) {
        return switch (shape) {
            case TensorShape tensor -> tensor.pass();
            case PlanKey key -> key;
            case BackwardKey backward -> backward.pass();
            case PairKey pair -> pair.pass();
            case StateKey states -> states.pass();
            case PoolShape places -> throw new AssertionError(places);
        };
    }

    /** Whether a call is one token of each of these sequences, which needs no table of chunks. */
    private boolean isSingle(AttentionProblem problem, int firstSequence) {
        return problem.tokens() == 1
                && problem.batch() == sequences
                && problem.sequences() == sequences
                && firstSequence == 0;
    }

    /** Which of q, k, v and o arrays may lie over: what is not converted on the way. */
    private Homes homes(PlanShape wanted, AttentionProblem problem, ForwardBuffers buffers) {
        PlanKey key = keyOf(wanted);
        long size = problem.inputType().bytes();
        long keys = (long) key.rows() * config.keyDim() * size;
        long values = (long) key.rows() * config.valueDim() * size;
        Homes.Choice choice =
                pool.homes()
                        .with("q", buffers.q(), keys)
                        .with("k", buffers.k(), keys)
                        .with("v", buffers.v(), values);
        boolean asItIs =
                wanted instanceof TensorKey
                        || (problem.inputType() == DType.F32 && problem.outputType() == DType.F32);
        return (asItIs ? choice.with("o", buffers.output(), values) : choice).homes();
    }

    /** The plan that holds the states, or else another one, into which they move. */
    private ForwardPlan planFor(PlanShape wanted, boolean single, Homes homes) {
        if (plan != null) {
            PlanKey key = keyOf(plan.key());
            PlanKey needed = keyOf(wanted);
            boolean fits =
                    plan.key().getClass() == wanted.getClass()
                            && key.inputType() == needed.inputType()
                            && key.tokens() >= needed.tokens();
            if ((single || fits)
                    && key.tokens() <= Math.max(SMALL, SLACK * (long) needed.tokens())) {
                return plan;
            }
            plan.readStates(home(), 0, sequences);
            zero = false;
            pool.giveBack(plan);
            plan = null;
        }
        ForwardPlan taken =
                wanted instanceof TensorKey tensor
                        ? pool.take(tensor, homes)
                        : pool.take(keyOf(wanted), homes);
        plan = taken;
        if (zero) {
            taken.clearStates();
        } else {
            taken.loadStates(home(), 0, sequences);
        }
        return taken;
    }

    /** Copies the states out. */
    public void read(MemorySegment target, long offset) {
        requireStates();
        if (plan == null) {
            HostRows.copy(home(), 0, target, offset, home().byteSize());
        } else {
            ForwardPlan there = plan;
            guarded(() -> there.readStates(target, offset, sequences));
        }
    }

    /** Separate states that begin as copies of these. */
    public Resident copy() {
        Resident copy = new Resident(pool, config, sequences);
        read(copy.home(), 0);
        copy.zero = zero && plan == null;
        return copy;
    }

    private void requireStates() {
        if (lost) {
            throw new BackendException(
                    "the states were lost when the device failed; go on from an earlier state");
        }
    }

    /** Runs on the device; a plan that failed is not used again, and the states in it are lost. */
    private void guarded(Runnable work) {
        requireStates();
        pool.guarded(work, this::abandon);
    }

    private void abandon(Throwable cause) {
        if (plan != null) {
            lost = true;
            pool.abandon(plan, cause);
            plan = null;
        }
    }

    @Override
    public void close() {
        ForwardPlan there = plan;
        plan = null;
        if (there != null) {
            DeviceLock.run(() -> pool.giveBack(there));
        }
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
