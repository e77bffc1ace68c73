package io.github.lightning4j.results;

/** Numbers of tokens as people write them. */
public final class Lengths {
    private Lengths() {}

    /** Such as {@code 4k} or {@code 1m}; all digits where it is no multiple of 1,024. */
    public static String inWords(long tokens) {
        if (tokens >= 1 << 20 && tokens % (1 << 20) == 0) {
            return (tokens >> 20) + "m";
        }
        return tokens >= 1 << 10 && tokens % (1 << 10) == 0
                ? (tokens >> 10) + "k"
                : Long.toString(tokens);
    }
}
