package io.github.lightning4j.tornado.generator;

import static io.github.lightning4j.tornado.generator.Layout.CHUNK;

/**
 * What the tokens of a piece of a sequence add to the state, from zero: {@link TensorForward}
 * without Q.
 *
 * <pre>
 *   Sᵀ = λ^n Sᵀ + (diag(λ^(n−1−j)) V)ᵀ K       n tokens of the chunk, at most L
 * </pre>
 *
 * <p>It begins as many chunks before the end as the head's λ reaches: what is before them would be
 * multiplied by less than the smallest float.
 */
final class TensorStates {
    private final JavaText java;
    private final Elements elements;
    private final Warps warps;
    private final Layout at;
    private final TensorLanes lanes;
    private final TensorRows rows;
    private final TensorState state;

    TensorStates(JavaText java, Elements elements, int depth) {
        this.java = java;
        this.elements = elements;
        at = new Layout(depth, true);
        lanes = new TensorLanes(java);
        warps = new Warps(java, elements);
        rows = new TensorRows(java, elements, at);
        state = new TensorState(java, elements, warps, at);
    }

    /** Writes the kernel. */
    void write() {
        java.line(
                "/** States of D up to %d in %s; see {@code TensorStates} of the generator. */",
                at.depth(), elements);
        java.line("public static void %sx%dStates(", elements.word(), at.depth());
        java.line("        KernelContext context,");
        java.line("        IntArray table,");
        java.line("        LongArray k,");
        java.line("        %s v,", elements.array());
        java.line("        FloatArray decay,");
        java.line("        FloatArray state,");
        java.line("        int heads,");
        java.line("        int keyDim,");
        java.line("        int valueDim,");
        java.line("        int transposed,");
        java.line("        int rows,");
        java.line("        int seals,");
        java.line("        int receipt,");
        java.line("        IntArray receipts) {");
        lanes.group();
        receipt();
        java.line("int reach = (int) decay.get(powers + TensorDecay.REACH);");
        java.line(
                "int start = TornadoMath.max((tokens + %d) / %d - reach, 0) * %d;",
                CHUNK - 1, CHUNK, CHUNK);
        java.line("int[] tile = context.allocateIntLocalArray(%d);", at.bytes() / 4);
        java.line("VectorFloat4 vectors = new VectorFloat4(%d);", 4 * 2 * at.columnTiles());
        warps.declareLaneOffsets();
        java.line("float one = decay.get(powers + TensorDecay.ONE);");
        // Only its registers are wanted: each use fills them with transposed rows of V first.
        java.line("HalfFloat[] turned = context.mmaLoadA(tile, 16, 0);");
        state.zeros();
        java.stage(0);
        java.line("int x@ = thread + table.get(TensorTable.ZEROS);");
        java.line("int power@ = powers;");
        rows.wideLanes("initial", "x@");
        rows.ask("k", "initialK", "initial", "start");
        rows.narrowLanes("initial", "x@");
        rows.askValues("initial", "start");
        java.line("context.localBarrier();");
        put("initial", "start");
        java.line("context.localBarrier();");
        java.line("for (int t = start; t < tokens; t += %d) {", CHUNK);
        lanes.stage(1);
        java.line("int next = t + %d;", CHUNK);
        rows.wideLanes("next", "x@");
        rows.ask("k", "nextK", "next", "next");
        rows.narrowLanes("next", "x@");
        rows.askValues("next", "next");
        lanes.stage(2);
        state.updateState();
        java.line("context.localBarrier();");
        put("next", "next");
        java.line("context.localBarrier();");
        java.line("}");
        state.finalState();
        java.line("}");
    }

    /** Shows that it ran and what it found behind the arrays. */
    private void receipt() {
        java.line("if (group == 0 && thread == 0) {");
        java.line(
                "receipts.set(receipt, table.get(TensorTable.TICKET) + context.localGroupSizeX);");
        rows.seals();
        java.line("}");
    }

    /** Puts the chunk from a token on into local memory. */
    private void put(String when, String from) {
        rows.store(when + "K", when, at.keys());
        java.line(
                "int %sTokens = TornadoMath.max(TornadoMath.min(tokens - %s, %d), 0);",
                when, from, CHUNK);
        rows.storeValues(when, when + "Tokens", false);
    }
}
