package io.github.lightning4j.results.text;

import io.github.lightning4j.io.Quoted;

import java.util.Locale;
import java.util.regex.Pattern;

/** Words as they can be printed anywhere. */
public final class Words {
    private static final Pattern COLOUR = Pattern.compile("\\e\\[[0-9;]*m");
    private static final Pattern BREAK = Pattern.compile("\\s*\\R\\s*");

    /** Beyond the ASCII control characters, which JSON never has. */
    private static final Pattern UNSEEN =
            Pattern.compile("[\\x7f-\\x9f\\p{Cf}\\u2028\\u2029&&[\\x{0}-\\x{ffff}]]");

    private Words() {}

    /** Without a terminal's colours, which TornadoVM has in its messages. */
    public static String uncoloured(String text) {
        return COLOUR.matcher(text).replaceAll("");
    }

    /** The same in one line. */
    public static String inOneLine(String text) {
        return BREAK.matcher(uncoloured(text).strip()).replaceAll(" ");
    }

    /**
     * What others call a device, file or the like: nothing in it moves the cursor, ends the line or
     * turns the direction of the text, and a long one is cut in the middle.
     */
    public static String name(String text) {
        return Quoted.name(uncoloured(text));
    }

    /** What others say, such as the reason of a failure, in one line of bounded length. */
    public static String said(String text) {
        return Quoted.line(inOneLine(text));
    }

    /** A JSON document in which characters that are not seen are spelled out; it means the same. */
    public static String visible(String json) {
        return UNSEEN.matcher(json)
                .replaceAll(match ->
                        String.format(Locale.ROOT, "\\\\u%04x", (int) match.group().charAt(0)));
    }

    /** {@code HEADS_FIRST} as {@code heads-first}. */
    public static String optionName(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
