package io.github.lightning4j.distributed;

import io.github.lightning4j.Tensor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One phase of one partition: what is done by one worker, and done again if that worker dies.
 *
 * @param phase one in which partitions are computed
 * @param partition which
 */
record Task(Phase phase, int partition) {
    /**
     * A task that was done.
     *
     * @param task which
     * @param kernelTime what its device's kernels took; null where it gave none
     */
    record Done(Task task, @Nullable Duration kernelTime) {
        private static final Pattern TEXT =
                Pattern.compile("([a-z]+ [0-9]{1,9})(?: kernels ([0-9]{1,18}))?");

        /** As a worker sends it. */
        @Override
        public String toString() {
            return kernelTime == null ? task.toString() : task + " kernels " + kernelTime.toNanos();
        }

        /** Reads what was sent. */
        static Done parse(String text) {
            Matcher matcher = TEXT.matcher(text);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("there is no answer " + text);
            }
            String nanos = matcher.group(2);
            return new Done(
                    Task.parse(matcher.group(1)),
                    nanos == null ? null : Duration.ofNanos(Long.parseLong(nanos)));
        }
    }

    private static final Pattern TEXT = Pattern.compile("(states|gradients|parts) ([0-9]{1,9})");

    /** Computes it, and puts what it gives into the folder. */
    Done run(JobFolder folder, PartitionWork work) throws IOException {
        SequencePlan plan = folder.job().plan();
        switch (phase) {
            case STATES -> folder.put(Exchange.LOCAL_STATE, partition, work.localState(partition));
            case GRADIENTS ->
                    folder.put(Exchange.LOCAL_GRADIENT, partition, work.localGradient(partition));
            case PARTS -> {
                boolean backward = folder.job().direction() == Direction.BACKWARD;
                work.part(
                        partition,
                        got(folder, Exchange.INCOMING_STATE, plan.comesIn(partition)),
                        got(folder, Exchange.OUTGOING_GRADIENT, backward && plan.goesOn(partition)),
                        folder.part(partition));
            }
            default -> throw new IllegalStateException(phase + " is not computed by partitions");
        }
        return new Done(this, work.takeKernelTime().orElse(null));
    }

    private @Nullable Tensor got(JobFolder folder, Exchange kind, boolean needed)
            throws IOException {
        return needed ? folder.get(kind, partition) : null;
    }

    /** As it is sent to a worker. */
    @Override
    public String toString() {
        return phase.name().toLowerCase(Locale.ROOT) + " " + partition;
    }

    /** Reads what was sent. */
    static Task parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("there is no task " + text);
        }
        return new Task(
                Phase.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)),
                Integer.parseInt(matcher.group(2)));
    }
}
