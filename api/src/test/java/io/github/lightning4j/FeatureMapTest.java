package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Feature maps and their slopes. */
class FeatureMapTest {
    @ParameterizedTest
    @EnumSource(FeatureMap.class)
    void theDerivativeIsTheCentralDifference(FeatureMap map) {
        double step = 1e-6;
        for (double x = -30.05; x < 30; x += 0.1) {
            double difference = (map.apply(x + step) - map.apply(x - step)) / (2 * step);
            assertEquals(difference, map.derivative(x), 1e-6, map + " at " + x);
        }
    }

    @ParameterizedTest
    @EnumSource(FeatureMap.class)
    void valuesAreThoseOfTheirDefinition(FeatureMap map) {
        double[] expected =
                switch (map) {
                    case IDENTITY -> new double[] {-800, -2, 0, 2, 800};
                    case SILU -> new double[] {0, -0.2384058440442351, 0, 1.7615941559557649, 800};
                    case ELU_PLUS_ONE -> new double[] {0, 0.1353352832366127, 1, 3, 801};
                    case RELU -> new double[] {0, 0, 0, 2, 800};
                };
        double[] at = {-800, -2, 0, 2, 800};
        for (int i = 0; i < at.length; i++) {
            assertEquals(expected[i], map.apply(at[i]), 1e-15, map + " at " + at[i]);
        }
    }
}
