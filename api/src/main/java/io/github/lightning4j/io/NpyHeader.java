package io.github.lightning4j.io;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Locale;

/**
 * The Python dict in which a {@code .npy} file says what it holds, read strictly: exactly the three
 * keys, each once, of literal strings, booleans and tuples of whole numbers.
 *
 * @param descr byte order and type, such as {@code <f4}
 * @param fortranOrder whether the first axis is contiguous
 * @param shape the extents
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
record NpyHeader(String descr, boolean fortranOrder, long[] shape) {
    private static final int MAX_RANK = 32;

    /** Reads a header. */
    static NpyHeader parse(String name, String text) throws MalformedDataException {
        return new Reader(name, text).header();
    }

    private static final class Reader {
        private final String name;
        private final String text;
        private int at;

        Reader(String name, String text) {
            this.name = name;
            this.text = text;
        }

        NpyHeader header() throws MalformedDataException {
            String descr = null;
            Boolean fortranOrder = null;
            long[] shape = null;
            expect('{');
            while (!accept('}')) {
                String key = string();
                expect(':');
                if (key.equals("descr") && descr == null) {
                    descr = string();
                } else if (key.equals("fortran_order") && fortranOrder == null) {
                    fortranOrder = bool();
                } else if (key.equals("shape") && shape == null) {
                    shape = tuple();
                } else {
                    throw wrong("the key " + Quoted.text(key) + " is unknown or stands twice");
                }
                if (!accept(',') && peek() != '}') {
                    throw wrong("there must be , or }");
                }
            }
            skipSpace();
            if (at != text.length()) {
                throw wrong("something follows the header's dict");
            }
            return new NpyHeader(
                    present("descr", descr),
                    present("fortran_order", fortranOrder),
                    present("shape", shape));
        }

        private <T> T present(String key, @Nullable T value) throws MalformedDataException {
            if (value == null) {
                throw wrong("the header has no " + key);
            }
            return value;
        }

        private String string() throws MalformedDataException {
            skipSpace();
            char quote = peek();
            if (quote != '\'' && quote != '"') {
                throw wrong("there must be a string");
            }
            int end = text.indexOf(quote, at + 1);
            if (end < 0) {
                throw wrong("a string is not closed");
            }
            String string = text.substring(at + 1, end);
            if (string.indexOf('\\') >= 0) {
                throw wrong("a string holds an escape");
            }
            at = end + 1;
            return string;
        }

        private Boolean bool() throws MalformedDataException {
            skipSpace();
            for (String word : new String[] {"True", "False"}) {
                if (text.startsWith(word, at)) {
                    at += word.length();
                    return word.equals("True");
                }
            }
            throw wrong("there must be True or False");
        }

        private long[] tuple() throws MalformedDataException {
            long[] extents = new long[MAX_RANK];
            int rank = 0;
            expect('(');
            while (!accept(')')) {
                if (rank == MAX_RANK) {
                    throw wrong("the shape has more than " + MAX_RANK + " axes");
                }
                extents[rank++] = number();
                if (!accept(',') && (peek() != ')' || rank == 1)) {
                    throw wrong("there must be , or )");
                }
            }
            return Arrays.copyOf(extents, rank);
        }

        private long number() throws MalformedDataException {
            skipSpace();
            int from = at;
            while (peek() >= '0' && peek() <= '9') {
                at++;
            }
            try {
                return Long.parseLong(text.substring(from, at));
            } catch (NumberFormatException e) {
                throw wrong("an extent must be a whole number below 2^63");
            }
        }

        private void expect(char c) throws MalformedDataException {
            if (!accept(c)) {
                throw wrong("there must be " + c);
            }
        }

        private boolean accept(char c) {
            skipSpace();
            if (peek() != c) {
                return false;
            }
            at++;
            return true;
        }

        private void skipSpace() {
            while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
                at++;
            }
        }

        private char peek() {
            return at < text.length() ? text.charAt(at) : '\0';
        }

        private MalformedDataException wrong(String what) {
            return new MalformedDataException(
                    String.format(
                            Locale.ROOT, "%s: %s (character %d of the header)", name, what, at));
        }
    }
}
