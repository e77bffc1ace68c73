package io.github.lightning4j.cli.options;

import io.github.lightning4j.io.MalformedDataException;
import io.github.lightning4j.io.Quoted;

import java.io.IOException;
import java.io.Reader;
import java.util.Arrays;
import java.util.Locale;

/** Ids as text: decimal numbers with white space or commas between them. Not thread-safe. */
final class PromptText {
    /** Far more than any model was trained for; an endless file ends here. */
    private static final int MOST_IDS = 1 << 24;

    /** Characters of a word; more than any id has, so that a file without breaks ends here. */
    private static final int MOST_CHARACTERS = 40;

    private final String name;
    private final StringBuilder word = new StringBuilder();
    private int[] ids = new int[1024];
    private int count;

    /** Of a file whose name is for messages. */
    PromptText(String name) {
        this.name = Quoted.name(name);
    }

    /** All ids of a text, at least one. */
    int[] read(Reader text) throws IOException {
        int line = 1;
        char[] buffer = new char[1 << 13];
        for (int n = text.read(buffer); n >= 0; n = text.read(buffer)) {
            for (int i = 0; i < n; i++) {
                char c = buffer[i];
                if (c == ',' || Character.isWhitespace(c)) {
                    take(line);
                    line += c == '\n' ? 1 : 0;
                } else {
                    word.append(c);
                    if (word.length() > MOST_CHARACTERS) {
                        throw noId(line, Quoted.text(word.toString()) + "…");
                    }
                }
            }
        }
        take(line);
        if (count == 0) {
            throw new MalformedDataException(name + " has no ids; a prompt needs one");
        }
        return Arrays.copyOf(ids, count);
    }

    private void take(int line) throws MalformedDataException {
        if (word.isEmpty()) {
            return;
        }
        String digits = word.toString();
        word.setLength(0);
        if (!digits.matches("[0-9]+")) {
            throw noId(line, Quoted.text(digits));
        }
        if (count == MOST_IDS) {
            throw new MalformedDataException(
                    String.format(
                            Locale.ROOT,
                            "%s has more than %,d ids, in line %d",
                            name,
                            count,
                            line));
        }
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, 2 * count);
        }
        try {
            ids[count++] = Integer.parseInt(digits);
        } catch (NumberFormatException e) {
            throw new MalformedDataException(
                    name + ", line " + line + ": id " + digits + " is too large", e);
        }
    }

    private MalformedDataException noId(int line, String found) {
        return new MalformedDataException(
                name
                        + ", line "
                        + line
                        + ": "
                        + found
                        + " is no id; ids are whole numbers with spaces, line breaks or commas"
                        + " between them");
    }
}
