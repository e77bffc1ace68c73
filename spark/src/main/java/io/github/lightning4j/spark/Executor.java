package io.github.lightning4j.spark;

import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.distributed.JobFolder;
import io.github.lightning4j.distributed.PartitionWork;

import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What this process, an executor of Spark, has open: one job on one device, for all tasks. It is
 * the one owner of them in a process, because tasks have no other place to keep what outlives them;
 * a task of another job, or for another device, replaces them when no task uses them any more.
 * Thread-safe.
 */
final class Executor {
    private static @Nullable Executor current;

    private final String key;
    private final JobFolder folder;
    private final LightningAttention attention;
    private final PartitionWork work;
    private int users;
    private boolean replaced;

    private Executor(String key, JobFolder folder, LightningAttention attention) {
        this.key = key;
        this.folder = folder;
        this.attention = attention;
        this.work = new PartitionWork(folder.job(), attention);
    }

    /** What a task does with it. */
    interface Work<T> {
        T with(PartitionWork work, JobFolder folder) throws IOException;
    }

    /**
     * Does the work of a task.
     *
     * @param job the folder of the job
     * @param device an id, in which {@code {gpu}} stands for the address of the task's GPU
     */
    static <T> T run(String job, String device, Work<T> work) throws IOException {
        TaskContext task = TaskContext.get();
        Executor executor = use(job, resolved(device, task), task.cpus());
        try {
            return work.with(executor.work, executor.folder);
        } finally {
            release(executor);
        }
    }

    private static String resolved(String device, TaskContext task) {
        if (!device.contains("{gpu}")) {
            return device;
        }
        ResourceInformation gpu = task.resourcesJMap().get("gpu");
        if (gpu == null || gpu.addresses().length == 0) {
            throw new IllegalStateException(
                    "device is "
                            + device
                            + "; the task has no GPU: set spark.task.resource.gpu.amount");
        }
        return device.replace("{gpu}", gpu.addresses()[0]);
    }

    private static synchronized Executor use(String job, String device, int threads)
            throws IOException {
        String key = job + "\n" + device;
        Executor used = current;
        if (used == null || !used.key.equals(key)) {
            if (used != null) {
                used.replaced = true;
                used.closeIfUnused();
            }
            JobFolder folder = JobFolder.join(Path.of(job));
            try {
                LightningAttention attention =
                        LightningAttention.builder(folder.job().config())
                                .device(device)
                                .threads(threads)
                                .open();
                used = new Executor(key, folder, attention);
            } catch (RuntimeException | Error e) {
                folder.close();
                throw e;
            }
            current = used;
        }
        used.users++;
        return used;
    }

    private static synchronized void release(Executor executor) throws IOException {
        executor.users--;
        executor.closeIfUnused();
    }

    private void closeIfUnused() throws IOException {
        if (replaced && users == 0) {
            work.close();
            attention.close();
            folder.close();
        }
    }
}
