package io.github.lightning4j.models.generator;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Writes the loops of products whose sums stay in vector registers: each sum is a variable of its
 * own, because the compiler puts an array of vectors on the heap. What a loop does stands in it,
 * because a method that returns a vector is not always inlined, and then puts it on the heap too.
 *
 * <p>All are the same loop, over the terms of rows of A times {@value #COLUMNS} rows of B. They
 * differ in the rows of A, and in where the rows of B come from and how they are widened.
 */
public final class GenerateTiles {
    private static final String PACKAGE = "io.github.lightning4j.models.arithmetic";
    private static final String CLASS = "VectorTiles";

    /** Rows of B in a tile. */
    private static final int COLUMNS = 4;

    /** How four rows of B are read; {@code @} stands for which of them. */
    private enum Source {
        FLOATS("float[] y, int q, int ldy", "FloatVector.fromArray(SPECIES, y, q + @ * ldy + l)"),
        FLOATS_IN_PLACE(
                "MemorySegment weights, long from, long stride",
                "FloatVector.fromMemorySegment(SPECIES, weights, from + @ * stride + 4L * l,"
                        + " LITTLE)"),
        B_FLOAT_16_IN_PLACE(
                "MemorySegment weights, long from, long stride",
                "((IntVector) ShortVector.fromMemorySegment(SHORTS, weights, from + @ * stride + 2L"
                        + " * l, LITTLE).convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS,"
                        + " 0)).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()");

        final String parameters;
        final String load;

        Source(String parameters, String load) {
            this.parameters = parameters;
            this.load = load;
        }
    }

    private final StringBuilder text = new StringBuilder();

    private GenerateTiles() {}

    /** Writes them below the folder that is the only argument. */
    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0], PACKAGE.split("\\.")).resolve(CLASS + ".java");
        Files.createDirectories(file.getParent());
        String text = new GenerateTiles().file();
        // An unchanged file keeps its time, so that nothing is compiled again.
        if (!Files.exists(file) || !Files.readString(file).equals(text)) {
            Files.writeString(file, text);
        }
    }

    private void line(String pattern, Object... values) {
        text.append(String.format(Locale.ROOT, pattern, values)).append('\n');
    }

    private String file() {
        line("package %s;", PACKAGE);
        line("import java.lang.foreign.MemorySegment;");
        line("import java.nio.ByteOrder;");
        line("import jdk.incubator.vector.FloatVector;");
        line("import jdk.incubator.vector.IntVector;");
        line("import jdk.incubator.vector.ShortVector;");
        line("import jdk.incubator.vector.VectorOperators;");
        line("import jdk.incubator.vector.VectorShape;");
        line("import jdk.incubator.vector.VectorSpecies;");
        line("/** Sums of products in registers; the build writes this file. */");
        line("final class %s {", CLASS);
        line("    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;");
        line(
                "    private static final VectorSpecies<Integer> INTS ="
                        + " SPECIES.withLanes(int.class);");
        line(
                "    private static final VectorSpecies<Short> SHORTS ="
                        + " VectorSpecies.of(short.class,");
        line("        VectorShape.forBitSize(Math.max(64, SPECIES.vectorBitSize() / 2)));");
        line("    private static final int W = SPECIES.length();");
        line("    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;");
        line("    private %s() {}", CLASS);
        loop("sixByFour", 6, Source.FLOATS);
        loop("twoByFour", 2, Source.FLOATS);
        loop("oneByFour", 1, Source.FLOATS);
        loop("float32InPlace", 1, Source.FLOATS_IN_PLACE);
        loop("bFloat16InPlace", 1, Source.B_FLOAT_16_IN_PLACE);
        line("}");
        return text.toString();
    }

    /** Sums {@code s<row of A><row of B>}, and at the end all of them in an array. */
    private void loop(String name, int rows, Source source) {
        line("    static void %s(", name);
        line(
                "            float[] x, int p, int ldx, %s, int whole, float[] sums) {",
                source.parameters);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < COLUMNS; c++) {
                line("        FloatVector s%d%d = FloatVector.zero(SPECIES);", r, c);
            }
        }
        line("        for (int l = 0; l < whole; l += W) {");
        for (int c = 0; c < COLUMNS; c++) {
            line("            FloatVector b%d = %s;", c, source.load.replace("@", "" + c));
        }
        for (int r = 0; r < rows; r++) {
            line(
                    "            FloatVector a%d = FloatVector.fromArray(SPECIES, x, p + %d * ldx +"
                            + " l);",
                    r, r);
            for (int c = 0; c < COLUMNS; c++) {
                line("            s%d%d = a%d.fma(b%d, s%d%d);", r, c, r, c, r, c);
            }
        }
        line("        }");
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < COLUMNS; c++) {
                line("        s%d%d.intoArray(sums, %d * W);", r, c, COLUMNS * r + c);
            }
        }
        line("    }");
    }
}
