package io.github.lightning4j.tornado.generator;

import static io.github.lightning4j.tornado.generator.Layout.CHUNK;

/** Which part of the work a group has, and which part of that a lane. */
final class TensorLanes {
    private final JavaText java;

    TensorLanes(JavaText java) {
        this.java = java;
    }

    /** Which head of which piece of a sequence, which columns, which rows. */
    void group() {
        java.line("int thread = context.localIdx;");
        java.line("int group = context.groupIdx;");
        java.line("int parts = (valueDim + %d) / %d;", CHUNK - 1, CHUNK);
        java.line("int part = group %% parts;");
        java.line("int head = group / parts;");
        java.line("int h = head %% heads;");
        java.line("int entry = TensorTable.PIECES + head / heads * TensorTable.FIELDS;");
        java.line("int tokens = table.get(entry + TensorTable.TOKENS);");
        java.line("int last = TornadoMath.max(tokens - 1, 0);");
        java.line("int stride = table.get(TensorTable.TOKEN_STRIDE);");
        java.line(
                "int first = table.get(entry + TensorTable.ROW) + h * table.get(entry +"
                        + " TensorTable.HEAD_STRIDE);");
        java.line("int powers = h * TensorDecay.STRIDE;");
        java.line("int stateRow = transposed == 1 ? 1 : valueDim;");
        java.line("int stateColumn = transposed == 1 ? keyDim : 1;");
        java.line("int keyLongs = keyDim / 4;");
        java.line("int valueLongs = valueDim / 4;");
    }

    /**
     * What a lane computes of its number, in each stage of a chunk anew: a zero that no compiler
     * knows keeps it from being computed once and held in registers that are needed otherwise.
     */
    void stage(int stage) {
        java.stage(stage);
        java.line("int zero@ = table.get(TensorTable.ZEROS + %d);", stage);
        java.line("int x@ = thread + zero@;");
        java.line("int power@ = powers + zero@;");
        java.line("int n@ = TornadoMath.min(tokens - t, %d);", CHUNK);
        java.line("int l@ = x@ & 31;");
        java.line("int upper@ = (x@ >> 7) << 5;");
        java.line("int quarter@ = (x@ >> 5) & 3;");
        java.line("int l8@ = l@ & 7;");
        java.line("int rowsA@ = l8@ + (((l@ >> 3) & 1) << 3);");
        java.line("int piecesA@ = ((l@ >> 4) ^ l8@) << 4;");
        java.line("int rowsB@ = l8@ + ((l@ >> 4) << 3);");
        java.line("int piecesB@ = (((l@ >> 3) & 1) ^ l8@) << 4;");
    }
}
