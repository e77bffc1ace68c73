package io.github.lightning4j.tornado.generator;

import static io.github.lightning4j.tornado.generator.Layout.CHUNK;
import static io.github.lightning4j.tornado.generator.Layout.NARROW;

/**
 * The state Sᵀ, 64 × D, of which a warp has 32 × D/4 in registers as float32: from memory, into
 * local memory in 16 bits for Q S, over a chunk, and back to memory.
 */
final class TensorState {
    private final JavaText java;
    private final Elements elements;
    private final Warps warps;
    private final Layout at;

    TensorState(JavaText java, Elements elements, Warps warps, Layout at) {
        this.java = java;
        this.elements = elements;
        this.warps = warps;
        this.at = at;
    }

    /** The name of an element of Sᵀ: tile of rows, tile of columns, number within. */
    private static String s(int m, int n, int i) {
        return "s" + m + n + i;
    }

    /** Runs something for each element of Sᵀ that a thread has: its name, its row and column. */
    private void eachOfState(StateElement action) {
        for (int m = 0; m < 2; m++) {
            for (int n = 0; n < at.columnTiles(); n++) {
                for (int i = 0; i < 4; i++) {
                    action.at(s(m, n, i), 16 * m + 2 * (i / 2), 8 * n + i % 2);
                }
            }
        }
    }

    /** What is done with an element of Sᵀ: e and d count from the thread's first ones. */
    private interface StateElement {
        void at(String name, int e, int d);
    }

    /** Where a thread's elements of Sᵀ are in memory; {@code when} distinguishes the names. */
    private void stateLanes(String when) {
        // Before and after the loop anew: kept, the places would take 32 registers in it.
        java.line("int %sThread = thread + table.get(TensorTable.ZEROS);", when);
        java.line("int %sLane = %sThread & 31;", when, when);
        java.line(
                "int %sE = part * %d + 32 * (%sThread >> 7) + 4 * (%sLane >> 3) + ((%sLane >> 2) &"
                        + " 1);",
                when, CHUNK, when, when, when);
        java.line(
                "int %sD = %d * ((%sThread >> 5) & 3) + 2 * (%sLane & 3);",
                when, at.depth() / 4, when, when);
        java.line("int %sRowAway = stateRow + table.get(TensorTable.ZEROS);", when);
        java.line("int %sColumnAway = stateColumn + table.get(TensorTable.ZEROS);", when);
        java.line(
                "int %sAt = head * keyDim * valueDim + %sD * %sRowAway + %sE * %sColumnAway;",
                when, when, when, when, when);
    }

    /** Sᵀ = 0. */
    void zeros() {
        eachOfState((name, e, d) -> java.line("float %s = 0f;", name));
    }

    void initialState() {
        stateLanes("initial");
        java.line("int kept = 1 - table.get(TensorTable.FROM_ZERO);");
        eachOfState((name, e, d) -> {
            java.line("float %s = 0f;", name);
            java.line(
                    "if (kept == 1 && initialD + %d < keyDim && initialE + %d < valueDim) {", d, e);
            java.line(
                    "%s = state.get(initialAt + %d * initialRowAway + %d * initialColumnAway);",
                    name, d, e);
            java.line(
                    "before.set(initialAt + %d * initialRowAway + %d * initialColumnAway, %s);",
                    d, e, name);
            java.line("}");
        });
    }

    void finalState() {
        java.line("float bad = 0f;");
        eachOfState((name, e, d) -> java.line("bad = bad + %s * 0f;", name));
        report("bad");
        stateLanes("final");
        eachOfState((name, e, d) -> {
            java.line("if (finalD + %d < keyDim && finalE + %d < valueDim) {", d, e);
            java.line(
                    "state.set(finalAt + %d * finalRowAway + %d * finalColumnAway, %s);",
                    d, e, name);
            java.line("}");
        });
    }

    /** Reports a sum of products with 0 that is not 0. */
    void report(String sum) {
        java.line("if (%s != 0f) {", sum);
        java.line("receipts.set(Seals.NOT_FINITE, table.get(TensorTable.TICKET));");
        java.line("}");
    }

    /**
     * Puts Sᵀ into local memory in 16 bits.
     *
     * @param when distinguishes the names
     * @param thread the name of the thread's number
     */
    void storeState(String when, String thread) {
        java.line(
                "int %sRow = (32 * (%s >> 7) + ((%s & 31) >> 2)) * %d;",
                when, thread, thread, at.wide() / 4);
        java.line("int %sPiece = %d * ((%s >> 5) & 3);", when, at.columnTiles(), thread);
        java.line("int %sTurn = (%s & 31) >> 2;", when, thread);
        java.line("int %sWord = (%s & 3) + %d;", when, thread, at.state() / 4);
        for (int n = 0; n < at.columnTiles(); n++) {
            java.line(
                    "int %sTo%d = %sRow + (((%sPiece + %d) ^ %sTurn) << 2) + %sWord;",
                    when, n, when, when, n, when, when);
            for (int m = 0; m < 2; m++) {
                for (int i = 0; i < 2; i++) {
                    String word =
                            elements.pair(
                                    java,
                                    when + m + n + i,
                                    s(m, n, 2 * i) + " * one",
                                    s(m, n, 2 * i + 1) + " * one");
                    java.line(
                            "tile[%sTo%d + %d] = %s;",
                            when, n, (16 * m + 8 * i) * at.wide() / 4, word);
                }
            }
        }
    }

    /** Sᵀ = λ^n Sᵀ + (diag(λ^(n−1−j)) V)ᵀ K. */
    void updateState() {
        java.line("float fade = decay.get(power@ + TensorDecay.FADE + n@);");
        java.line("float keep = decay.get(power@ + TensorDecay.KEEP + n@);");
        for (int m = 0; m < 2; m++) {
            java.line(
                    "int wAt%d = l8@ * %d + ((((upper@ >> 3) + %d) << 4) ^ piecesB@) + %d;",
                    m, NARROW, 2 * m, at.state());
        }
        for (int n = 0; n < at.columnTiles(); n++) {
            java.line(
                    "int uAt%d = rowsA@ * %d + (((%d * quarter@ + %d) ^ l8@) << 4) + %d;",
                    n, at.wide(), at.columnTiles(), n, at.keys());
        }
        String[][] sum = new String[2][at.columnTiles()];
        for (int m = 0; m < 2; m++) {
            for (int n = 0; n < at.columnTiles(); n++) {
                String[] x = new String[4];
                for (int i = 0; i < 4; i++) {
                    x[i] = "fade * %s + keep * %s".formatted(s(m, n, i), s(m, n, i));
                }
                sum[m][n] = warps.of(x[0], x[1], x[2], x[3]);
            }
        }
        for (int j = 0; j < CHUNK / 16; j++) {
            update(j, sum);
        }
        for (int m = 0; m < 2; m++) {
            for (int n = 0; n < at.columnTiles(); n++) {
                String[] x = warps.read(sum[m][n]);
                for (int i = 0; i < 4; i++) {
                    java.line("%s = %s * one;", s(m, n, i), x[i]);
                }
            }
        }
    }

    /** A step of 16 tokens. */
    private void update(int j, String[][] sum) {
        String[] k = new String[at.columnTiles()];
        for (int n = 0; n < at.columnTiles(); n++) {
            k[n] = warps.load2Transposed("uAt%d + %d".formatted(n, 16 * j * at.wide()));
        }
        for (int m = 0; m < 2; m++) {
            String near = warps.load2Transposed("wAt%d + %d".formatted(m, 16 * j * NARROW));
            String far = warps.load2Transposed("wAt%d + %d".formatted(m, (16 * j + 8) * NARROW));
            warps.move(near, 0, "turned", 0, 4);
            warps.move(far, 0, "turned", 4, 4);
            for (int n = 0; n < at.columnTiles(); n++) {
                sum[m][n] = warps.addProduct(sum[m][n], "turned", k[n]);
            }
        }
    }
}
