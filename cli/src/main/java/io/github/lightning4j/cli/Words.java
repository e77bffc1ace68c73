package io.github.lightning4j.cli;

import java.util.regex.Pattern;

/** What others say, as it can be printed anywhere. */
final class Words {
    private static final Pattern COLOUR = Pattern.compile("\\e\\[[0-9;]*m");
    private static final Pattern BREAK = Pattern.compile("\\s*\\R\\s*");

    private Words() {}

    /** Without a terminal's colours, which TornadoVM has in its messages. */
    static String uncoloured(String text) {
        return COLOUR.matcher(text).replaceAll("");
    }

    /** The same in one line. */
    static String inOneLine(String text) {
        return BREAK.matcher(uncoloured(text).strip()).replaceAll(" ");
    }
}
