package io.github.lightning4j.cli.console;

import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.UsageMessageSpec;

import java.util.ArrayList;
import java.util.List;

/**
 * The examples at the end of a command's help. What is wider than the terminal goes on in a further
 * line, at a space and with a backslash, so that it can be copied; picocli breaks lines inside
 * words, too.
 */
public final class Examples implements IHelpSectionRenderer {
    /** Between a command and what is said of it. */
    private static final String GAP = " {3,}";

    private static final String INDENT = "  ";
    private static final String FURTHER = "      ";
    private static final String GOES_ON = " \\";

    private Examples() {}

    /** Draws the examples of a command and those below it. */
    public static void install(CommandLine line) {
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_FOOTER, new Examples());
        line.getSubcommands().values().forEach(Examples::install);
    }

    @Override
    public String render(Help help) {
        UsageMessageSpec usage = help.commandSpec().usageMessage();
        StringBuilder text = new StringBuilder();
        for (String example : usage.footer()) {
            for (String line : lines(example.replace("%%", "%"), usage.width())) {
                text.append(line).append(System.lineSeparator());
            }
        }
        return text.toString();
    }

    /** An example in lines of so many columns, but for words that are longer. */
    static List<String> lines(String example, int columns) {
        if (example.length() <= columns) {
            return List.of(example);
        }
        String[] parts = example.strip().split(GAP, 2);
        List<String> lines = wrapped(parts[0], INDENT, columns, GOES_ON);
        if (parts.length > 1) {
            lines.addAll(wrapped(parts[1], FURTHER, columns, ""));
        }
        return lines;
    }

    private static List<String> wrapped(String text, String indent, int columns, String end) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder(indent);
        for (String word : text.split(" ", -1)) {
            boolean first = line.toString().isBlank();
            if (!first && line.length() + 1 + word.length() + end.length() > columns) {
                lines.add(line + end);
                line = new StringBuilder(FURTHER);
                first = true;
            }
            line.append(first ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
