package io.github.lightning4j.io;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A strict reader of the JSON that safetensors headers are written in. Duplicate keys are refused,
 * and so is nesting deeper than the format's own reader accepts.
 *
 * <p>Values are {@code Map<String, Object>}, {@code List<Object>}, {@code String}, {@code Long} for
 * whole numbers from 0 to 2⁶³ − 1, and {@link Literal} for whatever else JSON has.
 */
final class HeaderJson {
    private static final int MAX_DEPTH = 128;

    private static final Pattern NUMBER =
            Pattern.compile("-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?");

    private static final List<String> WORDS = List.of("null", "true", "false");

    /** A value that has no meaning in a header but may stand where it is not read. */
    record Literal(String text) {
        boolean isNull() {
            return text.equals("null");
        }
    }

    private final String name;
    private final String text;
    private int at;

    private HeaderJson(String name, String text) {
        this.name = name;
        this.text = text;
    }

    /**
     * Reads one object and nothing after it but white space.
     *
     * @param name the file's name in messages
     * @param bytes UTF-8
     * @return the object in the order of its keys
     * @throws MalformedDataException if it is anything else
     */
    static Map<String, Object> parse(String name, byte[] bytes) throws MalformedDataException {
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new MalformedDataException(name + ": the header is not UTF-8");
        }
        HeaderJson reader = new HeaderJson(name, text);
        reader.skipSpace();
        if (reader.peek() != '{') {
            throw reader.wrong("the header must begin with {");
        }
        Map<String, Object> object = reader.object(1);
        reader.skipSpace();
        if (reader.at != text.length()) {
            throw reader.wrong("something follows the header's object");
        }
        return object;
    }

    private Object value(int depth) throws MalformedDataException {
        skipSpace();
        return switch (peek()) {
            case '{' -> object(depth);
            case '[' -> array(depth);
            case '"' -> string();
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
            default -> word();
        };
    }

    private Literal word() throws MalformedDataException {
        for (String word : WORDS) {
            if (text.startsWith(word, at)) {
                at += word.length();
                return new Literal(word);
            }
        }
        throw wrong("there must be a value");
    }

    private Map<String, Object> object(int depth) throws MalformedDataException {
        enter(depth, '{');
        Map<String, Object> object = new LinkedHashMap<>();
        skipSpace();
        if (peek() == '}') {
            at++;
            return object;
        }
        while (true) {
            skipSpace();
            int keyAt = at;
            String key = string();
            expect(':');
            Object value = value(depth + 1);
            if (object.putIfAbsent(key, value) != null) {
                at = keyAt;
                throw wrong("the name " + Quoted.text(key) + " stands twice");
            }
            if (!another('}')) {
                return object;
            }
        }
    }

    private List<Object> array(int depth) throws MalformedDataException {
        enter(depth, '[');
        List<Object> array = new ArrayList<>(0);
        skipSpace();
        if (peek() == ']') {
            at++;
            return array;
        }
        while (true) {
            array.add(value(depth + 1));
            if (!another(']')) {
                return array;
            }
        }
    }

    private String string() throws MalformedDataException {
        expect('"');
        StringBuilder string = new StringBuilder();
        while (true) {
            char c = peek();
            at++;
            if (c == '"') {
                return string.toString();
            }
            if (c < ' ') {
                at--;
                throw wrong("a string is not closed or holds a control character");
            }
            string.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() throws MalformedDataException {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int unit = 0;
                for (int i = 0; i < 4; i++) {
                    // Not Character.digit, which takes the digits of every script.
                    if (!HexFormat.isHexDigit(peek())) {
                        throw wrong("\\u must be followed by four hexadecimal digits");
                    }
                    unit = unit * 16 + HexFormat.fromHexDigit(peek());
                    at++;
                }
                yield (char) unit;
            }
            default -> throw wrong("there is no escape " + Quoted.text("\\" + c));
        };
    }

    private Object number() throws MalformedDataException {
        Matcher matcher = NUMBER.matcher(text).region(at, text.length());
        if (!matcher.lookingAt()) {
            throw wrong("there must be a digit after -");
        }
        String digits = matcher.group();
        at = matcher.end();
        if (digits.equals("0") && Character.isDigit(peek())) {
            throw wrong("a number must not begin with 0");
        }
        try {
            return digits.startsWith("-") ? new Literal(digits) : Long.valueOf(digits);
        } catch (NumberFormatException e) {
            return new Literal(digits);
        }
    }

    private void enter(int depth, char open) throws MalformedDataException {
        if (depth > MAX_DEPTH) {
            throw wrong("the header is nested deeper than " + MAX_DEPTH);
        }
        expect(open);
    }

    /** Reads a comma (true) or the closing character (false). */
    private boolean another(char close) throws MalformedDataException {
        skipSpace();
        char c = peek();
        if (c != ',' && c != close) {
            throw wrong("there must be , or " + close);
        }
        at++;
        return c == ',';
    }

    private void expect(char c) throws MalformedDataException {
        skipSpace();
        if (peek() != c) {
            throw wrong("there must be " + c);
        }
        at++;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    /** The current character; past the end NUL, which no rule accepts. */
    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private MalformedDataException wrong(String what) {
        return new MalformedDataException(
                String.format(Locale.ROOT, "%s: %s (character %d of the header)", name, what, at));
    }

    /** Writes a string as JSON that can be read back. Messages use {@link Quoted}. */
    static String quoted(String string) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || Character.isSurrogate(c)) {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
