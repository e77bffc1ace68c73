package io.github.lightning4j.cpu.ceilings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the processor calls itself. */
public final class Processor {
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");

    private Processor() {}

    /** The model's name where Linux tells, else the architecture. */
    public static String name() {
        try (Stream<String> lines = Files.lines(CPUINFO)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElseGet(Processor::architecture);
        } catch (IOException e) {
            // Not Linux, or no /proc.
            return architecture();
        }
    }

    private static String architecture() {
        return System.getProperty("os.arch") + " CPU";
    }
}
