package io.github.lightning4j.cli.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.cli.LightningCommand;
import io.github.lightning4j.cli.launcher.ScratchTree.Outcome;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The launcher for Windows, as far as it can be judged where it does not run. */
class WindowsLauncherTest {
    private static final Path FILE = ScratchTree.SCRIPTS.resolve("lightning.cmd");
    private static final Pattern LABEL = Pattern.compile("(?m)^:(\\w+)$");
    private static final Pattern JUMP = Pattern.compile("\\b(?:goto |call :)(\\w+)");
    private static final Pattern READ = Pattern.compile("%(\\w+)(?::[^%=]*=[^%]*)?%");
    private static final Pattern SET = Pattern.compile("\\bset \"?(\\w+)=");

    /** What Windows, or the user, sets. */
    private static final Set<String> GIVEN =
            Set.of(
                    "errorlevel",
                    "java_home",
                    "lightning_java_home",
                    "lightning_java_opts",
                    "localappdata",
                    "programfiles",
                    "userprofile");

    @TempDir private Path folder;
    private String text;

    @BeforeEach
    void read() throws Exception {
        text = Files.readString(FILE, StandardCharsets.US_ASCII);
    }

    private String lines() {
        return text.replace("\r\n", "\n");
    }

    private static Set<String> all(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(result -> result.group(1).toLowerCase(Locale.ROOT))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Windows' interpreter loses labels in files with other ends of lines. */
    @Test
    void everyLineEndsAsWindowsEndsLinesInCheckoutsToo() throws Exception {
        assertFalse(lines().contains("\r"), "a carriage return elsewhere");
        assertEquals(
                text.chars().filter(c -> c == '\n').count(),
                text.split("\r\n", -1).length - 1,
                "a line feed alone");
        assertTrue(text.endsWith("\r\n"));
        List<String> attributes =
                Files.readAllLines(ScratchTree.SCRIPTS.resolveSibling(".gitattributes"));
        int ofScripts = attributes.indexOf("scripts/* text eol=lf");
        int ofWindows = attributes.indexOf("scripts/*.cmd text eol=crlf");
        assertTrue(ofWindows > ofScripts, "the last rule counts: " + attributes);
    }

    @Test
    void everyLabelIsThereAndUsed() {
        assertEquals(all(LABEL, lines()), all(JUMP, lines()));
    }

    @Test
    void everyVariableIsSetByWindowsByTheUserOrByTheScript() {
        Set<String> unknown = all(READ, lines());
        assertTrue(unknown.size() > GIVEN.size(), unknown.toString());
        unknown.removeAll(GIVEN);
        unknown.removeAll(all(SET, lines()));
        assertEquals(Set.of(), unknown);
    }

    @Test
    void theJarAndTheClassAreTheProjects() throws Exception {
        assertTrue(Files.readString(Path.of("pom.xml")).contains("<artifactId>lightning4j-cli<"));
        assertTrue(text.contains("\\lightning4j-cli-*.jar"), text);
        assertEquals(LightningCommand.class.getName(), mainClass());
    }

    private String command() {
        return lines().lines()
                .filter(line -> line.startsWith("%show% "))
                .collect(Collectors.joining());
    }

    private String mainClass() {
        List<String> words = List.of(command().split(" "));
        return words.get(words.indexOf("%arguments%") - 1);
    }

    /** Java as this script starts it, in the words of the other one. */
    private List<String> started(ScratchTree tree, boolean vectors) {
        String addModules = group("set \"vectors=(--[^\"]+)\"");
        return Arrays.stream(
                        command()
                                .replace("%show% ", "")
                                .replace("%vectors% ", vectors ? addModules + " " : "")
                                .replace("\"%jdk%\\bin\\java.exe\"", tree.jdk + "/bin/java")
                                .replace("%LIGHTNING_JAVA_OPTS%", "-Xmx1g")
                                .replace("\"%lib%\\*\"", tree.lib() + "/*")
                                .replace(" %arguments%", "")
                                .split(" "))
                .toList();
    }

    private String group(String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertTrue(matcher.find(), pattern);
        return matcher.group(1);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void bothLaunchersStartTheSameJava() throws Exception {
        ScratchTree tree = new ScratchTree(folder);
        tree.buildByHand();
        List<String> light = List.of(group("for %%c in \\(([^)]+)\\)").split(" "));
        assertTrue(light.containsAll(List.of("--version", "help", "report")), light.toString());
        for (String command : light) {
            assertEquals(started(tree, false), shown(tree, command), command);
        }
        for (String command : List.of("run", "verify", "stream", "bench", "series", "devices")) {
            assertFalse(light.contains(command), command);
            assertEquals(started(tree, true), shown(tree, command), command);
        }
    }

    /** Java as the other launcher starts it, without the command. */
    private static List<String> shown(ScratchTree tree, String command) throws Exception {
        Map<String, String> environment =
                Map.of("LIGHTNING_JAVA_OPTS", "-Xmx1g", "LC_ALL", "C.UTF-8");
        Outcome outcome = tree.start(environment, command).end();
        assertEquals(0, outcome.exit(), outcome.err());
        List<String> lines = outcome.out().lines().toList();
        assertEquals(command, lines.getLast());
        List<String> words = new ArrayList<>(lines.subList(2, lines.size() - 1)); // behind LC_ALL
        words.addFirst(lines.getFirst().replaceFirst("java of ", ""));
        return words;
    }
}
