package io.github.lightning4j.release;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lightning4j.release.Modules.Module;

import org.apache.maven.model.Dependency;
import org.apache.maven.model.Model;
import org.apache.maven.model.Plugin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;

/**
 * The rules that Maven Central publishes for what it accepts, but for the signatures themselves.
 */
class CentralRulesIT {
    static List<Module> published() {
        return Modules.published();
    }

    @Test
    void whatIsPublishedIsTheLibraryAndItsBom() {
        Set<String> published =
                published().stream().map(Module::toString).collect(Collectors.toSet());
        assertTrue(
                published.containsAll(
                        Set.of(
                                "lightning4j-parent",
                                "lightning4j-build",
                                "lightning4j-bom",
                                "lightning4j-api",
                                "lightning4j-cpu-kernels",
                                "lightning4j-tornado-kernels")),
                published::toString);
        assertFalse(published.contains("lightning4j-tornado-signatures"), published::toString);
    }

    @Test
    void allModulesHaveOneVersion() {
        Set<String> versions =
                Modules.all().stream()
                        .map(module -> module.model().getVersion())
                        .collect(Collectors.toSet());
        assertEquals(1, versions.size(), versions::toString);
        assertFalse(versions.toString().contains("SNAPSHOT"), versions::toString);
    }

    @ParameterizedTest
    @MethodSource("published")
    void aPomSaysWhatItIsWhoseAndUnderWhichLicense(Module module) {
        Model model = module.model();
        assertAll(
                () -> assertText("name", model.getName()),
                () -> assertText("description", model.getDescription()),
                () -> assertText("url", model.getUrl()),
                () -> assertText("license", model.getLicenses().getFirst().getName()),
                () -> assertText("license's url", model.getLicenses().getFirst().getUrl()),
                () -> assertText("developer", model.getDevelopers().getFirst().getName()),
                () -> assertText("scm connection", model.getScm().getConnection()),
                () -> assertText("scm developer", model.getScm().getDeveloperConnection()),
                () -> assertText("scm url", model.getScm().getUrl()),
                () -> assertText("issues", model.getIssueManagement().getUrl()));
    }

    @ParameterizedTest
    @MethodSource("published")
    void whatAPomNeedsIsPublishedToo(Module module) {
        Set<String> published =
                published().stream().map(Module::toString).collect(Collectors.toSet());
        for (Dependency dependency : module.model().getDependencies()) {
            boolean reachesUsers = !Set.of("test", "provided").contains(dependency.getScope());
            if (reachesUsers && dependency.getGroupId().equals(Modules.GROUP)) {
                assertTrue(published.contains(dependency.getArtifactId()), dependency::toString);
            }
            assertFalse(dependency.getVersion().contains("SNAPSHOT"), dependency::toString);
            assertFalse("system".equals(dependency.getScope()), dependency::toString);
        }
        assertEquals(
                List.of(),
                module.model().getRepositories().stream()
                        .filter(repository -> !repository.getId().equals("central"))
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("published")
    void theBomManagesEveryLibraryOfTheSameVersion(Module module) {
        if (!module.model().getPackaging().equals("jar")) {
            return;
        }
        assertTrue(
                Modules.named("lightning4j-bom")
                        .model()
                        .getDependencyManagement()
                        .getDependencies()
                        .stream()
                        .anyMatch(managed ->
                                managed.getArtifactId().equals(module.toString())
                                        && managed.getVersion()
                                                .equals(module.model().getVersion())),
                module + " is managed");
    }

    /** Otherwise it would name what nobody can find. */
    @Test
    void theBomManagesNothingThatIsNotPublished() {
        Set<String> published =
                Modules.ofRelease().stream()
                        .filter(Module::isPublished)
                        .map(Module::toString)
                        .collect(Collectors.toSet());
        Modules.named("lightning4j-bom")
                .model()
                .getDependencyManagement()
                .getDependencies()
                .stream()
                .map(Dependency::getArtifactId)
                .forEach(managed -> assertTrue(published.contains(managed), managed));
    }

    @ParameterizedTest
    @MethodSource("published")
    void theReleaseProfileSignsAndUploads(Module module) {
        List<Plugin> plugins = module.model().getBuild().getPlugins();
        Plugin signing =
                plugins.stream()
                        .filter(plugin -> plugin.getArtifactId().equals("maven-gpg-plugin"))
                        .findFirst()
                        .orElseThrow();
        assertEquals(List.of("sign"), signing.getExecutions().getFirst().getGoals());
        assertEquals("verify", signing.getExecutions().getFirst().getPhase());
        assertTrue(
                plugins.stream()
                        .anyMatch(plugin ->
                                plugin.getArtifactId().equals("central-publishing-maven-plugin")
                                        && plugin.isExtensions()),
                "it is uploaded");
    }

    @ParameterizedTest
    @MethodSource("published")
    @EnabledIfSystemProperty(named = "lightning.release", matches = "true")
    void aJarHasItsSourcesAndItsJavadoc(Module module) throws IOException {
        if (!module.model().getPackaging().equals("jar")) {
            return;
        }
        assertTrue(hasEntry(module, "", ".class"), "classes");
        assertTrue(hasEntry(module, "-sources", ".java"), "sources");
        assertTrue(hasEntry(module, "-javadoc", "index.html"), "Javadoc");
    }

    private static boolean hasEntry(Module module, String classifier, String end)
            throws IOException {
        try (JarFile jar = new JarFile(module.artifact(classifier).toFile())) {
            return jar.stream().map(JarEntry::getName).anyMatch(name -> name.endsWith(end));
        }
    }

    private static void assertText(String what, String text) {
        assertTrue(text != null && !text.isBlank(), what);
    }
}
