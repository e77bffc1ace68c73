package io.github.lightning4j.spark;

import java.time.Duration;

/**
 * What a run of a job on Spark did.
 *
 * @param partitions P
 * @param computed partitions whose results were not there before
 * @param tokens of these partitions
 * @param exchangedBytes of the states that partitions gave and got, without what Spark adds
 * @param time of the run
 */
public record SparkReport(
        int partitions, int computed, long tokens, long exchangedBytes, Duration time) {}
