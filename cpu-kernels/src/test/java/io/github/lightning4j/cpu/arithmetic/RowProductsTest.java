package io.github.lightning4j.cpu.arithmetic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

class RowProductsTest {
    private static final int ROWS_OF_X = 6;
    private static final int[] ROWS = {32, 31, 5, 1};
    private static final int[] COLUMNS = {256, 128, 100, 64, 33, 16, 3};

    private final SplittableRandom random = new SplittableRandom(8);

    static List<String> kernels() {
        return KernelLookup.instance().names();
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void areThoseOfTheDefinition(String name) {
        Kernels kernels = KernelLookup.instance().named(name).orElseThrow();
        Products products = kernels.products();
        float[] weights = floats(50);
        try (Arena arena = Arena.ofConfined()) {
            for (int rows : ROWS) {
                for (int columns : COLUMNS) {
                    Matrix m = normal(kernels, rows, columns);
                    StoredMatrix stored = stored(arena, m, kernels.lanes());
                    Matrix x = normal(kernels, ROWS_OF_X, rows);
                    Matrix y = Matrix.of(ROWS_OF_X, columns, kernels.lanes());
                    products.multiplyRows(weights, 3, x, stored, y);
                    assertEquals(ROWS_OF_X, y.rows());
                    assertEquals(columns, y.columns());
                    Matrix sums = y.copy();
                    products.addRow(x, stored, sums, 4);
                    Matrix z = normal(kernels, ROWS_OF_X, columns);
                    Matrix dots = Matrix.of(1, rows, kernels.lanes());
                    products.dots(stored, z, 5, weights, 2, dots);
                    for (int j = 0; j < columns; j++) {
                        for (int i = 0; i < ROWS_OF_X; i++) {
                            double expected = weights[3 + i] * dot(x, i, m, j);
                            assertEquals(expected, at(y, i, j), 1e-4);
                        }
                        double expected = at(y, 4, j) + dot(x, 0, m, j);
                        assertEquals(expected, at(sums, 4, j), 1e-4);
                    }
                    for (int i = 0; i < rows; i++) {
                        double expected = weights[2 + i] * dot(z, 5, m.t(), i);
                        assertEquals(expected, at(dots, 0, i), 1e-4);
                    }
                }
            }
        }
    }

    /** How many tokens a call has changes nothing about one of them. */
    @ParameterizedTest
    @MethodSource("kernels")
    void aRowAmongOthersIsThatRowAloneInBits(String name) {
        Kernels kernels = KernelLookup.instance().named(name).orElseThrow();
        float[] weights = floats(ROWS_OF_X);
        try (Arena arena = Arena.ofConfined()) {
            for (int columns : COLUMNS) {
                Matrix m = normal(kernels, 32, columns);
                StoredMatrix wide = stored(arena, m, kernels.lanes());
                StoredScaledMatrix narrow = narrowed(arena, m, kernels);
                Matrix x = normal(kernels, ROWS_OF_X, 32);
                Matrix y = Matrix.of(ROWS_OF_X, columns, kernels.lanes());
                Matrix z = Matrix.of(ROWS_OF_X, columns, kernels.lanes());
                kernels.products().multiplyRows(weights, 0, x, wide, y);
                kernels.products().multiplyRows(weights, 0, x, narrow, z);
                for (int i = 0; i < ROWS_OF_X; i++) {
                    Matrix row = row(kernels, x, i);
                    Matrix alone = Matrix.of(1, columns, kernels.lanes());
                    kernels.products().multiplyRows(weights, i, row, wide, alone);
                    assertArrayEquals(elements(y, i), elements(alone, 0));
                    kernels.products().multiplyRows(weights, i, row, narrow, alone);
                    assertArrayEquals(elements(z, i), elements(alone, 0));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void rowsTimesAScaledMatrixAreRowsTimesTheWideOne(String name) {
        Kernels kernels = KernelLookup.instance().named(name).orElseThrow();
        float[] weights = floats(ROWS_OF_X);
        try (Arena arena = Arena.ofConfined()) {
            for (int columns : COLUMNS) {
                Matrix m = normal(kernels, 32, columns);
                StoredScaledMatrix narrow = narrowed(arena, m, kernels);
                ScaledMatrix scaled = new ScaledMatrix(32, columns, kernels.lanes());
                narrow.read(scaled);
                kernels.elements().widen(scaled, m);
                Matrix x = normal(kernels, ROWS_OF_X, 32);
                Matrix actual = Matrix.of(ROWS_OF_X, columns, kernels.lanes());
                kernels.products().multiplyRows(weights, 0, x, narrow, actual);
                for (int i = 0; i < ROWS_OF_X; i++) {
                    for (int j = 0; j < columns; j++) {
                        assertEquals(weights[i] * dot(x, i, m, j), at(actual, i, j), 1e-4);
                    }
                }
            }
        }
    }

    /**
     * Otherwise the compiler may inline them where it has no room left for what loads are made of.
     */
    @Test
    void methodsThatLoadFromSegmentsAreTooLargeToBeInlined() throws IOException {
        byte[] bytes;
        try (InputStream in = VectorWidths.class.getResourceAsStream("VectorRowProducts.class")) {
            bytes = in.readAllBytes();
        }
        List<MethodModel> loading =
                ClassFile.of().parse(bytes).methods().stream()
                        .filter(method -> method.code().filter(RowProductsTest::loads).isPresent())
                        .toList();
        assertTrue(loading.size() > 3, "too few methods: " + loading);
        for (MethodModel method : loading) {
            int length = ((CodeAttribute) method.code().orElseThrow()).codeLength();
            assertTrue(
                    length > VectorRowProducts.TOO_LARGE_TO_INLINE,
                    method.methodName() + " has " + length + " bytes of code");
        }
    }

    private static boolean loads(CodeModel code) {
        return code.elementStream()
                .anyMatch(e ->
                        e instanceof InvokeInstruction call
                                && call.name().equalsString("fromMemorySegment"));
    }

    private static StoredMatrix stored(Arena arena, Matrix m, int lanes) {
        MemorySegment memory =
                arena.allocate(StoredMatrix.bytes(m.rows(), m.columns(), lanes), Long.SIZE);
        StoredMatrix stored = new StoredMatrix(memory, m.rows(), m.columns(), lanes);
        stored.write(m);
        return stored;
    }

    private static StoredScaledMatrix narrowed(Arena arena, Matrix m, Kernels kernels) {
        ScaledMatrix scaled = new ScaledMatrix(m.rows(), m.columns(), kernels.lanes());
        kernels.elements().narrow(m, scaled, 9);
        MemorySegment memory =
                arena.allocate(
                        StoredScaledMatrix.bytes(m.rows(), m.columns(), kernels.lanes()),
                        Long.SIZE);
        StoredScaledMatrix stored =
                new StoredScaledMatrix(memory, m.rows(), m.columns(), kernels.lanes());
        stored.write(scaled);
        return stored;
    }

    private static Matrix row(Kernels kernels, Matrix x, int i) {
        Matrix row = Matrix.of(1, x.columns(), kernels.lanes());
        System.arraycopy(x.floats(), i * x.rowStride(), row.floats(), 0, x.columns());
        return row;
    }

    private static float[] elements(Matrix y, int i) {
        return Arrays.copyOfRange(y.floats(), i * y.rowStride(), i * y.rowStride() + y.columns());
    }

    private static double dot(Matrix a, int i, Matrix b, int j) {
        double sum = 0;
        for (int l = 0; l < b.rows(); l++) {
            sum += (double) at(a, i, l) * at(b, l, j);
        }
        return sum;
    }

    private static float at(Matrix x, int i, int j) {
        return x.floats()[i * x.rowStride() + j * x.columnStride()];
    }

    private Matrix normal(Kernels kernels, int rows, int columns) {
        Matrix matrix = Matrix.of(rows, columns, kernels.lanes());
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                matrix.floats()[i * matrix.rowStride() + j] = (float) random.nextGaussian();
            }
        }
        return matrix;
    }

    private float[] floats(int length) {
        float[] x = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }
}
