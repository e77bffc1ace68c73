package io.github.lightning4j.cli.text;

import java.util.Locale;
import java.util.regex.Pattern;

/** Words as they can be printed anywhere. */
public final class Words {
    private static final Pattern COLOUR = Pattern.compile("\\e\\[[0-9;]*m");
    private static final Pattern BREAK = Pattern.compile("\\s*\\R\\s*");

    private Words() {}

    /** Without a terminal's colours, which TornadoVM has in its messages. */
    public static String uncoloured(String text) {
        return COLOUR.matcher(text).replaceAll("");
    }

    /** The same in one line. */
    public static String inOneLine(String text) {
        return BREAK.matcher(uncoloured(text).strip()).replaceAll(" ");
    }

    /** {@code HEADS_FIRST} as {@code heads-first}. */
    public static String optionName(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
