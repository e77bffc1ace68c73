package io.github.lightning4j.spark;

import io.github.lightning4j.distributed.JobReport;
import io.github.lightning4j.distributed.Phase;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What a run of a job on Spark did.
 *
 * @param job what was computed; the bytes are without what Spark adds, phases are Spark's stages,
 *     and of a backward pass some of them run at the same time
 * @param taskTimes what tasks took in each phase, on all executors together and those too that ran
 *     twice, without what Spark does around them
 * @param notices what devices have to say, such as that one has no vectors
 */
public record SparkReport(JobReport job, Map<Phase, Duration> taskTimes, List<String> notices) {
    /** Copies what it has. */
    public SparkReport {
        taskTimes = Map.copyOf(taskTimes);
        notices = List.copyOf(notices);
    }
}
