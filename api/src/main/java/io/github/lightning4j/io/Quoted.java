package io.github.lightning4j.io;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Text from elsewhere, made safe to show in a message: names from files, metadata, what a driver
 * calls its device, the name of the file itself.
 *
 * <p>Such text can hold escape sequences that a terminal obeys, line breaks that make one message
 * two, and marks that change the direction of what follows; it can also be of any length. Here each
 * character that does not show as itself is spelled out as in JSON ({@code \n}, {@code \u001b}),
 * and long text is cut, with a note of how long it was. Other alphabets stay as they are. The
 * result is for people: the text cannot be recovered from it. Stateless and thread-safe.
 */
public final class Quoted {
    private static final int TEXT = 80;
    private static final int LISTED_TEXT = 40;
    private static final int LISTED = 10;
    private static final int NAME_BEGIN = 100;
    private static final int NAME_END = 155;
    private static final int LINE = 2000;

    private Quoted() {}

    /**
     * A text in double quotes, such as the name of a tensor or a value of the metadata.
     *
     * @param text anything
     * @return at most 80 of its characters, with their number where there are more
     */
    public static String text(String text) {
        return text(text, TEXT);
    }

    private static String text(String text, int most) {
        int[] characters = text.codePoints().limit(most).toArray();
        long count = text.codePoints().count();
        StringBuilder quoted = new StringBuilder("\"");
        for (int c : characters) {
            if (c == '"' || c == '\\') {
                quoted.append('\\');
            }
            append(quoted, c);
        }
        quoted.append('"');
        return count <= most ? quoted.toString() : quoted + "… (" + characters(count) + ")";
    }

    /**
     * The name of a file or device, without quotes.
     *
     * @param name anything, such as a {@link java.nio.file.Path}; its {@code toString()} is taken
     * @return its characters; of more than 256 the first 100 and the last 155
     */
    public static String name(Object name) {
        String text = name.toString();
        int count = text.codePointCount(0, text.length());
        if (count <= NAME_BEGIN + 1 + NAME_END) {
            return escaped(text);
        }
        return escaped(text.substring(0, text.offsetByCodePoints(0, NAME_BEGIN)))
                + "…"
                + escaped(text.substring(text.offsetByCodePoints(text.length(), -NAME_END)));
    }

    /**
     * Where a file is, without quotes: its whole path, which says the same in another process or
     * folder.
     *
     * @param file a path, absolute or not
     * @return its absolute path as {@link #name} shows it
     */
    public static String file(Path file) {
        return name(file.toAbsolutePath());
    }

    /**
     * A list of texts, each in double quotes.
     *
     * @param names in the order in which they are to appear
     * @return such as {@code "q", "k" and 19,990 more}: at most ten of them, 40 characters of each;
     *     {@code nothing} where there are none
     */
    public static String names(Collection<String> names) {
        if (names.isEmpty()) {
            return "nothing";
        }
        String listed =
                names.stream()
                        .limit(LISTED)
                        .map(name -> text(name, LISTED_TEXT))
                        .collect(Collectors.joining(", "));
        return names.size() <= LISTED
                ? listed
                : listed + String.format(Locale.ROOT, " and %,d more", names.size() - LISTED);
    }

    /**
     * A whole message from elsewhere, as one line.
     *
     * @param message anything
     * @return at most 2,000 of its characters, with their number where there are more
     */
    public static String line(String message) {
        int count = message.codePointCount(0, message.length());
        if (count <= LINE) {
            return escaped(message);
        }
        return escaped(message.substring(0, message.offsetByCodePoints(0, LINE)))
                + "… ("
                + characters(count)
                + ")";
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> append(escaped, c));
        return escaped.toString();
    }

    private static void append(StringBuilder to, int c) {
        if (isSeen(c)) {
            to.appendCodePoint(c);
            return;
        }
        switch (c) {
            case '\n' -> to.append("\\n");
            case '\r' -> to.append("\\r");
            case '\t' -> to.append("\\t");
            default -> {
                for (char unit : Character.toChars(c)) {
                    to.append(String.format(Locale.ROOT, "\\u%04x", (int) unit));
                }
            }
        }
    }

    /** Whether a character shows as itself; those of {@code FORMAT} turn, join and hide others. */
    private static boolean isSeen(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.PRIVATE_USE,
                    Character.SURROGATE,
                    Character.UNASSIGNED ->
                    false;
            default -> true;
        };
    }

    private static String characters(long count) {
        return String.format(Locale.ROOT, "%,d characters", count);
    }
}
