package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Elements in and out of memory. */
class TensorTest {
    @ParameterizedTest
    @EnumSource(DType.class)
    void whatIsStoredIsReadAtAnyAlignment(DType dtype) {
        for (int offset = 0; offset < 8; offset++) {
            MemorySegment memory = Arena.ofAuto().allocate(128).asSlice(offset, 6L * dtype.bytes());
            Tensor tensor = Tensor.of(dtype, memory, 2, 3);
            for (int i = 0; i < 6; i++) {
                tensor.setDouble(i, i - 3);
            }
            assertArrayEquals(new double[] {-3, -2, -1, 0, 1, 2}, tensor.toDoubleArray());
            assertArrayEquals(new float[] {-3, -2, -1, 0, 1, 2}, tensor.toFloatArray());
        }
    }

    @Test
    void memoryIsLittleEndian() {
        Tensor one = Tensor.ofFloats(new float[] {1});
        assertArrayEquals(
                new byte[] {0, 0, (byte) 0x80, 0x3F},
                one.segment().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    }

    @Test
    void everyBFloat16IsItselfThroughFloat() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = DType.bFloat16ToFloat((short) bits);
            short back = DType.floatToBFloat16(value);
            if (Float.isNaN(value)) {
                assertTrue(Float.isNaN(DType.bFloat16ToFloat(back)), "NaN stays NaN");
            } else {
                assertEquals((short) bits, back);
            }
        }
    }

    @Test
    void bFloat16RoundsToNearestEven() {
        assertEquals(0x3F80, DType.floatToBFloat16(1 + 0x1p-8f), "a tie goes down to even");
        assertEquals(0x3F82, DType.floatToBFloat16(1 + 3 * 0x1p-8f), "a tie goes up to even");
        assertEquals(0x3F81, DType.floatToBFloat16(1 + 0x1p-8f + 0x1p-20f), "past a tie goes up");
        assertEquals((short) 0xFF80, DType.floatToBFloat16(-Float.MAX_VALUE), "to infinity");
        assertTrue(
                Float.isNaN(
                        DType.bFloat16ToFloat(
                                DType.floatToBFloat16(Float.intBitsToFloat(0x7F800001)))),
                "a NaN of low bits only stays NaN");
    }

    @Test
    void emptyTensorsAndScalarsAreTensors() {
        assertEquals(0, Tensor.allocate(DType.F32, 3, 0, 1L << 62, 1L << 62).size());
        assertEquals(1, Tensor.allocate(DType.F32).size());
        assertEquals("F32[]", Tensor.allocate(DType.F32).toString());
    }

    @Test
    void shapesAreTheCallersOwn() {
        long[] shape = {2, 3};
        Tensor tensor = Tensor.allocate(DType.F32, shape);
        shape[0] = 9;
        tensor.shape()[0] = 9;
        assertEquals("F32[2, 3]", tensor.toString());
        assertThrows(IllegalArgumentException.class, () -> tensor.reshape(7));
        assertEquals(6, tensor.reshape(6).shape(0));
    }

    @Test
    void elementsOutsideAreRefused() {
        Tensor tensor = Tensor.allocate(DType.BF16, 4);
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.getDouble(4));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.setDouble(-1, 0));
        assertThrows(IllegalStateException.class, () -> tensor.getLong(0));
    }

    /** Their bytes would be those of element 0: index · bytes passes 2⁶⁴. */
    @ParameterizedTest
    @EnumSource
    void elementsFarOutsideAreRefused(DType dtype) {
        Tensor tensor = Tensor.allocate(dtype, 4);
        long far = Long.MIN_VALUE / dtype.bytes() * -2;
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.getDouble(far));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.setDouble(far, 1));
        if (!dtype.isFloatingPoint()) {
            assertThrows(IndexOutOfBoundsException.class, () -> tensor.getLong(far));
        }
        assertEquals(0, tensor.getDouble(0));
    }
}
