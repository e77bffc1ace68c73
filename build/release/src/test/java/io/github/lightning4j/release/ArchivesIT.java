package io.github.lightning4j.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.release.Modules.Module;

import org.apache.maven.model.Plugin;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Archives of the same sources are the same, whoever builds them, when, and with which JDK of the
 * release that Maven must run on.
 */
class ArchivesIT {
    private static final String RELEASE =
            Modules.named("lightning4j-parent").model().getProperties().getProperty("java.release");

    /** Names in manifests whose values are of the sources or of the plugin that wrote them. */
    private static final Set<String> OF_SOURCES =
            Set.of(
                    "Manifest-Version",
                    "Created-By",
                    "Implementation-Title",
                    "Implementation-Version",
                    "Automatic-Module-Name");

    private static final Set<String> OF_JAVA = Set.of("Build-Jdk-Spec", "Java-Version");

    /** Those that there are: sources and Javadoc only in a release. */
    private static List<Path> jars() {
        List<Path> jars = new ArrayList<>();
        for (Module module : Modules.all()) {
            for (String classifier : List.of("", "-sources", "-javadoc")) {
                Path jar = module.artifact(classifier);
                if (module.model().getPackaging().equals("jar") && Files.exists(jar)) {
                    jars.add(jar);
                }
            }
        }
        assertTrue(jars.contains(Modules.named("lightning4j-cli").artifact("")), jars::toString);
        return jars;
    }

    @Test
    void manifestsNameNoJdkButItsRelease() throws IOException {
        for (Path path : jars()) {
            Map<String, String> entries = new TreeMap<>();
            try (JarFile jar = new JarFile(path.toFile())) {
                jar.getManifest()
                        .getMainAttributes()
                        .forEach((name, value) -> entries.put(name.toString(), (String) value));
            }
            for (String name : OF_JAVA) {
                assertEquals(RELEASE, entries.getOrDefault(name, RELEASE), path + ": " + name);
            }
            entries.keySet().removeAll(OF_SOURCES);
            entries.keySet().removeAll(OF_JAVA);
            assertEquals(Map.of(), entries, path.toString());
        }
    }

    /** The jar plugin writes the release of the JDK that runs Maven, whatever is configured. */
    @Test
    void mavenRunsOnThatReleaseOnly() {
        for (Module module : Modules.all()) {
            if (module.model().getPackaging().equals("jar")) {
                Plugin enforcer = plugin(module, "maven-enforcer-plugin").getFirst();
                String rules = enforcer.getExecutions().getFirst().getConfiguration().toString();
                String range =
                        "<version>[%s,%d)</version>"
                                .formatted(RELEASE, Integer.parseInt(RELEASE) + 1);
                assertTrue(rules.contains(range), module + ": " + rules);
                assertEquals(List.of(), plugin(module, "maven-toolchains-plugin"));
            }
        }
    }

    private static List<Plugin> plugin(Module module, String name) {
        return module.model().getBuild().getPlugins().stream()
                .filter(plugin -> plugin.getArtifactId().equals(name))
                .toList();
    }

    @Test
    void everyFileInAnArchiveHasTheTimeThatThePomSays() throws IOException {
        Module cli = Modules.named("lightning4j-cli");
        String version = cli.model().getVersion();
        List<Path> archives = new ArrayList<>(jars());
        archives.add(cli.folder().resolve("target/lightning4j-" + version + ".zip"));
        LocalDateTime time =
                OffsetDateTime.parse(
                                cli.model()
                                        .getProperties()
                                        .getProperty("project.build.outputTimestamp"))
                        .withOffsetSameInstant(ZoneOffset.UTC)
                        .toLocalDateTime();
        for (Path path : archives) {
            try (ZipFile archive = new ZipFile(path.toFile())) {
                List<? extends ZipEntry> entries = archive.stream().toList();
                assertFalse(entries.isEmpty(), path.toString());
                for (ZipEntry entry : entries) {
                    assertEquals(time, entry.getTimeLocal(), path + ": " + entry);
                }
            }
        }
    }
}
