package io.github.lightning4j.conformance;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Random numbers that a failure can be replayed with: {@code -Dlightning.seed=…} replaces the seed
 * of every topic.
 */
public final class Seeds {
    private Seeds() {}

    /** The seed of a topic: that of the system property, or always the same one. */
    public static long of(String topic) {
        return Long.getLong("lightning.seed", topic.hashCode());
    }

    /** The generator of case number {@code index}. */
    public static RandomGenerator random(String topic, int index) {
        return new SplittableRandom(of(topic) * 0x9E3779B97F4A7C15L + index);
    }

    /** How to see this failure again. */
    public static String replay(String topic) {
        return "-Dlightning.seed=" + of(topic);
    }
}
