package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** The presets against numbers computed elsewhere, from the table of docs/algorithm.md. */
class DecayTest {
    static final List<Arguments> SLOPES =
            List.of(
                    of(new Decay.None(), 0, 0, 0),
                    of(new Decay.Alibi(), 0.00390625),
                    of(
                            new Decay.Alibi(),
                            0.5,
                            0.25,
                            0.125,
                            0.0625,
                            0.03125,
                            0.015625,
                            0.0078125,
                            0.00390625),
                    of(new Decay.Alibi(), 0.25, 0.0625, 0.015625, 0.00390625, 0.5, 0.125),
                    of(
                            new Decay.Alibi(),
                            0.5,
                            0.25,
                            0.125,
                            0.0625,
                            0.03125,
                            0.015625,
                            0.0078125,
                            0.00390625,
                            0.7071067811865476,
                            0.3535533905932738,
                            0.1767766952966369,
                            0.08838834764831845),
                    of(
                            new Decay.AlibiLayer(3, 8),
                            0.14285964285714284,
                            0.03571491071428571,
                            0.008928727678571427,
                            0.002232181919642857),
                    of(new Decay.AlibiLayer(7, 8), 2.5e-06, 6.25e-07, 1.5625e-07, 3.90625e-08),
                    of(
                            new Decay.AlibiLayer(0, 1),
                            0.2500025,
                            0.062500625,
                            0.01562515625,
                            0.0039062890625),
                    of(
                            new Decay.Transformers(5, 12),
                            0.2164679123040382,
                            0.08590534792719755,
                            0.03409155991733189,
                            0.013529244519002389,
                            0.005369084245449846,
                            0.002130722494833243),
                    of(
                            new Decay.Transformers(0, 1),
                            0.2500025,
                            0.062500625,
                            0.01562515625,
                            0.0039062890625),
                    of(
                            new Decay.Transformers(79, 80),
                            2.531645565612415e-06,
                            6.329113914031038e-07,
                            1.5822784785077594e-07,
                            3.9556961962693985e-08),
                    of(new Decay.Paper(2, 6), 0, 1.3333333333333335, 2.666666666666667, 4),
                    of(new Decay.Paper(0, 6), 0, 2.6666666666666665, 5.333333333333333),
                    of(
                            new Decay.Retention(),
                            0.0317486983145803,
                            0.015748356968139168,
                            0.007843177461025893,
                            0.003913899321136329,
                            0.0019550348358033506,
                            0.0009770396478266127,
                            0.0004884004981088745,
                            0.0002441704321739145));

    private static Arguments of(Decay decay, double... slopes) {
        return Arguments.of(decay, slopes);
    }

    @ParameterizedTest
    @FieldSource("SLOPES")
    void presetsAreTheirFormulas(Decay decay, double[] expected) {
        float[] actual = decay.slopes(expected.length);
        assertEquals(expected.length, actual.length);
        for (int h = 0; h < expected.length; h++) {
            assertEquals(expected[h], actual[h], expected[h] * 1e-7, decay + ", head " + h);
        }
    }

    @Test
    void explicitSlopesAreCopiedInAndOut() {
        float[] mine = {0.5f, 0, 8};
        Decay.Slopes decay = new Decay.Slopes(mine);
        mine[0] = 7;
        assertEquals(0.5f, decay.slopes(3)[0]);
        decay.slopes(3)[0] = 7;
        decay.values()[0] = 7;
        assertArrayEquals(new float[] {0.5f, 0, 8}, decay.slopes(3));
        assertEquals(new Decay.Slopes(0.5f, 0, 8), decay);
        assertEquals(new Decay.Slopes(0.5f, 0, 8).hashCode(), decay.hashCode());
        assertNotSame(decay.slopes(3), decay.slopes(3));
    }

    @ParameterizedTest
    @ValueSource(floats = {-1e-9f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void slopesAreFiniteAndNotNegative(float slope) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> new Decay.Slopes(0.5f, slope));
        assertEquals(
                "slope of head 1 is " + slope + "; it must be finite and >= 0", e.getMessage());
    }

    @Test
    void explicitSlopesAreForTheirNumberOfHeads() {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                AttentionConfig.builder(4, 8)
                                        .decay(new Decay.Slopes(1, 2, 3))
                                        .build());
        assertEquals("decay has 3 slopes; there are 4 heads", e.getMessage());
    }

    @Test
    void layersCountFromZero() {
        for (Runnable wrong :
                List.<Runnable>of(
                        () -> new Decay.AlibiLayer(8, 8),
                        () -> new Decay.Transformers(-1, 8),
                        () -> new Decay.Paper(0, 0))) {
            assertThrows(IllegalArgumentException.class, wrong::run);
        }
    }
}
