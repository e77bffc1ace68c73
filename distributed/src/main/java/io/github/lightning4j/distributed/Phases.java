package io.github.lightning4j.distributed;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.AttentionInterruptedException;
import io.github.lightning4j.Tensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Runs a job phase by phase, whoever computes partitions. A phase begins when the one before it is
 * done with all partitions; what an earlier run has left is not computed again.
 */
final class Phases {
    private final JobFolder folder;
    private final AttentionJob job;
    private final SequencePlan plan;
    private final Worker worker;
    private final JobListener listener;
    private final Map<Phase, Duration> times = new EnumMap<>(Phase.class);
    private final KernelTimes kernelTimes = new KernelTimes();
    private long exchanged;

    /** What computes partitions. */
    interface Worker {
        /**
         * Does tasks in any order, each completely.
         *
         * @param tasks of one phase
         * @param done is told, by this thread, what was done
         */
        void run(List<Task> tasks, Consumer<Task.Done> done)
                throws IOException, InterruptedException;
    }

    /** The partitions of a phase. */
    private interface Choice {
        boolean has(int partition) throws IOException;
    }

    /** One of the scans. */
    private interface Scan {
        void run() throws IOException;
    }

    private Phases(JobFolder folder, Worker worker, JobListener listener) {
        this.folder = folder;
        this.job = folder.job();
        this.plan = job.plan();
        this.worker = worker;
        this.listener = listener;
    }

    static JobReport run(JobFolder folder, Worker worker, JobListener listener)
            throws IOException, InterruptedException {
        try {
            return new Phases(folder, worker, listener).run();
        } catch (AttentionInterruptedException | ClosedByInterruptException e) {
            // The flag may be set still; what is thrown instead says the same.
            boolean _ = Thread.interrupted();
            throw (InterruptedException) new InterruptedException(e.getMessage()).initCause(e);
        } catch (UncheckedIOException e) {
            // A mapped input was cut while a device read it.
            throw new IOException(folder.job().file().name() + ": " + e.getMessage(), e);
        }
    }

    private JobReport run() throws IOException, InterruptedException {
        List<Task> parts =
                folder.missing(listener).stream().map(p -> new Task(Phase.PARTS, p)).toList();
        if (misses(parts, Exchange.INCOMING_STATE)) {
            compute(
                    tasks(
                            Phase.STATES,
                            p -> plan.goesOn(p) && !folder.has(Exchange.LOCAL_STATE, p)));
            scan(Phase.STATE_SCAN, this::scanStates);
        }
        if (job.direction() == Direction.BACKWARD && misses(parts, Exchange.OUTGOING_GRADIENT)) {
            compute(
                    tasks(
                            Phase.GRADIENTS,
                            p -> plan.comesIn(p) && !folder.has(Exchange.LOCAL_GRADIENT, p)));
            scan(Phase.GRADIENT_SCAN, this::scanGradients);
        }
        compute(parts);
        folder.deleteExchanged();
        long tokens = 0;
        for (Task part : parts) {
            tokens += plan.to(part.partition()) - plan.from(part.partition());
        }
        return new JobReport(
                plan.partitions(),
                parts.size(),
                tokens,
                exchanged,
                times.values().stream().reduce(Duration.ZERO, Duration::plus),
                times,
                kernelTimes.known());
    }

    private List<Task> tasks(Phase phase, Choice choice) throws IOException {
        List<Task> tasks = new ArrayList<>();
        for (int p = 0; p < plan.partitions(); p++) {
            if (choice.has(p)) {
                tasks.add(new Task(phase, p));
            }
        }
        return tasks;
    }

    /** Whether a partition that is left to do waits for a state. */
    private boolean misses(List<Task> parts, Exchange kind) throws IOException {
        for (Task part : parts) {
            int p = part.partition();
            boolean needed = kind == Exchange.INCOMING_STATE ? plan.comesIn(p) : plan.goesOn(p);
            if (needed && !folder.has(kind, p)) {
                return true;
            }
        }
        return false;
    }

    private void compute(List<Task> tasks) throws IOException, InterruptedException {
        if (tasks.isEmpty()) {
            return;
        }
        Phase phase = tasks.getFirst().phase();
        listener.begins(phase, tasks.size());
        long begin = System.nanoTime();
        worker.run(
                tasks,
                done -> {
                    kernelTimes.add(phase, done.kernelTime());
                    listener.done(phase, done.task().partition());
                });
        times.put(phase, Duration.ofNanos(System.nanoTime() - begin));
    }

    private void scan(Phase phase, Scan scan) throws IOException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        listener.begins(phase, plan.partitions());
        long begin = System.nanoTime();
        scan.run();
        times.put(phase, Duration.ofNanos(System.nanoTime() - begin));
    }

    private StateScan scan() {
        AttentionConfig config = job.config();
        return new StateScan(plan, config.slopes(), config.keyDim(), config.valueDim());
    }

    private void scanStates() throws IOException {
        scan().states(
                        p -> get(Exchange.LOCAL_STATE, p),
                        job::initialState,
                        (p, state) -> put(Phase.STATE_SCAN, Exchange.INCOMING_STATE, p, state));
    }

    private void scanGradients() throws IOException {
        scan().gradients(
                        p -> get(Exchange.LOCAL_GRADIENT, p),
                        job::finalStateGradient,
                        (p, gradient) ->
                                put(Phase.GRADIENT_SCAN, Exchange.OUTGOING_GRADIENT, p, gradient));
    }

    private Tensor get(Exchange kind, int partition) throws IOException {
        exchanged += job.stateBytes();
        return folder.get(kind, partition);
    }

    private void put(Phase phase, Exchange kind, int partition, Tensor state) throws IOException {
        exchanged += job.stateBytes();
        folder.put(kind, partition, state);
        listener.done(phase, partition);
    }
}
