package io.github.lightning4j.spark;

import io.github.lightning4j.distributed.Phase;

import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.storage.RDDInfo;

import scala.jdk.javaapi.CollectionConverters;

import java.util.concurrent.atomic.AtomicInteger;

/** Kills the executor of the first task of a phase when that begins. */
final class KillsInPhase extends SparkListener {
    private final Cluster cluster;
    private final String data;
    private final AtomicInteger killed = new AtomicInteger();
    private int stage = -1;

    KillsInPhase(Cluster cluster, Phase phase) {
        this.cluster = cluster;
        data = StageTimes.name(phase);
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted event) {
        for (RDDInfo info : CollectionConverters.asJava(event.stageInfo().rddInfos())) {
            if (data.equals(info.name())) {
                stage = event.stageInfo().stageId();
            }
        }
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart event) {
        if (event.stageId() == stage && killed.get() == 0) {
            for (ProcessHandle executor : cluster.executors(event.taskInfo().host())) {
                killed.incrementAndGet();
                executor.destroyForcibly();
            }
        }
    }

    /** How many executors were killed. */
    int killed() {
        return killed.get();
    }
}
