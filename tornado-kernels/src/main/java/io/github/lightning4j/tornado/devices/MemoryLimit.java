package io.github.lightning4j.tornado.devices;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much device memory TornadoVM lets a process use. */
public final class MemoryLimit {
    /** TornadoVM's setting, such as {@code 16GB}. */
    static final String PROPERTY = "tornado.device.memory";

    private static final String DEFAULT = "4GB";
    private static final Pattern SIZE = Pattern.compile("(\\d+)\\s*([KMG]?)B?");

    private MemoryLimit() {}

    /** The limit of this process, in bytes. */
    public static long ofProcess() {
        return parse(System.getProperty(PROPERTY, DEFAULT));
    }

    /** Reads a size as TornadoVM does; what it would not understand counts as its default. */
    static long parse(String size) {
        Matcher matcher = SIZE.matcher(size.strip().toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            return parse(DEFAULT);
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "K" -> number << 10;
            case "M" -> number << 20;
            case "G" -> number << 30;
            default -> number;
        };
    }
}
