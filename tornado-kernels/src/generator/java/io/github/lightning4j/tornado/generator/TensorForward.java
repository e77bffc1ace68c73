package io.github.lightning4j.tornado.generator;

import static io.github.lightning4j.tornado.generator.Layout.CHUNK;
import static io.github.lightning4j.tornado.generator.Layout.NARROW;

/**
 * The forward pass on tensor cores, from which {@link GenerateKernels} writes Java without loops
 * over registers. With the letters of the algorithm, for a chunk of L = 64 tokens and 64 columns of
 * V:
 *
 * <pre>
 *   P  = (Q Kᵀ) ⊙ c·A                          A[i,j] = λ^(i−j) for i ≥ j, else 0
 *   O  = diag(c·λ^(i+1)) Q S + P V
 *   Sᵀ = λ^n Sᵀ + (diag(λ^(n−1−j)) V)ᵀ K       n tokens of the chunk, at most L
 * </pre>
 *
 * <p>A group of 8 warps has a head of a piece of a sequence and 64 columns of V, and walks through
 * the chunks. Sᵀ stays in registers as float32, 32 × D/4 a warp; its copy in 16 bits is for Q S.
 * Products of rows by columns are tiles of 32 × 16, warps in 2 × 4. {@link Layout} has the local
 * memory, {@link TensorRows} the way of Q, K and V, {@link TensorState} that of S. {@link
 * TensorStates} is the same without Q, for pieces whose states are not known yet.
 *
 * <p>Columns of V are permuted in each 16 so that a thread has four neighbours of O: column 4x + y
 * stands at 8·(y/2) + 2x + (y mod 2).
 */
final class TensorForward {
    private final JavaText java;
    private final Elements elements;
    private final Warps warps;
    private final Layout at;
    private final TensorLanes lanes;
    private final TensorRows rows;
    private final TensorState state;

    TensorForward(JavaText java, Elements elements, int depth) {
        this.java = java;
        this.elements = elements;
        at = new Layout(depth, false);
        lanes = new TensorLanes(java);
        warps = new Warps(java, elements);
        rows = new TensorRows(java, elements, at);
        state = new TensorState(java, elements, warps, at);
    }

    /** Writes the kernel. */
    void write() {
        java.line(
                "/** D up to %d in %s; see {@code TensorForward} of the generator. */",
                at.depth(), elements);
        java.line("public static void %s(", name());
        java.line("        KernelContext context,");
        java.line("        IntArray table,");
        java.line("        LongArray q,");
        java.line("        LongArray k,");
        java.line("        %s v,", elements.array());
        java.line("        FloatArray decay,");
        java.line("        FloatArray state,");
        java.line("        FloatArray before,");
        java.line("        LongArray o,");
        java.line("        int heads,");
        java.line("        int keyDim,");
        java.line("        int valueDim,");
        java.line("        int transposed,");
        java.line("        int pieces,");
        java.line("        int rows,");
        java.line("        int seals,");
        java.line("        int receipt,");
        java.line("        IntArray receipts) {");
        lanes.group();
        receipt();
        java.line("int[] tile = context.allocateIntLocalArray(%d);", at.bytes() / 4);
        java.line("VectorFloat4 vectors = new VectorFloat4(%d);", 4 * (12 + 2 * at.columnTiles()));
        warps.declareLaneOffsets();
        // Only its registers are wanted: each use fills them with transposed rows of V first.
        java.line("HalfFloat[] turned = context.mmaLoadA(tile, 16, 0);");
        state.initialState();
        rows.wideLanes("initial", "initialThread");
        rows.ask("q", "firstQ", "initial", "0");
        rows.ask("k", "firstK", "initial", "0");
        java.line("context.localBarrier();");
        java.line("float one = decay.get(powers + TensorDecay.ONE);");
        state.storeState("initial", "initialThread");
        rows.store("firstQ", "initial", at.values());
        rows.store("firstK", "initial", at.keys());
        java.line("context.localBarrier();");
        java.line("for (int t = 0; t < tokens; t += %d) {", CHUNK);
        chunk();
        java.line("}");
        state.finalState();
        java.line("}");
    }

    private String name() {
        return elements.word() + "x" + at.depth();
    }

    /** Shows that it ran and what it found behind the arrays. */
    private void receipt() {
        java.line("if (group == 0 && thread == 0) {");
        java.line("int ticket = table.get(TensorTable.TICKET);");
        java.line("receipts.set(receipt, ticket + context.localGroupSizeX);");
        rows.seals();
        java.line("long seal = q.get(keysEnd);");
        java.line("receipts.set(seals + TensorSeals.QUERIES, (int) seal);");
        java.line("int statesEnd = pieces * heads * keyDim * valueDim;");
        java.line("receipts.set(seals + TensorSeals.STATES, (int) state.get(statesEnd));");
        java.line("o.set(valuesEnd, seal);");
        java.line("state.set(statesEnd, ticket);");
        java.line("before.set(statesEnd, ticket);");
        java.line("}");
    }

    private void chunk() {
        String[][] p = new String[2][2];
        String[][] o = new String[2][2];
        lanes.stage(1);
        rows.narrowLanes("here", "x@");
        rows.askValues("here", "t");
        scoresAndInter(p, o);
        lanes.stage(2);
        String[][][] packed = decayScores(p);
        decayInter(o);
        java.line("context.localBarrier();");
        storeScores(packed);
        rows.storeValues("here", "n@", true);
        java.line("context.localBarrier();");
        lanes.stage(3);
        intra(o);
        output(o);
        lanes.stage(4);
        java.line("int next = t + %d;", CHUNK);
        rows.wideLanes("next", "x@");
        rows.ask("q", "nextQ", "next", "next");
        rows.ask("k", "nextK", "next", "next");
        state.updateState();
        java.line("context.localBarrier();");
        lanes.stage(5);
        rows.wideLanes("last", "x@");
        state.storeState("next", "x@");
        rows.store("nextQ", "last", at.values());
        rows.store("nextK", "last", at.keys());
        java.line("context.localBarrier();");
    }

    /** P = Q Kᵀ and O = Q S, one step of 16 of D after another. */
    private void scoresAndInter(String[][] p, String[][] o) {
        java.line("int qAt = (upper@ + rowsA@) * %d + %d;", at.wide(), at.values());
        java.line("int kAt = (16 * quarter@ + rowsB@) * %d + %d;", at.wide(), at.keys());
        java.line("int sAt = (16 * quarter@ + rowsB@) * %d + %d;", at.wide(), at.state());
        for (int m = 0; m < 2; m++) {
            for (int y = 0; y < 2; y++) {
                p[m][y] = warps.zeros();
                o[m][y] = warps.zeros();
            }
        }
        // The first step is apart, because TornadoVM writes no valid C for a fragment that comes
        // into a loop from where it was made. Without the loop ptxas would load far ahead and take
        // more registers than two groups of a multiprocessor have.
        step("0", p, o);
        java.line("for (int d = 32; d < %d + zero@; d += 32) {", 2 * at.depth());
        String[][] pNext = {p[0].clone(), p[1].clone()};
        String[][] oNext = {o[0].clone(), o[1].clone()};
        step("d", pNext, oNext);
        for (int m = 0; m < 2; m++) {
            for (int y = 0; y < 2; y++) {
                java.line("%s = %s;", p[m][y], pNext[m][y]);
                java.line("%s = %s;", o[m][y], oNext[m][y]);
            }
        }
        java.line("}");
    }

    /** A step of 16 of D, at these bytes of a row. */
    private void step(String d, String[][] p, String[][] o) {
        String[] q = new String[2];
        for (int m = 0; m < 2; m++) {
            q[m] = warps.load4("qAt + %d + (piecesA@ ^ %s)".formatted(16 * m * at.wide(), d));
        }
        String k = warps.load4("kAt + (piecesB@ ^ %s)".formatted(d));
        String s = warps.load4("sAt + (piecesB@ ^ %s)".formatted(d));
        for (int y = 0; y < 2; y++) {
            if (y == 1) {
                warps.move(k, 4, k, 0, 4);
                warps.move(s, 4, s, 0, 4);
            }
            for (int m = 0; m < 2; m++) {
                p[m][y] = warps.addProduct(p[m][y], q[m], k);
                o[m][y] = warps.addProduct(o[m][y], q[m], s);
            }
        }
    }

    /** P = P ⊙ c·A, in 16 bits: for each tile of rows, tile of columns and half of the rows. */
    private String[][][] decayScores(String[][] p) {
        java.line(
                "int apart = power@ + TensorDecay.SCALED + upper@ + (l@ >> 2) - 16 * quarter@ - 2 *"
                        + " (l@ & 3);");
        for (int eights = -1; eights <= 3; eights++) {
            for (int b = 0; b < 2; b++) {
                java.line("float %s = decay.get(apart + %d);", apart(eights, b), 8 * eights - b);
            }
        }
        String[][][] packed = new String[2][2][2];
        for (int m = 0; m < 2; m++) {
            for (int y = 0; y < 2; y++) {
                String[] x = warps.read(p[m][y]);
                for (int i = 0; i < 2; i++) {
                    packed[m][y][i] =
                            elements.pair(
                                    java,
                                    "p" + m + y + i,
                                    x[2 * i] + " * " + apart(2 * m + i - y, 0),
                                    x[2 * i + 1] + " * " + apart(2 * m + i - y, 1));
                }
            }
        }
        return packed;
    }

    private static String apart(int eights, int b) {
        return "apart" + (eights + 1) + b;
    }

    /** O = diag(c·λ^(i+1)) O. */
    private void decayInter(String[][] o) {
        java.line("int since = power@ + TensorDecay.READ + upper@ + (l@ >> 2);");
        for (int m = 0; m < 2; m++) {
            for (int i = 0; i < 2; i++) {
                java.line("float since%d%d = decay.get(since + %d);", m, i, 16 * m + 8 * i);
            }
        }
        for (int m = 0; m < 2; m++) {
            for (int y = 0; y < 2; y++) {
                String[] x = warps.read(o[m][y]);
                String upperRow = " * since" + m + 0;
                String lowerRow = " * since" + m + 1;
                o[m][y] =
                        warps.of(
                                x[0] + upperRow, x[1] + upperRow, x[2] + lowerRow, x[3] + lowerRow);
            }
        }
    }

    private void storeScores(String[][][] packed) {
        for (int m = 0; m < 2; m++) {
            for (int y = 0; y < 2; y++) {
                for (int i = 0; i < 2; i++) {
                    java.line(
                            "tile[(upper@ + (l@ >> 2) + %d) * %d + (((2 * quarter@ + %d) ^ (l@ >>"
                                    + " 2)) << 2) + (l@ & 3) + %d] = %s;",
                            16 * m + 8 * i, NARROW / 4, y, at.scores() / 4, packed[m][y][i]);
                }
            }
        }
    }

    /** O = O + P V. */
    private void intra(String[][] o) {
        java.line("int pAt = (upper@ + rowsA@) * %d + %d;", NARROW, at.scores());
        for (int y = 0; y < 2; y++) {
            java.line(
                    "int vAt%d = rowsA@ * %d + (((2 * quarter@ + %d) ^ l8@) << 4) + %d;",
                    y, NARROW, y, at.values());
        }
        for (int j = 0; j < CHUNK / 16; j++) {
            String[] p = new String[2];
            for (int m = 0; m < 2; m++) {
                p[m] = warps.load4("pAt + %d + (piecesA@ ^ %d)".formatted(16 * m * NARROW, 32 * j));
            }
            for (int y = 0; y < 2; y++) {
                String v = warps.load2Transposed("vAt%d + %d".formatted(y, 16 * j * NARROW));
                for (int m = 0; m < 2; m++) {
                    o[m][y] = warps.addProduct(o[m][y], p[m], v);
                }
            }
        }
    }

    /** Stores O, four columns of a row at a time. */
    private void output(String[][] o) {
        java.line("float wrong = 0f;");
        java.line("int oColumn = part * 16 + 4 * quarter@ + (l@ & 3);");
        for (int m = 0; m < 2; m++) {
            String[] left = warps.read(o[m][0]);
            String[] right = warps.read(o[m][1]);
            for (int i = 0; i < 2; i++) {
                String[] x = {left[2 * i], left[2 * i + 1], right[2 * i], right[2 * i + 1]};
                for (int j = 0; j < 4; j++) {
                    java.line("float o%d%d%d = %s * one;", m, i, j, x[j]);
                    java.line("wrong = wrong + o%d%d%d * 0f;", m, i, j);
                }
                java.line("int row%d%d = t + upper@ + (l@ >> 2) + %d;", m, i, 16 * m + 8 * i);
                elements.pair(java, "low" + m + i, "o" + m + i + 0, "o" + m + i + 1);
                elements.pair(java, "high" + m + i, "o" + m + i + 2, "o" + m + i + 3);
                java.line("if (row%d%d < tokens && oColumn < valueLongs) {", m, i);
                java.line(
                        "o.set((first + row%d%d * stride) * valueLongs + oColumn +"
                            + " TensorTable.FIRST, (low%d%d & 0xffffffffL) | ((long) high%d%d <<"
                            + " 32));",
                        m, i, m, i, m, i);
                java.line("}");
            }
        }
        state.report("wrong");
    }
}
