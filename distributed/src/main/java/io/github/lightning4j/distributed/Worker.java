package io.github.lightning4j.distributed;

import io.github.lightning4j.AttentionConfig;
import io.github.lightning4j.LightningAttention;
import io.github.lightning4j.io.Quoted;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;

/**
 * The side of a job in a process of its own: reads which partitions to compute, a line each, and
 * answers each with a line. It ends with its input, so that it does not outlive the process that
 * started it, whatever becomes of that.
 *
 * <p>Lines that do not begin with {@code lightning4j-worker} are nobody's: native code of drivers
 * prints what it likes.
 */
public final class Worker {
    /** What answers begin with. */
    static final String ANSWER = "lightning4j-worker ";

    /** The device is open. */
    static final String READY = ANSWER + "ready";

    /** Followed by the task and, where the device gives it, the time of its kernels. */
    static final String DONE = ANSWER + "done ";

    /** Followed by {@code file} or {@code device}, and the reason. */
    static final String FAILED = ANSWER + "failed ";

    private static final String END = "";

    private Worker() {}

    /**
     * Works on partitions until there are no more lines.
     *
     * @param folder of the job
     * @param opening opens the device
     * @param in from the process that runs the job
     * @param out to it
     */
    public static void serve(
            Path folder,
            Function<AttentionConfig, LightningAttention> opening,
            BufferedReader in,
            PrintWriter out) {
        LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
        Working working = new Working(Thread.currentThread());
        Thread.ofPlatform()
                .daemon()
                .name("lightning4j-worker-input")
                .start(() -> read(in, lines, working));
        try (JobFolder joined = JobFolder.join(folder);
                LightningAttention device = opening.apply(joined.job().config());
                PartitionWork work = new PartitionWork(joined.job(), device)) {
            answer(out, READY);
            while (true) {
                String line = lines.take();
                if (line.equals(END)) {
                    return;
                }
                answer(out, DONE + Task.parse(line).run(joined, work));
            }
        } catch (InterruptedException e) {
            // The input has ended.
        } catch (Throwable e) {
            // Whatever it is, the other side must know why this one ends.
            answer(out, FAILED + (isOfFile(e) ? "file " : "device ") + reason(e));
        } finally {
            working.end();
        }
    }

    /** Whose work ends when the input does, and not what it does afterwards. */
    private static final class Working {
        private final Thread thread;
        private boolean ended;

        Working(Thread thread) {
            this.thread = thread;
        }

        synchronized void interrupt() {
            if (!ended) {
                thread.interrupt();
            }
        }

        synchronized void end() {
            ended = true;
            boolean _ = Thread.interrupted();
        }
    }

    private static void read(
            BufferedReader in, LinkedBlockingQueue<String> lines, Working working) {
        try (in) {
            in.lines().forEach(lines::add);
        } catch (IOException | UncheckedIOException e) {
            // As good as the end.
        }
        lines.add(END);
        working.interrupt();
    }

    private static boolean isOfFile(Throwable e) {
        return e instanceof IOException || e instanceof UncheckedIOException;
    }

    private static String reason(Throwable e) {
        String message = e.getMessage();
        return Quoted.line(e instanceof Error || message == null ? String.valueOf(e) : message);
    }

    private static void answer(PrintWriter out, String line) {
        out.println(line);
        out.flush();
    }

    /**
     * Serves a process that was started by {@link WorkerLauncher#ofThisJava}.
     *
     * @param args the folder, the device and the number of threads
     */
    public static void main(String[] args) {
        serve(
                Path.of(args[0]),
                config ->
                        LightningAttention.builder(config)
                                .device(args[1])
                                .threads(Integer.parseInt(args[2]))
                                .open(),
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
                new PrintWriter(System.out, true, StandardCharsets.UTF_8));
    }
}
