package io.github.lightning4j.cli.compare;

/** What came of a comparison, as it can be printed. */
public interface Result {
    /** Whether nothing is wrong, missing or past the tolerance. */
    boolean passed();

    /** For people. */
    String text();

    /** The same as Markdown. */
    String markdown();

    /** A note that a device is other hardware in a file than in the first one that has it. */
    static String otherHardware(
            String device, String before, String first, String after, String file) {
        return "%s is %s in %s and %s in %s".formatted(device, before, first, after, file);
    }
}
