package io.github.lightning4j.results.compare;

import io.github.lightning4j.results.text.Table;
import io.github.lightning4j.results.text.Words;

import java.util.ArrayList;
import java.util.List;

/** What came of a comparison, as it can be printed: a table and lines below it. */
public interface Result {
    /** Whether nothing is wrong, missing or past the tolerance. */
    boolean passed();

    /** The figures. */
    Table table();

    /** What stands below the table. */
    List<String> lines();

    /** What {@code --json} prints, by name. */
    Object fields();

    /** For people. */
    default String text() {
        StringBuilder text = new StringBuilder(table().toString());
        lines().forEach(line -> text.append(line).append(System.lineSeparator()));
        return text.toString();
    }

    /** The same as Markdown. */
    default String markdown() {
        List<String> parts = new ArrayList<>(List.of(table().markdown()));
        lines().forEach(line -> parts.add(Table.markdown(line) + "\n"));
        return String.join("\n", parts);
    }

    /** A note that a device is other hardware in a file than in the first one that has it. */
    static String otherHardware(
            String device, String before, String first, String after, String file) {
        return "%s is %s in %s and %s in %s"
                .formatted(
                        Words.name(device),
                        Words.name(before),
                        Words.name(first),
                        Words.name(after),
                        Words.name(file));
    }
}
