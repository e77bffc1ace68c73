package io.github.lightning4j.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** What is chosen from logits. */
class SamplingTest {
    private static final float[] LOGITS = {0, 2, -1, 2, 1, Float.NEGATIVE_INFINITY};
    private static final int DRAWS = 20_000;

    private static double[] shares(Sampling sampling) {
        double[] shares = new double[LOGITS.length];
        for (int i = 0; i < DRAWS; i++) {
            shares[sampling.choose(LOGITS, 0, LOGITS.length, i)] += 1.0 / DRAWS;
        }
        return shares;
    }

    @Test
    void greedyTakesTheFirstOfTheLargest() {
        assertEquals(1, Sampling.GREEDY.choose(LOGITS, 0, LOGITS.length, 0));
        assertEquals(1, Sampling.GREEDY.choose(LOGITS, 2, 3, 0));
    }

    @Test
    void sharesAreThoseOfSoftmaxAtTheTemperature() {
        double[] shares = shares(new Sampling(0.5, 0, 1, 7));
        double sum = 0;
        for (float logit : LOGITS) {
            sum += Math.exp(logit / 0.5);
        }
        for (int id = 0; id < LOGITS.length; id++) {
            assertEquals(Math.exp(LOGITS[id] / 0.5) / sum, shares[id], 0.015);
        }
        assertEquals(0, shares[5]);
    }

    @Test
    void topKLeavesTheLargestAndTopPTheMostProbable() {
        double[] two = shares(new Sampling(1, 2, 1, 7));
        assertEquals(1, two[1] + two[3], 1e-9);
        double[] three = shares(new Sampling(1, 3, 1, 7));
        assertTrue(three[4] > 0.1);
        assertEquals(0, three[0]);
        // e², e², e¹ of all are 0.42, 0.42, 0.16 of the three.
        double[] nucleus = shares(new Sampling(1, 3, 0.8, 7));
        assertEquals(0, nucleus[4]);
        assertEquals(1, shares(new Sampling(1, 0, 1e-9, 7))[1], 1e-9);
    }

    @Test
    void theSameSeedAndPositionChooseTheSame() {
        Sampling one = new Sampling(1, 0, 1, 7);
        Sampling other = new Sampling(1, 0, 1, 8);
        int differences = 0;
        for (int i = 0; i < 1000; i++) {
            int id = one.choose(LOGITS, 0, LOGITS.length, i);
            assertEquals(id, new Sampling(1, 0, 1, 7).choose(LOGITS, 0, LOGITS.length, i));
            differences += id == other.choose(LOGITS, 0, LOGITS.length, i) ? 0 : 1;
        }
        assertTrue(differences > 100, "seeds differ");
    }

    @Test
    void valuesOutOfRangeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Sampling(-1, 0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(Double.NaN, 0, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(1, -1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(1, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> new Sampling(1, 0, 1.1, 0));
        assertThrows(
                IllegalArgumentException.class,
                () -> Sampling.GREEDY.choose(new float[] {0, Float.NaN}, 0, 2, 0));
    }
}
