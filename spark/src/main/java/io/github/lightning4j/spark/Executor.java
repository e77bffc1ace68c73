package io.github.lightning4j.spark;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.distributed.JobFolder;
import io.github.lightning4j.distributed.PartitionWork;
import io.github.lightning4j.io.ConfigText;

import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What this process, an executor of Spark, has open: one attention on one device for all tasks, and
 * the job that they work on. It is the one owner of them in a process, because tasks have no other
 * place to keep what outlives them; a task of another job, or for another device, replaces them
 * when no task uses them any more. Thread-safe.
 */
final class Executor {
    private static @Nullable Executor current;

    private final String key;
    private final LightningAttention attention;
    private final @Nullable OpenJob job;
    private int users;
    private boolean replaced;

    /** A job and the memory of work on it. */
    private record OpenJob(JobFolder folder, PartitionWork work) {}

    private Executor(String key, LightningAttention attention, @Nullable OpenJob job) {
        this.key = key;
        this.attention = attention;
        this.job = job;
    }

    /** What a task does with a job. */
    interface Work<T> {
        T with(PartitionWork work, JobFolder folder) throws IOException;
    }

    /** What a task does with an attention. */
    interface Use<T> {
        T with(LightningAttention attention) throws Exception;
    }

    /** Opens what is not open. */
    private interface Opening {
        Executor open(String key, String device, int threads) throws IOException;
    }

    /**
     * Does the work of a task of a job.
     *
     * @param job its folder
     * @param device an id, in which {@code {gpu}} stands for the address of the task's GPU
     * @param clocks are told how long it took and what the device has to say
     */
    static <T> T run(String job, String device, PhaseClocks.Clock clocks, Work<T> work)
            throws IOException {
        Executor executor =
                use("job " + job, device, (key, id, threads) -> open(key, job, id, threads));
        try {
            OpenJob open = executor.job;
            if (open == null) {
                throw new IllegalStateException("a job has a key of its own");
            }
            long begin = System.nanoTime();
            T result = work.with(open.work, open.folder);
            clocks.add(System.nanoTime() - begin, open.work.takeKernelTime());
            notices(executor.attention).forEach(clocks::notice);
            return result;
        } finally {
            release(executor);
        }
    }

    private static List<String> notices(LightningAttention attention) {
        String id = attention.device().id();
        return attention.notices().stream().map(notice -> id + ": " + notice).toList();
    }

    /**
     * Does something with an attention.
     *
     * @param config as {@link ConfigText} prints it
     * @param device as in {@link #run}
     */
    static <T> T attend(String config, String device, Use<T> use) throws Exception {
        Executor executor =
                use(
                        "config " + config,
                        device,
                        (key, id, threads) ->
                                new Executor(
                                        key, open(ConfigText.parse(config), id, threads), null));
        try {
            return use.with(executor.attention);
        } finally {
            release(executor);
        }
    }

    private static LightningAttention open(AttentionConfig config, String device, int threads) {
        return LightningAttention.builder(config).device(device).threads(threads).open();
    }

    private static Executor open(String key, String job, String device, int threads)
            throws IOException {
        JobFolder folder = JobFolder.join(Path.of(job));
        try {
            LightningAttention attention = open(folder.job().config(), device, threads);
            return new Executor(
                    key,
                    attention,
                    new OpenJob(folder, new PartitionWork(folder.job(), attention)));
        } catch (RuntimeException | Error e) {
            folder.close();
            throw e;
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

    private static Executor use(String what, String device, Opening opening) throws IOException {
        TaskContext task = TaskContext.get();
        String id = resolved(device, task);
        synchronized (Executor.class) {
            String key = what + "\n" + id;
            Executor used = current;
            if (used == null || !used.key.equals(key)) {
                if (used != null) {
                    used.replaced = true;
                    used.closeIfUnused();
                }
                current = null;
                used = opening.open(key, id, task.cpus());
                current = used;
            }
            used.users++;
            return used;
        }
    }

    private static synchronized void release(Executor executor) throws IOException {
        executor.users--;
        executor.closeIfUnused();
    }

    private void closeIfUnused() throws IOException {
        if (replaced && users == 0) {
            if (job != null) {
                job.work.close();
            }
            attention.close();
            if (job != null) {
                job.folder.close();
            }
        }
    }
}
