package io.github.lightning4j.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The modules of this project and their main sources, read from its folders. */
final class House {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");

    private House() {}

    /** A file or folder, from the folder of the whole project. */
    static Path path(String path) {
        return ROOT.resolve(path);
    }

    /** The folders of the modules that have main sources. */
    static List<String> modules() throws IOException {
        // Not those of profiles, which need what other builds do not have.
        return modules(Files.readString(path("pom.xml")).split("<profiles>", 2)[0]);
    }

    /** The same with those of profiles. */
    static List<String> allModules() throws IOException {
        return modules(Files.readString(path("pom.xml")));
    }

    private static List<String> modules(String pom) {
        return MODULE.matcher(pom)
                .results()
                .map(match -> match.group(1))
                .filter(module -> Files.isDirectory(sources(module)))
                .toList();
    }

    /** Where the main sources of a module are. */
    static Path sources(String module) {
        return path(module).resolve("src/main/java");
    }

    /** The main sources of every module, but for declarations of packages and modules. */
    static Map<String, List<Path>> mainSources() throws IOException {
        Map<String, List<Path>> sources = new TreeMap<>();
        for (String module : modules()) {
            List<Path> types = new ArrayList<>(types(sources(module)));
            Path generated = path(module).resolve("target/generated-sources/kernels");
            if (Files.isDirectory(generated)) {
                types.addAll(types(generated));
            }
            sources.put(module, types);
        }
        return sources;
    }

    /** The sources of types below a folder. */
    static List<Path> types(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(path -> path.toString().endsWith(".java"))
                    .filter(path -> !path.getFileName().toString().contains("-info"))
                    .toList();
        }
    }

    private static final class Graph {
        static final SourceGraph INSTANCE = read();

        private static SourceGraph read() {
            try {
                return SourceGraph.of(mainSources());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** What the main sources need of each other, read once. */
    static SourceGraph graph() {
        return Graph.INSTANCE;
    }
}
