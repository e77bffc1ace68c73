package io.github.lightning4j.tornado.generator;

import java.util.Locale;

/** Lines of Java, indented by their braces. */
final class JavaText {
    private final StringBuilder text = new StringBuilder();
    private int depth;
    private String stage = "";

    /** What {@code @} in lines stands for from now on. */
    void stage(int number) {
        stage = String.valueOf(number);
    }

    /** Adds a line: a pattern of {@link String#format}, after which each {@code @} is replaced. */
    void line(String pattern, Object... values) {
        String line = String.format(Locale.ROOT, pattern, values).replaceAll("(?<=\\w)@", stage);
        if (line.startsWith("}")) {
            depth--;
        }
        text.append(line.isEmpty() ? "" : "    ".repeat(depth)).append(line).append('\n');
        if (line.endsWith("{")) {
            depth++;
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
