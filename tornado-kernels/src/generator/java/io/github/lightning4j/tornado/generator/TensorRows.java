package io.github.lightning4j.tornado.generator;

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

    /** Reports what is behind K, V and the powers of λ. */
    void seals() {
        java.line("int keysEnd = TensorTable.FIRST + rows * keyLongs;");
        java.line("int valuesEnd = TensorTable.FIRST + rows * valueLongs;");
        java.line("receipts.set(seals + TensorSeals.KEYS, (int) k.get(keysEnd));");
        elements.seal(java);
        java.line(
                "receipts.set(seals + TensorSeals.DECAY, (int) decay.get(heads *"
                        + " TensorDecay.STRIDE));");
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

    /** Where a thread takes rows of V from, and puts them; {@code when} distinguishes the names. */
    void narrowLanes(String when, String thread) {
        java.line("int %sNarrow = %s & 15;", when, thread);
        java.line("int %sRow = %s >> 4;", when, thread);
        java.line(
                "int %sValues = TornadoMath.min(part * 16 + %sNarrow, valueLongs - 1) +"
                        + " TensorTable.FIRST;",
                when, when);
        java.line("int %sPiece = (%sNarrow >> 2) << 1;", when, when);
        java.line("int %sPieceToo = %sPiece + 1;", when, when);
        for (String half : new String[] {"", "Too"}) {
            java.line(
                    "int %sPut%s = %sRow * %d + ((%sPiece%s ^ (%sRow & 7)) << 2) + (%sNarrow & 3);",
                    when, half, when, NARROW / 4, when, half, when, when);
        }
    }

    /** Asks memory for rows of V from a token on. */
    void askValues(String when, String from) {
        for (int i = 0; i < 4; i++) {
            java.line(
                    "int %sV%dFrom = (first + TornadoMath.min(%s + %sRow + %d, last) * stride) *"
                            + " valueLongs + %sValues;",
                    when, i, from, when, 16 * i, when);
            elements.ask(java, when + "V" + i);
        }
    }

    /**
     * Puts V with its decay into local memory.
     *
     * @param n tokens of the chunk
     * @param plain whether V goes there too
     */
    void storeValues(String when, String n, boolean plain) {
        java.line("boolean %sInside = part * 16 + %sNarrow < valueLongs;", when, when);
        java.line("int %sUntil = power@ + TensorDecay.WRITTEN + %s - 1 - %sRow;", when, n, when);
        for (int i = 0; i < 4; i++) {
            String v = when + "V" + i;
            elements.clear(java, v, when + "Inside");
            int row = 16 * i * NARROW / 4;
            if (plain) {
                String[] words = elements.words(java, v);
                java.line("tile[%sPut + %d] = %s;", when, at.values() / 4 + row, words[0]);
                java.line("tile[%sPutToo + %d] = %s;", when, at.values() / 4 + row, words[1]);
            }
            java.line("float %sUntil = decay.get(%sUntil - %d);", v, when, 16 * i);
            String[] x = elements.floats(v);
            for (int j = 0; j < 4; j++) {
                x[j] += " * " + v + "Until";
            }
            String low = elements.pair(java, v + "w", x[0], x[1]);
            String high = elements.pair(java, v + "y", x[2], x[3]);
            java.line("tile[%sPut + %d] = %s;", when, at.state() / 4 + row, low);
            java.line("tile[%sPutToo + %d] = %s;", when, at.state() / 4 + row, high);
        }
    }
}
