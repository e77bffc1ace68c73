package io.github.lightning4j.conformance;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Random numbers that a failure can be replayed with: {@code -Dlightning.seed=…} replaces the seed
 * of every topic.
 */
public final class Seeds {
    private Seeds() {}

    /**
     * The seed of a topic: that of the system property, or always the same one.
     *
     * @param topic what the numbers are for
     * @return the seed
     */
    public static long of(String topic) {
        return Long.getLong("lightning.seed", topic.hashCode());
    }

    /**
     * The generator of a case.
     *
     * @param topic what the numbers are for
     * @param index the number of the case
     * @return a new generator, which gives the same numbers in every run
     */
    public static RandomGenerator random(String topic, int index) {
        return new SplittableRandom(of(topic) * 0x9E3779B97F4A7C15L + index);
    }

    /**
     * How to see a failure again, for the name of a law.
     *
     * @param topic what the numbers are for
     * @return an option of the JVM
     */
    public static String replay(String topic) {
        return "-Dlightning.seed=" + of(topic);
    }
}
