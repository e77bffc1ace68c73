package io.github.lightning4j.results;

import java.util.Arrays;
import java.util.List;

/** What can be timed. */
public enum Pass {
    /** Whole sequences at once. */
    FORWARD("forward"),
    /** A forward pass and then the gradients, as a training step has it. */
    FORWARD_BACKWARD("forward+backward"),
    /** One token for each sequence, appended to a session. */
    DECODE("decode");

    /** The names of all. */
    public static final List<String> NAMES = Arrays.stream(values()).map(Pass::words).toList();

    private final String words;

    Pass(String words) {
        this.words = words;
    }

    /** Its name in reports. */
    public String words() {
        return words;
    }
}
