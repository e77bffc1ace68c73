package io.github.lightning4j.spark;

import io.github.lightning4j.distributed.Phase;

import org.apache.spark.rdd.RDD;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.storage.RDDInfo;

import scala.jdk.javaapi.CollectionConverters;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** How long the stages of one job took, by phase. Thread-safe. */
final class StageTimes extends SparkListener {
    /** Only a context that is going down does not tell that a job has ended. */
    private static final long PATIENCE_SECONDS = 10;

    private final Map<Integer, Phase> phases = new HashMap<>();
    private final Map<Phase, Duration> times = new EnumMap<>(Phase.class);
    private final CountDownLatch ended = new CountDownLatch(1);

    /** Says in which phase a data set is computed, which Spark's pages then show too. */
    synchronized void of(Phase phase, RDD<?> data) {
        RDD<?> _ = data.setName(name(phase));
        phases.put(data.id(), phase);
    }

    /** What a data set is called that is computed in a phase. */
    static String name(Phase phase) {
        return "lightning4j " + phase.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    @Override
    public synchronized void onStageCompleted(SparkListenerStageCompleted event) {
        StageInfo stage = event.stageInfo();
        if (stage.submissionTime().isEmpty() || stage.completionTime().isEmpty()) {
            return;
        }
        long begin = (Long) stage.submissionTime().get();
        long end = (Long) stage.completionTime().get();
        for (RDDInfo data : CollectionConverters.asJava(stage.rddInfos())) {
            Phase phase = phases.get(data.id());
            if (phase != null) {
                // A stage that lost its results runs again.
                times.merge(phase, Duration.ofMillis(end - begin), Duration::plus);
            }
        }
    }

    @Override
    public void onJobEnd(SparkListenerJobEnd event) {
        ended.countDown();
    }

    /** The times of a job that has ended, once they have been told. */
    Map<Phase, Duration> times() throws InterruptedException {
        boolean _ = ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        synchronized (this) {
            return new EnumMap<>(times);
        }
    }
}
