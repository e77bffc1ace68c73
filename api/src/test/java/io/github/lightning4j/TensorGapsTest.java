package io.github.lightning4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.io.Npy;
import io.github.lightning4j.io.Safetensors;
import io.github.lightning4j.io.SafetensorsWriter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/** Parts of tensors with gaps between their elements. */
class TensorGapsTest {
    @TempDir Path folder;

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

    /** What a part must be. */
    private static Tensor copied(Tensor whole, int axis, long from, long to) {
        Tensor copy = Tensor.allocate(whole.dtype(), Shapes.with(whole.shape(), axis, to - from));
        copy.copyFrom(whole, axis, from);
        return copy;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void aPartOfAnyAxisHasTheElementsOfACopy(int axis) {
        for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.I32}) {
            Tensor whole = counting(dtype, 3, 4, 5, 4);
            Tensor part = whole.slice(axis, 1, 3);
            Tensor copy = copied(whole, axis, 1, 3);
            assertArrayEquals(copy.toDoubleArray(), part.toDoubleArray());
            assertArrayEquals(copy.toFloatArray(), part.toFloatArray());
            assertEquals(copy.get(1, 1, 1, 1), part.get(1, 1, 1, 1));
            assertEquals(axis == 0, part.isContiguous());
            Tensor again = Tensor.allocate(DType.F64, part.shape());
            again.copyFrom(part);
            assertArrayEquals(copy.toDoubleArray(), again.toDoubleArray());
        }
    }

    @Test
    void whatIsWrittenToAPartIsInTheWholeAndNothingElse() {
        Tensor whole = counting(DType.F32, 2, 3, 4);
        Tensor part = whole.slice(1, 1, 2);
        part.setDouble(5, -1);
        assertEquals(-1, whole.get(1, 1, 1));
        part.copyFrom(FloatBuffer.wrap(new float[] {90, 91, 92, 93, 94, 95, 96, 97}));
        part.slice(2, 0, 4).copyFrom(part);
        for (int i = 0; i < 24; i++) {
            boolean inside = i / 4 % 3 == 1;
            assertEquals(inside ? 90 + i / 12 * 4 + i % 4 : i, whole.getDouble(i));
        }
    }

    @Test
    void tokensAreThoseOfTheLayout() {
        Tensor whole = counting(DType.F32, 2, 3, 4, 5);
        assertArrayEquals(
                whole.slice(2, 1, 3).toFloatArray(),
                whole.tokens(Layout.HEADS_FIRST, 1, 3).toFloatArray());
        assertArrayEquals(
                whole.slice(1, 1, 3).toFloatArray(),
                whole.tokens(Layout.TOKENS_FIRST, 1, 3).toFloatArray());
        assertEquals("F32[2, 3, 2, 5]", whole.tokens(Layout.HEADS_FIRST, 1, 3).toString());
    }

    @Test
    void aPartOfAPartIsAPart() {
        Tensor whole = counting(DType.F32, 2, 3, 8, 2);
        Tensor part = whole.slice(2, 1, 7);
        assertArrayEquals(
                copied(whole, 2, 3, 5).toFloatArray(), part.slice(2, 2, 4).toFloatArray());
        Tensor batch = part.slice(0, 1, 2);
        assertArrayEquals(
                copied(copied(whole, 2, 1, 7), 0, 1, 2).toFloatArray(), batch.toFloatArray());
        Tensor head = batch.slice(1, 2, 3);
        assertTrue(head.isContiguous());
        assertEquals(12, head.segment().byteSize() / 4);
        assertEquals(0, part.slice(2, 3, 3).size());
        refused(
                IllegalArgumentException.class,
                "axis is 3; a part of it in F32[2, 3, 6, 2] would have gaps of two kinds, because"
                        + " that is a part of another axis: copy one of them with"
                        + " copyFrom(source, axis, from)",
                () -> part.slice(3, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> part.slice(1, 0, 1));
    }

    @Test
    void gapsAllowNoSegmentAndNoShapeAcrossThem() {
        Tensor part = counting(DType.F32, 2, 3, 8, 2).slice(2, 1, 7);
        refused(
                IllegalStateException.class,
                "F32[2, 3, 6, 2] is a part of a tensor, with gaps between its elements; copy it:"
                        + " allocate a tensor of its shape and call copyFrom",
                part::segment);
        assertArrayEquals(part.toFloatArray(), part.reshape(6, 12).toFloatArray());
        assertArrayEquals(part.toFloatArray(), part.reshape(1, 6, 3, 4).toFloatArray());
        refused(
                IllegalArgumentException.class,
                "shape is [72]; in F32[2, 3, 6, 2] there are gaps after every 12 elements, which"
                        + " must be all of the last axes: copy it with copyFrom(source)",
                () -> part.reshape(72));
        assertThrows(IllegalArgumentException.class, () -> part.reshape(3, 24));
        assertFalse(part.asReadOnly().isContiguous());
        assertThrows(IllegalArgumentException.class, () -> part.asReadOnly().setDouble(0, 1));
    }

    @Test
    void filesHaveTheElementsWithoutTheGaps() throws IOException {
        Tensor part = counting(DType.F32, 2, 4).slice(1, 1, 3);
        float[] elements = {1, 2, 5, 6};
        Path npy = folder.resolve("part.npy");
        Npy.write(npy, part);
        try (Npy file = Npy.open(npy)) {
            assertArrayEquals(elements, file.tensor().toFloatArray());
        }
        Path safetensors = folder.resolve("part.safetensors");
        SafetensorsWriter.write(safetensors, Map.of("part", part), Map.of());
        try (Safetensors file = Safetensors.open(safetensors)) {
            assertArrayEquals(elements, file.tensor("part").toFloatArray());
        }
    }

    /** Pieces of one tensor that lie between each other do not overlap; those that share do. */
    @ParameterizedTest
    @EnumSource(Layout.class)
    void partsOverlapWhereTheyShareElements(Layout layout) {
        Tensor whole = Tensor.allocate(DType.F32, 2, 6, 6, 4);
        Tensor output = whole.tokens(layout, 0, 3);
        TensorChecks.apart("output", output, "q", whole.tokens(layout, 3, 6));
        TensorChecks.apart("output", whole.tokens(layout, 3, 6), "q", output);
        for (Tensor input :
                new Tensor[] {whole, whole.tokens(layout, 2, 4), whole.slice(3, 3, 4), output}) {
            refused(
                    IllegalArgumentException.class,
                    "output overlaps q in memory",
                    () -> TensorChecks.apart("output", output, "q", input));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void statesHaveNoGaps(int axis) {
        Tensor whole = Tensor.allocate(DType.F32, Shapes.with(new long[] {2, 2, 2, 2}, axis, 4));
        Tensor part = whole.slice(axis, 1, 3);
        refused(
                IllegalArgumentException.class,
                "state is a part of a tensor, with gaps between its elements; copy it: allocate a"
                        + " tensor of its shape and call copyFrom",
                () -> AttentionState.of(part, new float[] {1, 2}, new long[2]));
    }
}
