package io.github.lightning4j.tornado.generator;

/**
 * The instructions of tensor cores as TornadoVM has them, and what can be made of them.
 *
 * <p>A warp multiplies a fragment A of 16 × 16 by a fragment B of 16 × 8 and adds C of 16 × 8, all
 * of them spread over the registers of its 32 lanes. Lane l has of C the rows l/4 and l/4 + 8, and
 * there the columns 2·(l mod 4) and the next one. What is written here of TornadoVM 5.2 is not
 * documented: kernels prove themselves against golden numbers when a device is opened.
 *
 * <ul>
 *   <li>{@code mmaLoadA} loads four matrices of 8 × 8, {@code mmaLoadB} two that it transposes.
 *       Their byte offset may differ from lane to lane: what they add for a lane is subtracted
 *       before, so that each lane names the row of 16 bytes that it wants.
 *   <li>The first two registers of what {@code mmaLoadA} loads serve as a B that is not transposed.
 *   <li>{@code swizzleLoadFp16Stride32} and its store move halves between registers, which the
 *       compiler does by renaming them.
 *   <li>{@code mmaStore} into a vector in registers makes C readable, each time at a place of its
 *       own; a {@code new float[4]} makes it writable.
 * </ul>
 */
final class Warps {
    private final JavaText java;
    private final Elements elements;
    private int names;
    private int reads;

    Warps(JavaText java, Elements elements) {
        this.java = java;
        this.elements = elements;
    }

    private String name(String prefix) {
        return prefix + names++;
    }

    /** What the loads add to a byte offset, by lane. */
    void declareLaneOffsets() {
        java.line("int lane = thread & 31;");
        java.line(
                "int addedA = (((((lane >> 3) & 1) << 3) + (lane & 7)) << 5) + ((lane >> 4) <<"
                        + " 4);");
        java.line("int addedB = ((lane & 7) << 4) + (((lane >> 3) & 1) << 7);");
        java.line("int fromRow = -(lane >> 2);");
        java.line("int fromColumn = -((lane & 3) << 1);");
    }

    /** Loads four matrices from the rows at these bytes. */
    String load4(String bytes) {
        String a = name("a");
        java.line("HalfFloat[] %s = context.mmaLoadA(tile, 16, (%s) - addedA);", a, bytes);
        return a;
    }

    /** Loads two matrices from the rows at these bytes and transposes each. */
    String load2Transposed(String bytes) {
        String b = name("b");
        java.line("HalfFloat[] %s = context.mmaLoadB(tile, 16, (%s) - addedB);", b, bytes);
        return b;
    }

    /** Reads a half of a fragment. */
    void load(String from, int at, String half) {
        java.line("HalfFloat %s = context.swizzleLoadFp16Stride32(%s, 0, %d, 1);", half, from, at);
    }

    /** Writes a half of a fragment. */
    void store(String half, String to, int at) {
        java.line("context.swizzleStoreFp16Stride32(%s, 0, %d, 1, %s);", to, at, half);
    }

    /** Moves halves, {@code count} of them. */
    void move(String from, int first, String to, int at, int count) {
        for (int i = 0; i < count; i++) {
            String half = name("h");
            load(from, first + i, half);
            store(half, to, at + i);
        }
    }

    /** A C of zeros. */
    String zeros() {
        String c = name("c");
        java.line("float[] %s = context.mmaFragment(0f);", c);
        return c;
    }

    /** A C of four numbers. */
    String of(String x0, String x1, String x2, String x3) {
        String c = name("c");
        java.line("float[] %s = new float[4];", c);
        java.line("%s[0] = %s;", c, x0);
        java.line("%s[1] = %s;", c, x1);
        java.line("%s[2] = %s;", c, x2);
        java.line("%s[3] = %s;", c, x3);
        return c;
    }

    /** C + A B. */
    String addProduct(String c, String a, String b) {
        String sum = name("c");
        java.line(
                "float[] %s = context.%s(%s, %s, %s, MMAShape.M16N8K16);",
                sum, elements.product(), a, b, c);
        return sum;
    }

    /** The four numbers of a C. */
    String[] read(String c) {
        int place = reads++;
        String low = name("v");
        String high = name("v");
        java.line(
                "context.mmaStore(%s, vectors.getArray(), fromRow, fromColumn + %d, 1);",
                c, 16 * place);
        java.line("Float4 %s = vectors.get(%d);", low, 4 * place + 1);
        java.line("Float4 %s = vectors.get(%d);", high, 4 * place + 3);
        return new String[] {low + ".getX()", low + ".getY()", high + ".getX()", high + ".getY()"};
    }
}
