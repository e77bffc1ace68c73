package io.github.lightning4j.distributed;

import io.github.lightning4j.BackendException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/**
 * Runs a job in processes of this machine, one for each device: calls of one process to several
 * devices take turns in TornadoVM, those of several processes do not.
 *
 * <p>A worker gets its next partition when it is done with one, so a slower device gets fewer. One
 * that dies or fails is started again, and its partition is given to whichever is free; a partition
 * that fails three times ends the job with the reason. When the job ends, in whatever way, also by
 * Ctrl-C, no worker is left.
 */
public final class ProcessRunner {
    private static final int TRIES = 3;

    private final JobFolder folder;
    private final WorkerLauncher launcher;
    private final JobListener listener;
    private final LinkedBlockingQueue<Task> waiting = new LinkedBlockingQueue<>();
    private final LinkedBlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
    private final Set<WorkerProcess> running = new HashSet<>();
    private boolean ending;

    /** How a task went. */
    private record Outcome(
            Task.Done done, WorkerProcess.@Nullable FailedException failure, String device) {}

    private ProcessRunner(JobFolder folder, WorkerLauncher launcher, JobListener listener) {
        this.folder = folder;
        this.launcher = launcher;
        this.listener = listener;
    }

    /**
     * Computes what is missing.
     *
     * @param folder of the job, whose input is a mapped file
     * @param devices one worker for each; a device may be there several times
     * @param launcher starts workers
     * @param listener is told what is done and what failed
     * @return what this run did
     * @throws IOException if a partition fails three times because of a file, or something cannot
     *     be read or written
     * @throws BackendException if a partition fails three times because of a device or a worker
     * @throws InterruptedException if this thread is interrupted; what is done stays, and another
     *     run goes on from there
     */
    public static JobReport run(
            JobFolder folder, List<String> devices, WorkerLauncher launcher, JobListener listener)
            throws IOException, InterruptedException {
        if (devices.isEmpty()) {
            throw new IllegalArgumentException("devices has none; there must be at least one");
        }
        return new ProcessRunner(folder, launcher, listener).run(devices);
    }

    private JobReport run(List<String> devices) throws IOException, InterruptedException {
        Thread hook = Thread.ofPlatform().unstarted(this::endAll);
        Runtime.getRuntime().addShutdownHook(hook);
        List<Thread> threads = new ArrayList<>();
        try {
            for (String device : devices) {
                threads.add(Thread.ofVirtual().start(() -> serve(device)));
            }
            return Phases.run(folder, this::compute, listener);
        } finally {
            endAll();
            threads.forEach(Thread::interrupt);
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The JVM is going down, and the hook with it.
            }
        }
    }

    /** Hands out tasks and waits for what becomes of them. */
    private void compute(List<Task> tasks, Consumer<Task.Done> done)
            throws IOException, InterruptedException {
        Map<Task, Integer> failures = new HashMap<>();
        waiting.addAll(tasks);
        for (int left = tasks.size(); left > 0; ) {
            Outcome outcome = outcomes.take();
            if (outcome.failure == null) {
                done.accept(outcome.done);
                left--;
                continue;
            }
            Task task = outcome.done.task();
            if (isEnding()) {
                throw new InterruptedException(); // by Ctrl-C, and not by what failed
            }
            String reason = outcome.device + ": " + outcome.failure.getMessage();
            if (failures.merge(task, 1, Integer::sum) == TRIES) {
                throw failed(task, reason, outcome.failure);
            }
            listener.failed(task.phase(), task.partition(), reason);
            waiting.add(task);
        }
    }

    private static IOException failed(
            Task task, String reason, WorkerProcess.FailedException failure) {
        String message =
                String.format(
                        Locale.ROOT,
                        "partition %d failed %d times, the last time on %s",
                        task.partition(),
                        TRIES,
                        reason);
        if (failure.isOfFile()) {
            return new IOException(message, failure);
        }
        throw new BackendException(message, failure);
    }

    /** The thread of a device: gives its worker one task after another, until it is interrupted. */
    private void serve(String device) {
        WorkerProcess worker = null;
        try {
            while (true) {
                Task task = waiting.take();
                WorkerProcess.FailedException failure = null;
                Task.Done done = new Task.Done(task, null);
                try {
                    if (worker == null) {
                        worker = start(device);
                        worker.await();
                    }
                    done = worker.run(task);
                } catch (WorkerProcess.FailedException e) {
                    failure = e;
                    if (worker != null) {
                        end(worker);
                        worker = null;
                    }
                }
                outcomes.add(new Outcome(done, failure, device));
            }
        } catch (InterruptedException e) {
            // The job has ended, and all workers with it.
        }
    }

    private WorkerProcess start(String device)
            throws WorkerProcess.FailedException, InterruptedException {
        synchronized (running) {
            if (ending) {
                throw new InterruptedException();
            }
            try {
                WorkerProcess worker =
                        new WorkerProcess(launcher.start(folder.path().toAbsolutePath(), device));
                running.add(worker);
                return worker;
            } catch (IOException e) {
                throw new WorkerProcess.FailedException(
                        false, "a worker cannot be started: " + e.getMessage());
            }
        }
    }

    private void end(WorkerProcess worker) {
        worker.end();
        synchronized (running) {
            running.remove(worker);
        }
    }

    private boolean isEnding() {
        synchronized (running) {
            return ending;
        }
    }

    private void endAll() {
        synchronized (running) {
            ending = true;
            running.forEach(WorkerProcess::stop);
            running.forEach(WorkerProcess::end);
            running.clear();
        }
    }
}
