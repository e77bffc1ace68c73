package io.github.lightning4j.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.DType;
import io.github.lightning4j.Tensor;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The measure and the gates themselves. */
class RelativeErrorTest {
    @Test
    void theErrorIsTheNormOfTheDifferenceOverTheNormOfTheReference() {
        RelativeError error = new RelativeError();
        error.add(3.3, 3);
        error.add(4.4, 4);
        assertEquals(0.1, error.value(), 1e-15);
        assertEquals(
                0.1,
                RelativeError.of(
                        Tensor.ofFloats(new float[] {3.3f, 4.4f}, 2),
                        Tensor.ofFloats(new float[] {3, 4}, 2)),
                1e-7);
    }

    @Test
    void allZerosAreWrongByOne() {
        RelativeError error = new RelativeError();
        error.add(new double[2][2], new double[][] {{1, 2}, {3, 4}});
        assertEquals(1, error.value());
        assertFalse(Gate.passes(error.value(), Gate.BF16.output(1)));
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void oneElementThatIsNoNumberFailsEveryGate(double value) {
        for (double expected : new double[] {0, 1, value}) {
            RelativeError error = new RelativeError();
            for (int i = 0; i < 1000; i++) {
                error.add(1, 1);
            }
            error.add(value, expected);
            for (Gate gate : Gate.values()) {
                assertFalse(Gate.passes(error.value(), gate.output(Long.MAX_VALUE)));
                assertFalse(Gate.passes(error.value(), gate.state()));
                assertFalse(Gate.passes(error.value(), gate.gradients()));
            }
        }
    }

    @Test
    void aReferenceOfZerosIsMetExactlyOrNotAtAll() {
        RelativeError met = new RelativeError();
        met.add(0, 0);
        met.add(-0.0, 0);
        assertEquals(0, met.value());
        RelativeError missed = new RelativeError();
        missed.add(1e-30, 0);
        assertEquals(Double.POSITIVE_INFINITY, missed.value());
    }

    @Test
    void nothingComparedIsNoError() {
        assertEquals(0, new RelativeError().value());
    }

    @Test
    void tensorsOfOtherSizesAreNotCompared() {
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        RelativeError.of(
                                Tensor.allocate(DType.F32, 3), Tensor.allocate(DType.F32, 4)));
    }

    @ParameterizedTest
    @EnumSource(Gate.class)
    void anErrorPassesUpToItsBoundAndNaNNever(Gate gate) {
        double bound = gate.output(128);
        assertTrue(Gate.passes(bound, bound));
        assertTrue(Gate.passes(0, bound));
        assertFalse(Gate.passes(Math.nextUp(bound), bound));
        assertFalse(Gate.passes(Double.NaN, bound));
        assertFalse(Gate.passes(Double.NaN, Double.POSITIVE_INFINITY));
    }

    @Test
    void gatesAreThoseOfTheContract() {
        assertEquals(2e-6, Gate.F32.output(1), 1e-20);
        assertEquals(2e-6, Gate.F32.output(64), 1e-20);
        assertEquals(4e-6, Gate.F32.output(256), 1e-20);
        assertEquals(1e-5, Gate.F32.output(1600), 1e-20);
        assertEquals(1e-5, Gate.F32.output(1 << 20), 1e-20);
        assertEquals(1e-5, Gate.F32.state());
        assertEquals(2e-5, Gate.F32.gradients());
        assertEquals(5e-3, Gate.BF16.output(1 << 20));
        assertEquals(3e-3, Gate.BF16.state());
        assertEquals(1e-2, Gate.BF16.gradients());
        assertEquals(1e-3, Gate.F16.output(1));
        assertEquals(1e-3, Gate.F16.state());
        assertEquals(3e-3, Gate.F16.gradients());
    }

    @Test
    void everyAttentionTypeHasAGate() {
        for (DType type : DType.values()) {
            if (type.isAttentionType()) {
                assertEquals(type.name(), Gate.of(type).name());
            } else {
                assertThrows(IllegalArgumentException.class, () -> Gate.of(type));
            }
        }
    }
}
