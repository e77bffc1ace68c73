package io.github.lightning4j.tornado.generator;

import static io.github.lightning4j.tornado.generator.Layout.CHUNK;
import static io.github.lightning4j.tornado.generator.Layout.NARROW;
import static io.github.lightning4j.tornado.generator.Layout.THREADS;

/** The way of rows of Q, K and V: asked from memory, and put into local memory a stage later. */
final class TensorRows {
    private final JavaText java;
    private final Elements elements;
    private final Layout at;

    TensorRows(JavaText java, Elements elements, Layout at) {
        this.java = java;
        this.elements = elements;
        this.at = at;
    }

    /** Where a thread takes rows of Q and K from, and puts them. */
    void wideLanes(String when, String thread) {
        java.line("int %sColumn = %s %% %d;", when, thread, at.longs());
        java.line("int %sWideRow = %s / %d;", when, thread, at.longs());
        java.line(
                "int %sFrom = TornadoMath.min(%sColumn, keyLongs - 1) + TensorTable.FIRST;",
                when, when);
        java.line(
                "int %sTo = %sWideRow * %d + (((%sColumn >> 1) ^ (%sWideRow & 7)) << 2) +"
                        + " ((%sColumn & 1) << 1);",
                when, when, at.wide() / 4, when, when, when);
    }

    /**
     * Asks memory for rows of Q or K; rows past the end are the last one.
     *
     * @param x the array
     * @param into what names of registers begin with
     * @param when which {@link #wideLanes}
     * @param from the first token
     */
    void ask(String x, String into, String when, String from) {
        int step = THREADS / at.longs();
        for (int i = 0; i < at.moves(); i++) {
            java.line(
                    "long %s%d = %s.get((first + TornadoMath.min(%s + %sWideRow + %d, last) *"
                            + " stride) * keyLongs + %sFrom);",
                    into, i, x, from, when, i * step, when);
        }
        for (int i = 0; i < at.moves(); i++) {
            java.line("%s%d = %sColumn < keyLongs ? %s%d : 0L;", into, i, when, into, i);
        }
    }

    void store(String from, String when, int to) {
        int step = THREADS / at.longs();
        for (int i = 0; i < at.moves(); i++) {
            int place = to / 4 + i * step * at.wide() / 4;
            java.line("tile[%sTo + %d] = (int) %s%d;", when, place, from, i);
            java.line("tile[%sTo + %d] = (int) (%s%d >> 32);", when, place + 1, from, i);
        }
    }

    /** Where a thread takes rows of V from, and puts them. */
    void narrowLanes() {
        java.line("int narrowColumn = x@ & 15;");
        java.line("int narrowRow = x@ >> 4;");
        java.line(
                "int narrowFrom = TornadoMath.min(part * 16 + narrowColumn, valueLongs - 1) +"
                        + " TensorTable.FIRST;");
        java.line("int narrowPiece = (narrowColumn >> 2) << 1;");
        java.line(
                "int narrowTo = narrowRow * %d + ((narrowPiece ^ (narrowRow & 7)) << 2) +"
                        + " (narrowColumn & 3);",
                NARROW / 4);
        java.line(
                "int narrowToo = narrowRow * %d + (((narrowPiece + 1) ^ (narrowRow & 7)) << 2) +"
                        + " (narrowColumn & 3);",
                NARROW / 4);
    }

    void askValues() {
        for (int i = 0; i < 4; i++) {
            java.line(
                    "int vFrom%d = (first + TornadoMath.min(t + narrowRow + %d, last) * stride) *"
                            + " valueLongs + narrowFrom;",
                    i, 16 * i);
            elements.ask(java, i);
        }
    }

    /** V and V with its decay. */
    void storeValues() {
        java.line("boolean vInside = part * 16 + narrowColumn < valueLongs;");
        java.line("int until = power@ + TensorDecay.WRITTEN + n@ - 1 - narrowRow;");
        for (int i = 0; i < 4; i++) {
            elements.clear(java, i);
            int row = 16 * i * NARROW / 4;
            String[] plain = elements.words(java, i);
            java.line("tile[narrowTo + %d] = %s;", at.values() / 4 + row, plain[0]);
            java.line("tile[narrowToo + %d] = %s;", at.values() / 4 + row, plain[1]);
            java.line("float until%d = decay.get(until - %d);", i, 16 * i);
            String[] x = elements.floats(i);
            for (int j = 0; j < 4; j++) {
                x[j] += " * until" + i;
            }
            String low = elements.pair(java, "w" + i, x[0], x[1]);
            String high = elements.pair(java, "y" + i, x[2], x[3]);
            java.line("tile[narrowTo + %d] = %s;", at.state() / 4 + row, low);
            java.line("tile[narrowToo + %d] = %s;", at.state() / 4 + row, high);
        }
    }

    void askNext() {
        java.line("int next = t + %d;", CHUNK);
        wideLanes("next", "x@");
        ask("q", "nextQ", "next", "next");
        ask("k", "nextK", "next", "next");
    }
}
