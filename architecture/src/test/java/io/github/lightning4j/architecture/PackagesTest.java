package io.github.lightning4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Every package says what it is, where Java looks for it and in docs/design.md. */
class PackagesTest {
    private static final Pattern EXPORTS = Pattern.compile("(?m)^ +exports ([\\w.]+);");
    private static final Pattern COMMENT = Pattern.compile("(?s)^/\\*\\*(.*?)\\*/");
    private static final String INTERNAL = "Public to this module only.";

    /** A package and the folder of its sources. */
    private record Package(String module, String name, Path folder) {}

    private static List<Package> packages() throws IOException {
        List<Package> packages = new ArrayList<>();
        for (String module : House.allModules()) {
            Path root = House.sources(module);
            Set<Path> folders = new TreeSet<>();
            House.types(root).forEach(file -> folders.add(file.getParent()));
            for (Path folder : folders) {
                String name = root.relativize(folder).toString().replaceAll("[/\\\\]", ".");
                // Signatures are TornadoVM's, and so are their packages.
                if (name.startsWith("io.github.lightning4j")) {
                    packages.add(new Package(module, name, folder));
                }
            }
        }
        assertFalse(packages.isEmpty());
        return packages;
    }

    @Test
    void everyPackageSaysWhatItIs() throws IOException {
        List<String> silent = new ArrayList<>();
        for (Package p : packages()) {
            if (comment(p).isEmpty()) {
                silent.add(p.folder() + "/package-info.java");
            }
        }
        assertEquals(List.of(), silent);
    }

    @Test
    void packagesSayThatTheyAreInternalWhereTheyAreNotExported() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Package p : packages()) {
            Path module = House.sources(p.module()).resolve("module-info.java");
            // Of programs there is nothing to export.
            if (Files.exists(module)) {
                boolean exported =
                        EXPORTS.matcher(Files.readString(module))
                                .results()
                                .anyMatch(match -> match.group(1).equals(p.name()));
                if (exported == comment(p).contains(INTERNAL)) {
                    wrong.add(p.name() + (exported ? " is exported" : " lacks: " + INTERNAL));
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    /** Each package has a line of its own in the tree, under its module. */
    @Test
    void theTreeOfPackagesInTheDocumentsIsComplete() throws IOException {
        String design = Files.readString(House.path("docs/design.md"));
        Matcher tree = Pattern.compile("(?s)\n## Packages\n\n```\n(.*?)```").matcher(design);
        assertEquals(true, tree.find(), "docs/design.md has a tree of packages");
        Set<String> drawn = new TreeSet<>();
        String module = "";
        for (String line : tree.group(1).lines().filter(line -> !line.isBlank()).toList()) {
            String[] words = line.strip().split(" {2,}", 2);
            assertEquals(2, words.length, () -> "what is it? " + line);
            if (line.startsWith(" ")) {
                drawn.add(module + words[0]);
            } else {
                module = words[0];
            }
        }
        Set<String> packages = new TreeSet<>();
        packages().forEach(p -> packages.add(p.module() + "/" + p.name()));
        assertEquals(packages, drawn);
    }

    /** What a package says it is, on one line. */
    private static String comment(Package p) throws IOException {
        Path file = p.folder().resolve("package-info.java");
        if (!Files.exists(file)) {
            return "";
        }
        Matcher comment = COMMENT.matcher(Files.readString(file));
        return comment.find() ? comment.group(1).replaceAll("\\s+\\*?\\s*", " ").strip() : "";
    }
}
