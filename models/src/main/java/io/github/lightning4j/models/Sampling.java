package io.github.lightning4j.models;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * How the next token is chosen from logits. Immutable. Chances depend on the seed and on the
 * position in the conversation alone, so that a conversation that was taken back and continued
 * chooses the same again.
 *
 * @param temperature by which logits are divided, ≥ 0; 0 takes the largest one
 * @param topK how many of the largest logits are in question; 0 for all
 * @param topP how much probability the most probable of these must have together, in (0, 1]; the
 *     rest is not in question
 * @param seed of the chances
 */
public record Sampling(double temperature, int topK, double topP, long seed) {
    /** The largest logit, and of equal ones the first. */
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0);

    /** Checks the values. */
    public Sampling {
        if (!(temperature >= 0) || temperature == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "temperature is " + temperature + "; it must be finite and >= 0");
        }
        if (topK < 0) {
            throw new IllegalArgumentException("topK is " + topK + "; it must be >= 0");
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("topP is " + topP + "; it must be in (0, 1]");
        }
    }

    /**
     * Chooses.
     *
     * @param logits an array that holds them
     * @param from the logit of id 0 there
     * @param vocabulary how many there are
     * @param position of the token that is chosen, which decides its chance
     * @return an id
     * @throws IllegalArgumentException if a logit is NaN
     */
    public int choose(float[] logits, int from, int vocabulary, long position) {
        for (int id = 0; id < vocabulary; id++) {
            if (Float.isNaN(logits[from + id])) {
                throw new IllegalArgumentException("the logit of id " + id + " is NaN");
            }
        }
        if (temperature == 0) {
            int best = 0;
            for (int id = 1; id < vocabulary; id++) {
                best = logits[from + id] > logits[from + best] ? id : best;
            }
            return best;
        }
        long[] ranked = ranked(logits, from, vocabulary);
        int count = topK == 0 ? vocabulary : Math.min(topK, vocabulary);
        double[] weights = new double[count];
        double most = logits[from + id(ranked[0])];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            weights[i] = Math.exp((logits[from + id(ranked[i])] - most) / temperature);
            sum += weights[i];
        }
        double wanted = topP * sum;
        double nucleus = 0;
        int kept = 0;
        while (kept < count && (kept == 0 || nucleus < wanted)) {
            nucleus += weights[kept++];
        }
        double chance = new SplittableRandom(mixed(position)).nextDouble() * nucleus;
        int i = 0;
        for (; i < kept - 1 && chance >= weights[i]; i++) {
            chance -= weights[i];
        }
        return id(ranked[i]);
    }

    private long mixed(long position) {
        return new SplittableRandom(seed).nextLong() + position * 0x9E3779B97F4A7C15L;
    }

    /** Ids from the largest logit to the smallest, of equal ones the first id first. */
    private static long[] ranked(float[] logits, int from, int vocabulary) {
        long[] ranked = new long[vocabulary];
        for (int id = 0; id < vocabulary; id++) {
            int bits = Float.floatToIntBits(logits[from + id] + 0f);
            // As integers, negative floats are in the opposite order.
            int ascending = bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
            ranked[id] = ((long) ~ascending << 32) | id;
        }
        Arrays.sort(ranked);
        return ranked;
    }

    private static int id(long ranked) {
        return (int) ranked;
    }
}
