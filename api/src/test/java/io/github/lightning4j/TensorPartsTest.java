package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Buffers as tensors, parts of tensors, and copies from one to another. */
class TensorPartsTest {
    private static Tensor counting(DType dtype, long... shape) {
        Tensor tensor = Tensor.allocate(dtype, shape);
        for (long i = 0; i < tensor.size(); i++) {
            tensor.setDouble(i, i);
        }
        return tensor;
    }

    private static void refused(Class<? extends Exception> type, String message, Runnable call) {
        assertEquals(message, assertThrows(type, call::run).getMessage());
    }

    private static FloatBuffer direct(ByteOrder order, float... values) {
        FloatBuffer floats =
                ByteBuffer.allocateDirect(4 * values.length).order(order).asFloatBuffer();
        return floats.put(values).flip();
    }

    @Test
    void theRestOfABufferIsATensorWithoutACopy() {
        FloatBuffer buffer = direct(ByteOrder.LITTLE_ENDIAN, 9, 1, 2, 3, 4, 9);
        buffer.position(1).limit(5);
        Tensor tensor = Tensor.ofBuffer(buffer, 2, 2);
        assertArrayEquals(new float[] {1, 2, 3, 4}, tensor.toFloatArray());
        buffer.put(1, 7);
        assertEquals(7, tensor.get(0, 0));
        tensor.setDouble(3, 8);
        assertEquals(8, buffer.get(4));
        assertEquals(4, buffer.remaining());
        assertTrue(Tensor.ofBuffer(buffer.asReadOnlyBuffer(), 4).segment().isReadOnly());
        refused(
                IllegalArgumentException.class,
                "memory has 16 bytes; a tensor F32[3] needs 12",
                () -> Tensor.ofBuffer(buffer, 3));
    }

    @Test
    void bytesAreOfTheOrderTheySay() {
        ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(0, 5);
        assertEquals(5, Tensor.ofBuffer(DType.I64, bytes, 1).getLong(0));
        String refusal =
                "buffer is BIG_ENDIAN; it must be LITTLE_ENDIAN: call"
                        + " order(ByteOrder.LITTLE_ENDIAN) on the ByteBuffer, or copy its floats"
                        + " with Tensor.copyFrom";
        refused(
                IllegalArgumentException.class,
                refusal,
                () -> Tensor.ofBuffer(DType.I64, ByteBuffer.allocate(8), 1));
        refused(
                IllegalArgumentException.class,
                refusal,
                () -> Tensor.ofBuffer(direct(ByteOrder.BIG_ENDIAN, 1), 1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void floatsOfEitherOrderAreCopied(boolean isBig) {
        ByteOrder order = isBig ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        FloatBuffer buffer = direct(order, 9, 1, -2.5f, 3).position(1);
        for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.F64}) {
            Tensor tensor = Tensor.allocate(dtype, 3);
            tensor.copyFrom(buffer);
            assertArrayEquals(new double[] {1, -2.5, 3}, tensor.toDoubleArray());
        }
        assertEquals(3, buffer.remaining());
        refused(
                IllegalArgumentException.class,
                "there are 3 floats of the buffer; F32[2] needs 2",
                () -> Tensor.allocate(DType.F32, 2).copyFrom(buffer));
        refused(
                IllegalArgumentException.class,
                "F32[3] is read-only; it must be writable",
                () -> Tensor.allocate(DType.F32, 3).asReadOnly().copyFrom(buffer));
    }

    @Test
    void anElementHasAPlace() {
        Tensor tensor = counting(DType.F16, 2, 3, 4);
        assertEquals(0, tensor.get(0, 0, 0));
        assertEquals(23, tensor.get(1, 2, 3));
        assertEquals(4 + 2, tensor.get(0, 1, 2));
        assertEquals(5, counting(DType.F32, 6).get(5));
        refused(
                IndexOutOfBoundsException.class,
                "index of axis 1 is 3; it must be 0 ... 2",
                () -> tensor.get(0, 3, 0));
        refused(
                IllegalArgumentException.class,
                "place is [1, 2]; in shape [2, 3, 4] it must have 3 indices",
                () -> tensor.get(1, 2));
    }

    @Test
    void partsThatLieTogetherShareTheirElements() {
        Tensor tensor = counting(DType.F32, 1, 5, 2);
        Tensor part = tensor.slice(1, 2, 4);
        assertEquals("F32[1, 2, 2]", part.toString());
        assertArrayEquals(new float[] {4, 5, 6, 7}, part.toFloatArray());
        part.setDouble(0, 99);
        assertEquals(99, tensor.get(0, 2, 0));
        assertEquals("F32[1, 0, 2]", tensor.slice(1, 5, 5).toString());
        assertEquals("I64[0, 3]", counting(DType.I64, 0, 3).slice(0, 0, 0).toString());
        refused(
                IndexOutOfBoundsException.class,
                "slice is 4 ... 6 of axis 1; in shape [1, 5, 2] it must lie in 0 ... 5",
                () -> tensor.slice(1, 4, 6));
        refused(
                IndexOutOfBoundsException.class,
                "axis is 3; it must be 0 ... 2",
                () -> tensor.slice(3, 0, 1));
    }

    @Test
    void copiesAreRoundedToTheDtype() {
        Tensor source = Tensor.ofFloats(new float[] {1, 1 + 0x1p-9f, -3}, 3);
        for (DType dtype : DType.values()) {
            Tensor copy = Tensor.allocate(dtype, 3);
            Tensor expected = Tensor.allocate(dtype, 3);
            for (int i = 0; i < 3; i++) {
                expected.setDouble(i, source.getDouble(i));
            }
            copy.copyFrom(source);
            assertArrayEquals(expected.toDoubleArray(), copy.toDoubleArray());
        }
        refused(
                IllegalArgumentException.class,
                "source is F32[3]; it must have the shape [1, 3]",
                () -> Tensor.allocate(DType.F32, 1, 3).copyFrom(source));
        refused(
                IllegalArgumentException.class,
                "F32[3] is read-only; it must be writable",
                () -> source.asReadOnly().copyFrom(source));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void partsOfAnyAxisAreCopied(int axis) {
        Tensor whole = counting(DType.F32, 4, 5, 6);
        long[] shape = whole.shape();
        shape[axis] = 2;
        Tensor part = Tensor.allocate(DType.BF16, shape);
        part.copyFrom(whole, axis, 1);
        for (long i = 0; i < shape[0]; i++) {
            for (long j = 0; j < shape[1]; j++) {
                for (long k = 0; k < shape[2]; k++) {
                    long[] there = {i, j, k};
                    there[axis]++;
                    assertEquals(whole.get(there), part.get(i, j, k));
                }
            }
        }
        Tensor last = Tensor.allocate(DType.F32, shape);
        last.copyFrom(whole, axis, whole.shape(axis) - 2);
        assertEquals(119, last.getDouble(last.size() - 1));
        long past = whole.shape(axis) - 1;
        refused(
                IllegalArgumentException.class,
                "source is F32[4, 5, 6]; from %d of axis %d on it must have %s"
                        .formatted(past, axis, last),
                () -> last.copyFrom(whole, axis, past));
    }

    @Test
    void aPartOfSomethingElseIsRefused() {
        Tensor target = Tensor.allocate(DType.F32, 2, 3);
        for (Tensor source :
                new Tensor[] {
                    counting(DType.F32, 5), counting(DType.F32, 5, 4), counting(DType.F32, 1, 3)
                }) {
            refused(
                    IllegalArgumentException.class,
                    "source is " + source + "; from 0 of axis 0 on it must have F32[2, 3]",
                    () -> target.copyFrom(source, 0, 0));
        }
        Tensor none = Tensor.allocate(DType.F32, 0, 3);
        none.copyFrom(counting(DType.F32, 5, 3), 0, 5);
    }
}
