package io.github.lightning4j.distributed;

import io.github.lightning4j.LightningAttention;

import java.io.IOException;

/** Runs a job in this process, on one open device, one partition after another. */
public final class LocalRunner {
    private LocalRunner() {}

    /**
     * Computes what is missing.
     *
     * @param folder of the job
     * @param attention of the job's configuration; it belongs to the caller
     * @param listener is told what is done
     * @return what this run did
     * @throws IOException if something cannot be read or written
     * @throws InterruptedException if this thread is interrupted; what is done stays, and another
     *     run goes on from there
     * @throws io.github.lightning4j.BackendException if the device fails
     */
    public static JobReport run(
            JobFolder folder, LightningAttention attention, JobListener listener)
            throws IOException, InterruptedException {
        try (PartitionWork work = new PartitionWork(folder.job(), attention)) {
            return Phases.run(
                    folder,
                    (tasks, done) -> {
                        for (Task task : tasks) {
                            if (Thread.interrupted()) {
                                throw new InterruptedException();
                            }
                            done.accept(task.run(folder, work));
                        }
                    },
                    listener);
        }
    }
}
